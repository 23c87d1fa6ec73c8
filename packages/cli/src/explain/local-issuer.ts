/**
 * A local issuer that signs given claims as they are, so that the real verifier can check claims
 * whose signature is missing, or belongs to a key that is not here.
 */

import type { AnyProvider } from '@jobpass/policy/built-in'
import { createTestIssuer } from '@jobpass/testing'
import type { MintableProvider, TestIssuer } from '@jobpass/testing'

/** Claims that nothing has verified. */
export type Claims = Readonly<Record<string, unknown>>

const issuers = new Map<string, Promise<TestIssuer<unknown>>>()
const maxIssuers = 16

/** An issuer whose tokens have this `iss`. Some are kept, since making a key takes a while. */
export function issuerFor(iss: string, { table }: Pick<AnyProvider, 'table'>): Promise<TestIssuer<unknown>> {
  const key = JSON.stringify([iss, table.algorithms])
  const issuer = issuers.get(key) ?? createTestIssuer(withoutClaims(table), { issuer: iss })
  issuers.delete(key)
  issuers.set(key, issuer)
  const [oldest] = issuers.keys()
  if (issuers.size > maxIssuers && oldest !== undefined) issuers.delete(oldest)
  return issuer
}

/**
 * A platform without claims of its own: with the platform's table, the issuer would complete given
 * claims by those of a job, and would correct misspelt ones.
 */
function withoutClaims({ title, algorithms }: AnyProvider['table']): MintableProvider {
  const id = 'given-claims'
  return { id, title, issuer: undefined, table: { id, title, algorithms, claims: {}, identity: {}, pins: [] } }
}

/** Signs claims exactly as they are. */
export async function mintClaims(claims: Claims, iss: string, provider: Pick<AnyProvider, 'table'>): Promise<string> {
  const issuer = await issuerFor(iss, provider)
  const omitted = Object.fromEntries(Object.keys(issuer.claims()).map((name) => [name, undefined]))
  const { tokenType } = provider.table
  return issuer.mint({ ...omitted, ...claims }, tokenType === undefined ? {} : { header: { typ: tokenType } })
}
