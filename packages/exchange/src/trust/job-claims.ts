/** The claims of a CI token that its service token carries: those that rules can name. */

import type { AnyWorkload } from '@jobpass/core'
import { findRow, verifiedTokenOf } from '@jobpass/core/internal'

/**
 * Registered claims (RFC 7519 §4.1), which every token may have whatever its provider's table says.
 */
const registered: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/**
 * The registered claims, and those that the table of the caller's provider declares. Rules, deny
 * rules included, can name no others, so they decide as they would on the whole token.
 */
export function declaredClaims(workload: AnyWorkload): Readonly<Record<string, unknown>> {
  const rows = verifiedTokenOf(workload)?.issuer.table.rows
  return Object.fromEntries(
    Object.entries(workload.claims).filter(
      ([name]) => rows === undefined || registered.has(name) || findRow(rows, name) !== undefined,
    ),
  )
}
