/**
 * A fleet on a simulated clock: how many key sets per second an issuer is asked for when a thousand instances start at once, rotate with it, sit out its outage and
 * start again. The key sources are the real ones; only time, chance and the network are made up.
 */

import type { KeySource, KeyDeps } from '../../packages/core/src/keys/key-source.ts'
import { createKeySource } from '../../packages/core/src/keys/remote-jwks.ts'
import type { Token } from '../../packages/core/src/model/token.ts'

export interface Fleet {
  readonly instances: number
  readonly issuers: number
  /** Whether instances add chance to their times. */
  readonly jitter: boolean
}

export interface FleetRun {
  /** Key sets asked for in each second, of the busiest issuer. */
  readonly perSecond: readonly number[]
  /** Key sets asked for in all, of all issuers. */
  readonly total: number
  /** Calls that were turned away in each second. */
  readonly refused: readonly number[]
}

/** The hour, in seconds: what happens when. */
export const hour = { start: 0, rotation: 1200, outage: 1800, recovery: 2100, restart: 2700, end: 3600 } as const
/** Every instance is called for every issuer so often, all in the same second: the worst case. */
const callEvery = 10

const modulus = 'x'.repeat(342)
const keySet = (kid: string): string =>
  JSON.stringify({ keys: [{ kty: 'RSA', n: modulus, e: 'AQAB', kid, alg: 'RS256' }] })
const tokenWith = (kid: string): Token => ({ text: '', header: { alg: 'RS256', kid }, claims: { iss: '' } })

/** Runs the hour. */
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
    // Chance of its own for each, so that the run does not depend on whose turn it is.
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
    // Refreshes in the background end in the second in which they began.
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

/** A small generator of even chances, so that the run is the same each time. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
