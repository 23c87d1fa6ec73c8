/** Cost of verifying a token: at first sight, and seen before. */

import type { Verifier } from '@jobpass/core'
import type { Subject } from '../measure/interleave.ts'
import type { Pair } from '../report/reading.ts'
import type { Algorithm, BenchKey } from '../tokens.ts'
import { mintMany } from '../mint.ts'
import { audience, issuer, tampered } from '../tokens.ts'
import type { Readings } from './comparison.ts'
import { byHand } from './by-hand.ts'
import { baseOf, subjectOf } from './subject.ts'
import { throughEntrance, throughVerify } from './own.ts'
import type { Peer } from './sync-peers.ts'
import { peersFor } from './peers.ts'
import { remembered } from './sync-peers.ts'
import { verifierFor } from '../provider.ts'

/** The subjects of one algorithm. */
export interface Verification {
  readonly algorithm: Algorithm
  readonly base: Subject
  readonly first: readonly Subject[]
  readonly again: readonly Subject[]
  /** The peers among the subjects, by name. */
  readonly peers: ReadonlyMap<string, Peer>
}

/**
 * Number of tokens that take turns: large enough that a cache of a thousand has evicted each one
 * before it is used again.
 */
const pool = 2 * remembered

export async function verification(key: BenchKey, jwksUri: string): Promise<Verification> {
  const tokens = mintMany(key, pool)
  const [one = ''] = tokens
  const inTurn = (): (() => string) => {
    let next = 0
    return () => tokens[next++ % tokens.length] ?? ''
  }
  const same = (): string => one
  const peers = peersFor(key, jwksUri)
  for (const peer of peers) await check(peer, one)
  const forgetful = verifierFor(key, false)
  // A separate verifier for each subject, so that they share no cache.
  const mindful = (): Verifier => verifierFor(key, { entries: remembered })
  const own = [
    throughEntrance('jobpass, entrance, cache off', forgetful, inTurn()),
    throughEntrance('jobpass, entrance, cache on', mindful(), inTurn()),
    throughVerify('jobpass, verify(), cache off', forgetful, inTurn()),
    throughVerify('jobpass, verify(), cache on', mindful(), inTurn()),
  ]
  const ownAgain = [
    throughEntrance('jobpass, entrance', mindful(), same),
    throughVerify('jobpass, verify()', mindful(), same),
  ]
  return {
    algorithm: key.algorithm,
    base: baseOf(key, one),
    first: [byHand(key, inTurn(), true), ...own, ...peers.map((peer) => subjectOf(peer, inTurn()))],
    again: [...ownAgain, ...peers.filter(({ remembers }) => remembers).map((peer) => subjectOf(peer, same))],
    peers: new Map(peers.map((peer) => [peer.name, peer])),
  }
}

/** Rejects a peer that accepts everything, or nothing. */
async function check({ name, verify }: Peer, token: string): Promise<void> {
  const outcome = async (text: string): Promise<boolean> => {
    try {
      await verify(text)
      return true
    } catch {
      return false
    }
  }
  if (!(await outcome(token))) throw new Error(`${name} refuses a good token of ${issuer} for ${audience}`)
  if (await outcome(tampered(token))) throw new Error(`${name} takes a token with a bad signature`)
}

/**
 * Compares awaited peers with `verify()`, the others with the entrance, and caching peers with the
 * cache on.
 */
export function pairsOf({ algorithm, first, again, peers }: Verification, readings: Readings): readonly Pair[] {
  const pairs = (what: string, subjects: readonly Subject[], ownName: (peer: Peer) => string): readonly Pair[] => {
    const read = (name: string): Pair['own'] => {
      const subject = subjects.find((each) => each.name === name)
      return { name, readings: (subject && readings.get(subject)) ?? [] }
    }
    return subjects.flatMap(({ name }) => {
      const peer = peers.get(name)
      return peer === undefined ? [] : [{ what: `${algorithm}, ${what}`, peer: read(name), own: read(ownName(peer)) }]
    })
  }
  const way = ({ waits }: Peer): string => `jobpass, ${waits ? 'verify()' : 'entrance'}`
  return [
    ...pairs('first sight', first, (peer) => `${way(peer)}, cache ${peer.remembers ? 'on' : 'off'}`),
    ...pairs('seen before', again, way),
  ]
}
