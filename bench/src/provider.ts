/**
 * GitHub Actions with two more algorithms: the same table, so that all three run the same checks.
 */

import type { Verifier } from '@jobpass/core'
import * as core from '@jobpass/core'
import type { BenchKey } from './tokens.ts'
import { audience, issuer, ownerId } from './tokens.ts'

/** A verifier for tokens of one key, by this build of core or another one. */
export function verifierFor(
  { algorithm, jwk }: BenchKey,
  cache?: { readonly entries: number } | false,
  { createVerifier, defineProvider, githubActions }: typeof core = core,
): Verifier {
  const { claims, identity, pins, trustedEvents } = githubActions.table
  /** GitHub's own algorithm uses the real provider; the others use a copy of its table. */
  const provider =
    algorithm === 'RS256'
      ? githubActions
      : defineProvider({
          id: 'bench-actions',
          title: 'Bench Actions',
          algorithms: ['ES256', 'EdDSA'],
          claims,
          identity: identity as typeof identity & Readonly<Record<string, 'sub'>>,
          pins,
          ...(trustedEvents && { trustedEvents }),
        })
  const trust = provider.at(issuer, { keys: [jwk] })({ ownerId })
  return createVerifier({ audience, trust, ...(cache !== undefined && { cache }) })
}
