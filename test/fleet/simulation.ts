/**
 * A fleet on a simulated clock: key set requests per second at an issuer while a thousand instances
 * start at once, follow a rotation, survive an outage and start again. The key sources are real;
 * only time, randomness and the network are simulated.
 */

import type { KeyDeps } from '../../packages/core/src/keys/key-deps.ts'
import type { KeySource } from '../../packages/core/src/keys/key-source.ts'
import { createKeySource } from '../../packages/core/src/keys/remote-jwks.ts'
import type { Token } from '../../packages/core/src/model/token.ts'

export interface Fleet {
  readonly instances: number
  readonly issuers: number
  /** Whether instances add jitter. */
  readonly jitter: boolean
}

export interface FleetRun {
  /** Key set requests in each second, at the busiest issuer. */
  readonly perSecond: readonly number[]
  /** Total key set requests, at all issuers. */
  readonly total: number
  /** Refused calls in each second. */
  readonly refused: readonly number[]
}

/** The schedule of the hour, in seconds. */
export const hour = { start: 0, rotation: 1200, outage: 1800, recovery: 2100, restart: 2700, end: 3600 } as const
/**
 * Seconds between calls of every instance for every issuer, all in the same second: the worst case.
 */
const callEvery = 10

const modulus = 'x'.repeat(342)
const keySet = (kid: string): string =>
  JSON.stringify({ keys: [{ kty: 'RSA', n: modulus, e: 'AQAB', kid, alg: 'RS256' }] })
const tokenWith = (kid: string): Token => ({ text: '', header: { alg: 'RS256', kid }, claims: { iss: '' } })

/** Simulates the hour. */
export async function runFleet({ instances, issuers, jitter }: Fleet): Promise<FleetRun> {
  const asked = Array.from({ length: issuers }, () => new Uint32Array(hour.end))
  const refused = Array.from({ length: hour.end }, () => 0)
  let second = 0
  const pending = { count: 0 }
  const surroundings = (issuer: number, seed: number): KeyDeps => ({
    clock: { now: () => second * 1000, after: () => () => {} },
    keyTimes: { maxAge: 600_000, staleIfError: 86_400_000, cooldown: 10_000, timeout: 5_000, foreground: false },
    keySnapshot: undefined,
    keyHosts: [],
    onKeys: ({ event }) => {
      if (event !== 'unknown') pending.count--
    },
    // Separate random numbers per instance, so that the run does not depend on the order.
    random: jitter ? mulberry(seed) : () => 0,
    shared: true,
    fetch: async () => {
      pending.count++
      const counts = asked[issuer] as Uint32Array
      counts[second] = (counts[second] ?? 0) + 1
      if (second >= hour.outage && second < hour.recovery) throw new TypeError('fetch failed')
      return new Response(keySet(second < hour.rotation ? 'old' : 'new'))
    },
  })
  const start = (): KeySource[] =>
    Array.from({ length: instances * issuers }, (_, index) => {
      const issuer = index % issuers
      return createKeySource(
        `https://issuer-${issuer}.example`,
        { jwksUri: 'https://keys.example/jwks' },
        surroundings(issuer, index + (second + 1) * 7919),
      )
    })
  let fleet = start()
  for (; second < hour.end; second++) {
    if (second === hour.restart) fleet = start()
    if (second % callEvery !== 0) continue
    const token = tokenWith(second < hour.rotation ? 'old' : 'new')
    const answers = await Promise.all(fleet.map(async (source) => source.find(token)))
    // Background refreshes end in the second in which they start.
    while (pending.count > 0) await new Promise((resolve) => setImmediate(resolve))
    refused[second] = answers.filter((answer) => 'code' in answer).length
  }
  const busiest = asked.reduce((most, each) => (Math.max(...each) > Math.max(...most) ? each : most))
  return {
    perSecond: [...busiest],
    total: asked.flatMap((each) => [...each]).reduce((sum, each) => sum + each, 0),
    refused,
  }
}

/** A small uniform random generator with a fixed seed, so that each run is the same. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
