/** The claims of a CI token that its service token carries: those that rules can name. */

import type { AnyWorkload } from '@jobpass/core'
import { findRow, isRegisteredClaim, verifiedTokenOf } from '@jobpass/core/internal'

/**
 * The registered claims, and those that the table of the caller's provider declares. Rules, deny
 * rules included, can name no others, so they decide as they would on the whole token.
 */
export function declaredClaims(workload: AnyWorkload): Readonly<Record<string, unknown>> {
  const rows = verifiedTokenOf(workload)?.issuer.table.rows
  return Object.fromEntries(
    Object.entries(workload.claims).filter(
      ([name]) => rows === undefined || isRegisteredClaim(name) || findRow(rows, name) !== undefined,
    ),
  )
}
