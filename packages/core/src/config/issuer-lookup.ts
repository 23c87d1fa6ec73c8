/** The extension point of a verifier for issuers that are found at run time. */

import type { ResolvedOptions } from './options.ts'
import type { VerifierContext } from '../workload/verified-token.ts'
import type { TrustedIssuer } from './trusted-issuers.ts'
import type { Refusal } from '../model/refusal.ts'
import type { TenantIssuers } from '../rule/rule.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { recognize } from '../util/copies.ts'

/** Finds an issuer for a token that is not verified; `undefined` for one that is not trusted. */
export type FindIssuer = (issuer: string) => Awaitable<TrustedIssuer | Refusal | undefined>

/** Opens a look-up for one verifier. */
export type OpenLookup = (options: ResolvedOptions, context: VerifierContext) => FindIssuer

const lookups = new WeakMap<object, OpenLookup>()
recognize((value) => issuerLookup(value) !== undefined)

/** The look-up of a value that `tenantIssuers()` made; `undefined` for any other value. */
export function issuerLookup(value: unknown): OpenLookup | undefined {
  return typeof value === 'object' && value !== null ? lookups.get(value) : undefined
}

/** Makes the value for a look-up. */
export function registerLookup(open: (origin: object) => OpenLookup): TenantIssuers<never, never> {
  const made: TenantIssuers<never, never> = Object.freeze({ effect: 'issuers' })
  lookups.set(made, open(made))
  return made
}
