/** Rules for APIs that leave the choice of jobs to the exchange. */

import type { TrustRule } from '@jobpass/core'
import { issuerChecks, readOptions, registerRule } from '@jobpass/core/internal'
import { allowedChecks } from './allowed-checks.ts'
import type { Needed } from './allowed-checks.ts'
import { serviceTable } from './service-table.ts'
import type { ServiceWorkload } from './service-table.ts'

/** What else a service token must have. */
export interface HasScopeOptions extends Pick<Needed, 'details'> {
  /** Accepts tokens of this issuer only. Default: of every service that the verifier trusts. */
  readonly issuer?: string
}

/**
 * Makes a rule that admits every service token with the scope, or with all of several. Which jobs
 * get it is decided by the grants of the exchange; `viaExchange()` checks the job again. For routes
 * only.
 *
 * @throws {TypeError} for an invalid scope (RFC 6749 §3.3).
 *
 * @example
 * ```ts
 * app.post('/scans', requireWorkload(hasScope('scan:write')), handler)
 * ```
 */
export function hasScope(scope: string | readonly string[], options: HasScopeOptions = {}): TrustRule<ServiceWorkload> {
  const what = 'hasScope()'
  const { details, issuer } = readOptions<HasScopeOptions>(what, options, { details: true, issuer: true })
  const issuers = issuer === undefined ? undefined : [issuer]
  return registerRule({
    table: serviceTable,
    issuers,
    checks: [...issuerChecks(issuers), ...allowedChecks(what, { scope, ...(details && { details }) })],
    settings: {},
    pinnedById: true,
    source: undefined,
  })
}
