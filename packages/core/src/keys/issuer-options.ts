/** Where the keys of an issuer come from. */

import type { JSONWebKey } from './jwk.ts'

/** Where an issuer's keys come from, when not from its own discovery document by the verifier's `fetch`. */
export interface IssuerOptions {
  /** Address of the JSON Web Key Set, https; discovery is then not asked. */
  readonly jwksUri?: string
  /** The public keys themselves (RFC 7517); nothing is fetched then. */
  readonly keys?: readonly JSONWebKey[]
  /** Fetches this issuer's documents, for a private CA or a proxy; the same limits hold. */
  readonly fetch?: typeof fetch
  /** Allows `http:` for a loopback address: tests and local development only. Default `false`. */
  readonly insecureLoopback?: true
}
