/**
 * The token exchange of jobpass: CI jobs give their OIDC token once, and get a short-lived, scoped token of your own.
 *
 * @module
 */

export type { Audit, AuditRecord } from './audit.ts'
export { createExchange } from './exchange.ts'
export type { Exchange } from './exchange.ts'
export type { FindGrants, Grant } from './grants.ts'
export type { FindKeys } from './key-source.ts'
export type { IssuingKey } from './issuing-keys.ts'
export type { ExchangeOptions } from './options.ts'
export type { Revocation } from './revocation.ts'
