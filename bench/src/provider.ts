/** GitHub Actions with two more algorithms: the same table, so that all three are compared on the same checks. */

import type { Verifier } from '@jobpass/core'
import { createVerifier, defineProvider, githubActions } from '@jobpass/core'
import type { BenchKey } from './tokens.ts'
import { audience, issuer, ownerId } from './tokens.ts'

const { claims, identity, pins, trustedEvents } = githubActions.table

/** What GitHub signs with has its own table; the others are measured with a copy of it. */
const otherwise = defineProvider({
  id: 'bench-actions',
  title: 'Bench Actions',
  algorithms: ['ES256', 'EdDSA'],
  claims,
  identity: identity as typeof identity & Readonly<Record<string, 'sub'>>,
  pins,
  ...(trustedEvents && { trustedEvents }),
})

/** A verifier of the tokens of one key. */
export function verifierFor({ algorithm, jwk }: BenchKey, cache?: { readonly entries: number } | false): Verifier {
  const provider = algorithm === 'RS256' ? githubActions : otherwise
  const trust = provider.at(issuer, { keys: [jwk] })({ ownerId })
  return createVerifier({ audience, trust, ...(cache !== undefined && { cache }) })
}
