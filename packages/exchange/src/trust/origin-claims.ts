/** The claims of a CI token that its service token carries: those that rules can name. */

import type { AnyWorkload } from '@jobpass/core'
import { findRow, verifiedTokenOf } from '@jobpass/core/internal'

/** RFC 7519 §4.1: every token has them, whatever the table of its platform says. */
const registered: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/**
 * The claims that the table of the caller's platform declares, and the registered ones. Rules,
 * deny rules included, can name no others, so they decide as they do on the whole token.
 */
export function declaredClaims(workload: AnyWorkload): Readonly<Record<string, unknown>> {
  const rows = verifiedTokenOf(workload)?.issuer.table.rows
  return Object.fromEntries(
    Object.entries(workload.claims).filter(
      ([name]) => rows === undefined || registered.has(name) || findRow(rows, name) !== undefined,
    ),
  )
}
