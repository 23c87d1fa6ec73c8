/** Processes of an API behind one store, and uses of tokens at them. */

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import { build } from 'esbuild'
import { makeKey } from '../exchange/service.ts'
import { stop } from './redis-server.ts'

export interface Processes {
  readonly ports: readonly number[]
  /** Makes a token that can be used once. */
  readonly mint: () => Promise<string>
  /** Uses a token at one of the processes, or at an address, and returns the status. */
  readonly use: (at: number | string, token: string) => Promise<number>
  readonly stop: () => Promise<void>
}

/** Bundles the program of the processes, which then start five times as fast. */
async function bundleServer() {
  const folder = mkdtempSync(join(tmpdir(), 'jobpass-processes-'))
  const script = join(folder, 'server.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('server.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@jobpass/source'],
    // An alternative of pg, which is not installed.
    external: ['pg-native'],
    // CommonJS packages in the bundle use `require` for modules of Node.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  return { script, remove: () => rmSync(folder, { recursive: true }) }
}

/** Starts processes that share the store at an address for `openStore`. */
export async function startProcesses(address: string, count: number): Promise<Processes> {
  const issuer = await (await createTestIssuer(githubActions)).listen()
  const { script, remove } = await bundleServer()
  const key = JSON.stringify(await makeKey())
  const children: ChildProcess[] = []
  for (let index = 0; index < count; index++) children.push(fork(script, [address, issuer.issuer, key]))
  const ports: number[] = []
  for (const child of children) ports.push((await once(child, 'message'))[0] as number)
  return {
    ports,
    mint: () => issuer.mint({ aud: 'https://api.acme.dev' }),
    use: async (at, token) => {
      const address = typeof at === 'string' ? at : `http://127.0.0.1:${ports[at % count]}`
      const answer = await fetch(`${address}/publish`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      })
      await answer.arrayBuffer()
      return answer.status
    },
    stop: async () => {
      for (const child of children) await stop(child)
      await issuer.close()
      remove()
    },
  }
}

/**
 * Uses one token fifty times at once in each round, at an address or at one process after the
 * other, and returns how many uses of each round were admitted. Uses another token if some were
 * answered 503, as they are on a machine with too much to do.
 */
export async function useAtOnce(
  { mint, use }: Processes,
  rounds: number,
  address?: string,
): Promise<readonly number[]> {
  const counts: number[] = []
  while (counts.length < rounds) {
    const token = await mint()
    const statuses = await Promise.all(Array.from({ length: 50 }, (_, index) => use(address ?? index, token)))
    const strange = statuses.filter((status) => ![200, 401, 503].includes(status))
    if (strange.length > 0) throw new Error(`uses at once were answered ${strange.join(', ')}`)
    const admitted = statuses.filter((status) => status === 200).length
    if (admitted > 1 || !statuses.includes(503)) counts.push(admitted)
  }
  return counts
}
