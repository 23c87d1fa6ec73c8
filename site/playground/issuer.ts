/**
 * The issuer in the page: it signs pasted claims as they are, so that the real verifier can check
 * them.
 */

import { createTestIssuer } from '@jobpass/testing'
import type { MintableProvider, TestIssuer } from '@jobpass/testing'
import type { AnyProvider } from './providers.ts'
import type { Claims } from './read-token.ts'

let latest: { readonly key: string; readonly issuer: Promise<TestIssuer<unknown>> } | undefined

/** An issuer whose tokens have this `iss`. It is kept, since making its key takes a while. */
export function issuerFor(iss: string, { table }: AnyProvider): Promise<TestIssuer<unknown>> {
  const key = JSON.stringify([iss, table.algorithms])
  if (latest?.key !== key) latest = { key, issuer: createTestIssuer(asPasted(table), { issuer: iss }) }
  return latest.issuer
}

/**
 * A platform without claims of its own: with the platform's table, the issuer would complete pasted
 * claims by those of a job, and would correct misspelt ones.
 */
function asPasted({ title, algorithms }: AnyProvider['table']): MintableProvider {
  const id = 'pasted'
  return { id, title, issuer: undefined, table: { id, title, algorithms, claims: {}, identity: {}, pins: [] } }
}

/** Signs claims exactly as they are. */
export async function mintClaims(claims: Claims, iss: string, provider: AnyProvider): Promise<string> {
  const issuer = await issuerFor(iss, provider)
  const omitted = Object.fromEntries(Object.keys(issuer.claims()).map((name) => [name, undefined]))
  const { tokenType } = provider.table
  return issuer.mint({ ...omitted, ...claims }, tokenType === undefined ? {} : { header: { typ: tokenType } })
}
