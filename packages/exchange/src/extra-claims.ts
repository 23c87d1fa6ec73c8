/** The claims that grants add to a token. */

import type { AnyWorkload, WorkloadIdentity } from '@jobpass/core'
import { formatValue, isPlainObject, ownCopy } from '@jobpass/core/internal'
import type { ReadGrant } from './grants.ts'

/**
 * Claims that only the exchange sets: RFC 7519 §4.1, RFC 9068 §2.2, RFC 8693 §4, RFC 9449
 * §6, RFC 9396 §9.1; `active` and `token_type` are of introspection (RFC 7662 §2.2).
 */
const reserved: ReadonlySet<string> = new Set(
  'iss sub aud exp iat nbf jti client_id scope authorization_details job cnf act may_act active token_type'.split(' '),
)

/**
 * Collects the claims that grants add. Throws a `TypeError` for a reserved claim, or one that two
 * grants set differently.
 */
export function extraClaims(grants: readonly ReadGrant[], workload: AnyWorkload): Readonly<Record<string, unknown>> {
  const claims: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const grant of grants) {
    const added: unknown = grant.claims(workload as WorkloadIdentity)
    if (!isPlainObject(added))
      throw new TypeError(`The grant ${formatValue(grant.name)}: claims did not return an object`)
    for (const [name, value] of Object.entries(ownCopy(added))) {
      if (reserved.has(name))
        throw new TypeError(`The grant ${formatValue(grant.name)}: the claim '${name}' is reserved`)
      if (Object.hasOwn(claims, name) && JSON.stringify(claims[name]) !== JSON.stringify(value))
        throw new TypeError(`Two grants set the claim '${name}' differently`)
      claims[name] = value
    }
  }
  return claims
}
