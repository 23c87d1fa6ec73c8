/** What verifies a token that it has not seen before. */

import type * as core from '@jobpass/core'
import type * as adapter from '@jobpass/core/adapter'
import type { Subject } from '../measure/interleave.ts'
import { packageBefore } from '../before.ts'
import { byHand, byHandName } from '../micro/by-hand.ts'
import { throughEntrance } from '../micro/own.ts'
import type { Peer } from '../micro/sync-peers.ts'
import { aws, fastJwt, jsonWebToken } from '../micro/sync-peers.ts'
import { baseOf, subjectOf } from '../micro/subject.ts'
import { verifierFor } from '../provider.ts'
import type { BenchKey } from '../tokens.ts'

/** The hand-written minimum: figures are ratios to it. */
export const floor = byHandName

/** Subjects by name, each with tokens in turn. All are synchronous. */
export async function firstSight(key: BenchKey, tokens: readonly string[]): Promise<readonly Subject[]> {
  const [one = ''] = tokens
  const inTurn = (): (() => string) => {
    let next = 0
    return () => tokens[next++ % tokens.length] ?? ''
  }
  const coreBefore = await packageBefore<typeof core>('core')
  const adapterBefore = await packageBefore<typeof adapter>('core', 'adapter')
  const before =
    coreBefore && adapterBefore
      ? [
          throughEntrance(
            'jobpass before',
            verifierFor(key, false, coreBefore),
            inTurn(),
            adapterBefore.createAuthenticator,
          ),
        ]
      : []
  return [
    baseOf(key, one),
    byHand(key, inTurn(), true),
    throughEntrance('jobpass', verifierFor(key, false), inTurn()),
    ...before,
    ...peers(key).map((peer) => subjectOf(peer, inTurn())),
  ]
}

/** The peers that verify without a promise. */
function peers(key: BenchKey): readonly Peer[] {
  return [fastJwt(key)[0], aws(key)[0], ...(key.algorithm === 'EdDSA' ? [] : [jsonWebToken(key)])]
}
