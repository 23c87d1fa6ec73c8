/** Addresses of the endpoints of an exchange, and its metadata document (RFC 8414 §2). */

import { asymmetric } from '@jobpass/core/internal'
import { authMethods, grantTypes } from './grant-types.ts'
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
  /** The introspection endpoint. */
  readonly introspection: string
  /** The metadata document. RFC 8414 §3.1: the well-known part goes between host and path. */
  readonly metadata: string
}

/** Seconds for which caches may keep a document of the exchange. */
export const documentAge = 300

/** Addresses of the endpoints of an issuer. `tokenPath` is another path of its token endpoint. */
export function addressesOf(issuer: string, tokenPath?: string): Addresses {
  const { origin, pathname } = new URL(issuer)
  return {
    token: tokenPath === undefined ? `${issuer}/token` : `${origin}${tokenPath}`,
    authorization: `${issuer}/authorize`,
    keys: `${issuer}/jwks`,
    revocation: `${issuer}/revoke`,
    introspection: `${issuer}/introspect`,
    metadata: `${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`,
  }
}

/** The paths of endpoints on the host of their issuer. */
export function pathsOf(addresses: Addresses): Readonly<Record<keyof Addresses, string>> {
  const paths = Object.entries(addresses).map(([name, address]) => [name, new URL(address).pathname])
  return Object.fromEntries(paths) as Record<keyof Addresses, string>
}

/** What the metadata document states. */
export interface Capabilities {
  /** The issuer (`iss`) of the tokens. */
  readonly issuer: string
  /** The endpoints. */
  readonly addresses: Addresses
  /** Scopes of all grants; empty if they are found for each job. */
  readonly scopes: readonly string[]
  /** Types of authorization details of all grants (RFC 9396 §10). */
  readonly detailTypes: readonly string[]
  /** Whether APIs can introspect tokens. */
  readonly introspects: boolean
  /** Whether tokens are bound to the client's certificate (RFC 8705 §3.3). */
  readonly bindsCertificates: boolean
}

/** The metadata document. */
export function metadataOf({
  issuer,
  addresses,
  scopes,
  detailTypes,
  introspects,
  bindsCertificates,
}: Capabilities): Readonly<Record<string, unknown>> {
  return {
    issuer,
    // RFC 8414 §2 requires it for other grants only. Clients of MCP read no document without it.
    authorization_endpoint: addresses.authorization,
    token_endpoint: addresses.token,
    jwks_uri: addresses.keys,
    revocation_endpoint: addresses.revocation,
    ...(introspects && { introspection_endpoint: addresses.introspection }),
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    ...(detailTypes.length > 0 && { authorization_details_types_supported: detailTypes }),
    response_types_supported: [],
    grant_types_supported: grantTypes.map(({ name }) => name),
    token_endpoint_auth_methods_supported: authMethods,
    token_endpoint_auth_signing_alg_values_supported: [...asymmetric],
    revocation_endpoint_auth_methods_supported: ['none'],
    dpop_signing_alg_values_supported: serviceAlgorithms,
    ...(bindsCertificates && { tls_client_certificate_bound_access_tokens: true }),
  }
}
