/** Addresses of the endpoints of an exchange, and its metadata document (RFC 8414 §2). */

import { grantTypes } from './token-request.ts'
import { serviceAlgorithms } from './trust/service-table.ts'

/** URLs of the endpoints of an issuer. */
export interface Addresses {
  /** The token endpoint. */
  readonly token: string
  /** The authorization endpoint, which refuses: there is nobody to ask. */
  readonly authorization: string
  /** The JWK set. */
  readonly keys: string
  /** The revocation endpoint. */
  readonly revocation: string
  /** The metadata document. RFC 8414 §3.1: the well-known part goes between host and path. */
  readonly metadata: string
}

/** Seconds for which caches may keep a document of the exchange. */
export const documentAge = 300

/** Addresses of the endpoints of an issuer. */
export function addressesOf(issuer: string): Addresses {
  const { origin, pathname } = new URL(issuer)
  return {
    token: `${issuer}/token`,
    authorization: `${issuer}/authorize`,
    keys: `${issuer}/jwks`,
    revocation: `${issuer}/revoke`,
    metadata: `${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`,
  }
}

/** The metadata document. */
export function metadataOf(issuer: string, scopes: readonly string[]): Readonly<Record<string, unknown>> {
  const { token, authorization, keys, revocation } = addressesOf(issuer)
  return {
    issuer,
    // RFC 8414 §2 requires it for other grants only. Clients of MCP read no document without it.
    authorization_endpoint: authorization,
    token_endpoint: token,
    jwks_uri: keys,
    revocation_endpoint: revocation,
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    response_types_supported: [],
    grant_types_supported: grantTypes,
    token_endpoint_auth_methods_supported: ['none'],
    revocation_endpoint_auth_methods_supported: ['none'],
    dpop_signing_alg_values_supported: serviceAlgorithms,
  }
}
