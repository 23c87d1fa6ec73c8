/** Builds the workload identity of a verified token: what handlers and logs read. */

import type { UnverifiedClaims } from '../model/token.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { freezeClaims } from '../token/jws.ts'
import type { CompiledTable } from '../table/compile-table.ts'

/** The parts of a verified token that its identity shows. */
export interface VerifiedParts {
  /** The raw claims. */
  readonly claims: UnverifiedClaims
  /** The audience of this API that the token names. */
  readonly audience: string
  /** The fields of its table, by their position in `fieldList`. */
  readonly fields: { at(index: number): unknown }
  /** The token of the job behind a service token. */
  readonly job: { readonly identity: AnyWorkload } | undefined
}

/** Builds an identity with all members of its table; not frozen yet. */
export function buildIdentity({ claims, audience, fields, job }: VerifiedParts, table: CompiledTable): object {
  const identity = table.template()
  identity['provider'] = table.table.id
  identity['issuer'] = claims.iss
  identity['audience'] = audience
  identity['issuedAt'] = claims.iat
  identity['expiresAt'] = claims.exp
  for (const [index, { name }] of table.fieldList.entries()) identity[name] = fields.at(index)
  for (const { name, id } of table.keys) {
    const value = identity[id]
    // Ids are unique per issuer. No issuer contains '#', so keys are equal only if both parts are.
    identity[name] = typeof value === 'string' ? `${claims.iss}#${value}` : undefined
  }
  if (job !== undefined) identity['job'] = job.identity
  identity['claims'] = freezeClaims(claims)
  return identity
}
