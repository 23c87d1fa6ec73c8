/** Where the keys of an issuer come from. Types only. */

import type { JSONWebKey } from './jwk.ts'

/**
 * Where the keys of an issuer come from, if not from its discovery document by the verifier's
 * `fetch`.
 */
export interface IssuerOptions {
  /** The https URL of the JSON Web Key Set. Default: the one that discovery names. */
  readonly jwksUri?: string
  /** The public keys themselves (RFC 7517); nothing is fetched then. Default: they are fetched. */
  readonly keys?: readonly JSONWebKey[]
  /**
   * Fetches the documents of this issuer, through a private CA or a proxy; the same limits apply.
   * Default: the verifier's `fetch`.
   */
  readonly fetch?: typeof fetch
  /**
   * Allows `http:` for a loopback address, for tests and local development only. Default `false`.
   */
  readonly insecureLoopback?: true
}
