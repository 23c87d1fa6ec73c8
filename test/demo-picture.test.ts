// The README shows a terminal with the demo. `npx vitest run test/demo-picture -u` draws it.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'jobpass-demo-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the picture of the demo shows what the demo prints', async () => {
  const file = join(folder, 'demo.svg')
  execFileSync(process.execPath, ['scripts/capture-demo.mjs', file], { cwd: root })
  await expect(readFileSync(file, 'utf8')).toMatchFileSnapshot(`${root}docs/pictures/demo.svg`)
})
