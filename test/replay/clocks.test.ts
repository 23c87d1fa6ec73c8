// O16: processes with different clocks behind one store: the largest difference at which a token
// can be used only once, as stated in packages/stores/README.md.

import { PGlite } from '@electric-sql/pglite'
import type { AnyWorkload, ReplayStore, Verifier } from '@jobpass/core'
import { createVerifier, githubActions, oneTime } from '@jobpass/core'
import { postgresReplayStore } from '@jobpass/stores/postgres'
import { redisReplayStore } from '@jobpass/stores/redis'
import { expect, test } from 'vitest'
import { codeOf, fetchKeys, githubPush, manualClock, signToken } from '@jobpass/testing/internal'

const expiry = githubPush['exp'] as number
const rule = githubActions({ ownerId: '1234567' })
const bearer = `Bearer ${signToken(githubPush)}`

/**
 * A simulated Redis with its own clock: SET with NX, GET and PX, GET, EXISTS and PTTL, as in
 * https://redis.io/docs/latest/commands/set/.
 */
function redisAt(clock: { now(): number }) {
  const keys = new Map<string, { readonly value: string; readonly end: number }>()
  return {
    sendCommand: async (command: string, key = '', value = '', ...args: readonly string[]): Promise<unknown> => {
      const found = keys.get(key)
      const live = found !== undefined && found.end > clock.now() ? found : undefined
      if (command === 'EXISTS') return live === undefined ? 0 : 1
      if (command === 'PTTL') return live === undefined ? -2 : live.end - clock.now()
      if (command === 'GET') return live?.value ?? null
      if (live !== undefined && args.includes('NX')) return null
      keys.set(key, { value, end: clock.now() + Number(args[args.indexOf('PX') + 1]) })
      return args.includes('GET') ? (live?.value ?? null) : 'OK'
    },
  }
}

function redisStores(right: Clock): (clock: Clock) => ReplayStore {
  const client = redisAt(right)
  return (clock) => redisReplayStore(client, { clock, accept: ['eviction', 'restart'] })
}

type Clock = ReturnType<typeof manualClock>

/**
 * Uses a token at a process whose clock is ahead, then each second at one with the right clock;
 * returns how often that one admits it. Each has its tolerance.
 */
async function usesAgain(
  ahead: number,
  [ofFast, ofRight]: readonly [fast: number, right: number],
  storesAt: (right: Clock) => (clock: Clock) => ReplayStore = redisStores,
): Promise<number> {
  const start = expiry - 60 - ahead
  const right = manualClock(start)
  const fast = manualClock(start + ahead)
  const storeAt = storesAt(right)
  const processAt = (clock: Clock, clockTolerance: number): Verifier<AnyWorkload> =>
    createVerifier({
      audience: 'https://api.acme.dev',
      trust: rule,
      fetch: fetchKeys(),
      clock,
      clockTolerance,
      replay: { store: storeAt(clock) },
    })
  expect(await codeOf(processAt(fast, ofFast).guard(oneTime(rule))(bearer))).toBe('allowed')
  const verifier = processAt(right, ofRight)
  let again = 0
  for (;;) {
    const code = await codeOf(verifier.guard(oneTime(rule))(bearer))
    if (code === 'token_expired') return again
    if (code === 'allowed') again++
    else expect(code).toBe('token_replayed')
    right.advance(1)
  }
}

test.each([
  [0, 30],
  [30, 30],
  [60, 30],
  [250, 30],
  [60, 0],
  [60, 300],
])('O16: with a clock %i s ahead, no token is admitted twice at a tolerance of %i s', async (ahead, tolerance) => {
  expect(await usesAgain(ahead, [tolerance, tolerance])).toBe(0)
})

test('O16: with a clock 80 s ahead, a token is admitted twice at the largest tolerance', async () => {
  expect(await usesAgain(80, [300, 300])).toBe(1)
})

test.each([
  [0, 300],
  [30, 300],
  [300, 0],
])('no token is admitted twice where it is used at a tolerance of %i s, then at one of %i s', async (...tolerances) => {
  for (const ahead of [0, 60]) expect(await usesAgain(ahead, tolerances)).toBe(0)
})

test.each([80, 240])('O16: on PostgreSQL, with a clock %i s ahead, no token is admitted twice', async (ahead) => {
  const database = new PGlite()
  await database.exec(
    'CREATE TABLE jobpass_claims (key text PRIMARY KEY, expires_at timestamptz NOT NULL, claimed_by text)',
  )
  const stores = () => (clock: Clock) => postgresReplayStore(database, { clock, accept: ['crash'] })
  expect(await usesAgain(ahead, [30, 30], stores)).toBe(0)
  await database.close()
})
