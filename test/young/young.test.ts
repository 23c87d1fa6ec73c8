// Requests are collected while they are young. A WeakMap whose value reaches its key keeps both
// until a collection of the whole heap.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const script = fileURLToPath(new URL('growth.ts', import.meta.url))

test.each(['request', 'state', 'hidden classes'])(
  'a collection of young objects frees requests that a hook read, with a binding by %s',
  (kind) => {
    const node = ['--expose-gc', '--import', 'tsx', '--conditions=@jobpass/source', script, kind]
    const grown = Number(execFileSync(process.execPath, node, { encoding: 'utf8' }))
    // The bodies take 16 MB.
    expect(grown).toBeLessThan(8_000_000)
  },
)
