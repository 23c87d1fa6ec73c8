/**
 * Token exchange (RFC 8693): CI jobs trade their OIDC token once for a short-lived, scoped token of
 * your API.
 *
 * @module
 */

export type { ApiClient, FindApi } from './api-clients.ts'
export type { Audit, AuditRecord } from './audit.ts'
export { createExchange } from './exchange.ts'
export type { Exchange } from './exchange.ts'
export type { FindGrants, Grant } from './grants.ts'
export type { IssuingKey } from './issuing-keys.ts'
export type { FindKeys, FindKeySet, FoundKeySet, KeySet } from './key-set.ts'
export type { ExchangeOptions, TokenEndpointOptions } from './options.ts'
export type { Revocation } from './trust/revocation.ts'
export { resourceMetadata } from './http/resource-metadata.ts'
export type { MetadataEndpoint, ResourceMetadata } from './http/resource-metadata.ts'
export type { AuthorizationDetail, JsonValue } from './trust/authorization-details.ts'
export type { CertificateOptions } from './trust/client-certificate.ts'
export type { DpopOptions } from './trust/dpop.ts'
export { hasScope } from './trust/has-scope.ts'
export type { HasScopeOptions } from './trust/has-scope.ts'
export { notExchanged } from './trust/not-exchanged.ts'
export type { ServiceClaims, ServiceWorkload } from './trust/service-table.ts'
export { serviceTokens } from './trust/service-tokens.ts'
export type { ServiceTokenOptions } from './trust/service-tokens.ts'
export { viaExchange } from './trust/via-exchange.ts'
export type { ViaExchangeOptions } from './trust/via-exchange.ts'
