/** Processes of an API behind one store, and uses of tokens at them. */

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import { makeKey } from '../exchange/service.ts'
import { stop } from './redis-server.ts'

export interface Processes {
  readonly ports: readonly number[]
  /** Makes a token that can be used once. */
  readonly mint: () => Promise<string>
  /** Uses a token at one of the processes, and returns the status. */
  readonly use: (index: number, token: string) => Promise<number>
  readonly stop: () => Promise<void>
}

/** Starts processes that share the store at an address for `openStore`. */
export async function startProcesses(address: string, count: number): Promise<Processes> {
  const issuer = await (await createTestIssuer(githubActions)).listen()
  const script = fileURLToPath(new URL('server.ts', import.meta.url))
  const key = JSON.stringify(await makeKey())
  const children: ChildProcess[] = []
  for (let index = 0; index < count; index++)
    children.push(
      fork(script, [address, issuer.issuer, key], { execArgv: ['--conditions=@jobpass/source', '--import', 'tsx'] }),
    )
  const ports: number[] = []
  for (const child of children) ports.push((await once(child, 'message'))[0] as number)
  return {
    ports,
    mint: () => issuer.mint({ aud: 'https://api.acme.dev' }),
    use: async (index, token) => {
      const answer = await fetch(`http://127.0.0.1:${ports[index % count]}/publish`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      })
      await answer.arrayBuffer()
      return answer.status
    },
    stop: async () => {
      for (const child of children) await stop(child)
      await issuer.close()
    },
  }
}

/**
 * Uses one token fifty times at once, and returns how many uses were admitted. Uses another token
 * if some were answered 503, as they are on a machine with too much to do.
 */
export async function useAtOnce({ mint, use }: Processes): Promise<number> {
  for (;;) {
    const token = await mint()
    const statuses = await Promise.all(Array.from({ length: 50 }, (_, index) => use(index, token)))
    const strange = statuses.filter((status) => ![200, 401, 503].includes(status))
    if (strange.length > 0) throw new Error(`uses at once were answered ${strange.join(', ')}`)
    const admitted = statuses.filter((status) => status === 200).length
    if (admitted > 1 || !statuses.includes(503)) return admitted
  }
}
