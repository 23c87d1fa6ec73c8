// A verifier without references is collected, with its keys, tokens and identities: nothing in core
// holds it. Requests are collected while they are young.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { clockAt, fetchKeys, githubPush, now, signToken } from '@jobpass/testing/internal'
import type { FrameworkBinding } from './middleware.ts'
import { createAuthenticator, createGuard, showWorkload } from './middleware.ts'
import { createVerifier } from './verifier.ts'
import { githubActions } from '../index.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void
const token = signToken(githubPush)

/** Makes a verifier that fetches keys, admits a token and refuses one, and drops it. */
async function useOne(): Promise<readonly WeakRef<object>[]> {
  const rule = githubActions({ ownerId: '1234567' })
  const fetch = fetchKeys()
  const verifier = createVerifier({ audience: 'https://api.acme.dev', trust: rule, fetch, clock: clockAt(now) })
  const identity = await verifier.verify(token)
  await verifier.verify(`${token.slice(0, -4)}AAAA`).catch(() => {})
  return [verifier, rule, fetch, identity].map((each) => new WeakRef(each))
}

test('lesson L4: twenty verifiers that were used and dropped are collected', async () => {
  const held: WeakRef<object>[] = []
  for (let count = 0; count < 20; count++) held.push(...(await useOne()))
  // A WeakRef that was read keeps its target alive until the end of the turn.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  // The last one may still be in a register.
  expect(held.slice(0, -4).filter((each) => each.deref() !== undefined)).toEqual([])
})

interface Shown {
  readonly state: object
  readonly body: readonly number[]
}

test.each<[string, Pick<FrameworkBinding<Shown>, 'show' | 'ownHiddenClass'>]>([
  ['have the workload', { show: (request) => showWorkload(request) }],
  ['have a state with the workload', { show: (request) => showWorkload(request, request.state) }],
  ['have hidden classes of their own', { show: () => {}, ownHiddenClass: true }],
])('a collection of young objects frees requests that a hook read, and that %s', async (_, shown) => {
  const rule = githubActions({ ownerId: '1234567' })
  const seen: unknown[] = []
  const onVerdict = ({ request }: VerdictEvent): void => void (seen[0] = request?.path)
  const { authenticate } = createAuthenticator<Shown>(
    { audience: 'https://api.acme.dev', trust: rule, fetch: fetchKeys(), clock: clockAt(now), onVerdict },
    {
      place: 'request.workload',
      read: () => undefined,
      request: () => ({ method: 'GET', path: '/deploy', headers: () => [] }),
      ...shown,
    },
  )
  const guard = createGuard([rule])
  const serve = async (count: number): Promise<number> => {
    for (let index = 0; index < count; index++) {
      const request = { state: {}, body: Array.from({ length: 1000 }, () => index) }
      const refused = (await authenticate(request, [`Bearer ${token}`])) ?? (await guard(request, undefined))
      expect(refused).toBeUndefined()
    }
    for (let time = 0; time < 3; time++) collect({ type: 'minor' })
    return process.memoryUsage().heapUsed
  }
  const before = await serve(100)
  // Two thousand bodies of 8 KB.
  expect((await serve(2000)) - before).toBeLessThan(8 * 1000 * 1000)
  expect(seen).toEqual(['/deploy'])
})
