// A verifier without references is collected, with its keys, tokens and identities: nothing in core
// holds it.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { clockAt, fetchKeys, githubPush, now, signToken } from '@jobpass/testing/internal'
import { createVerifier } from './verifier.ts'
import { githubActions } from '../index.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
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
