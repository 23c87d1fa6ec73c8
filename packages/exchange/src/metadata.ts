/** Where the parts of an exchange are, and what it says of itself (RFC 8414 §2). */

import { grantTypes } from './token-request.ts'
import { serviceAlgorithms } from './trust/service-table.ts'

/** The addresses below an issuer. */
export interface Addresses {
  readonly token: string
  readonly keys: string
  readonly revocation: string
  /** RFC 8414 §3.1: the well-known part stands between host and path. */
  readonly metadata: string
}

/** For so many seconds caches may keep a document of the exchange. */
export const documentAge = 300

/** The addresses of an issuer. */
export function addressesOf(issuer: string): Addresses {
  const { origin, pathname } = new URL(issuer)
  return {
    token: `${issuer}/token`,
    keys: `${issuer}/jwks`,
    revocation: `${issuer}/revoke`,
    metadata: `${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`,
  }
}

/** The metadata document. */
export function metadataOf(issuer: string, scopes: readonly string[]): Readonly<Record<string, unknown>> {
  const { token, keys, revocation } = addressesOf(issuer)
  return {
    issuer,
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
