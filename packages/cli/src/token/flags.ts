/** The flags of `jobpass token`. */

/** The flags. */
export interface TokenFlags {
  /** The name of the API. */
  readonly audience: string
  /** The URL of the token endpoint. */
  readonly exchange?: string
  /** The scopes of the service token. */
  readonly scope?: string
  /** Whether the exchange may be on loopback, without TLS. */
  readonly insecureLoopback: boolean
  /** Whether to print JSON. */
  readonly json: boolean
}
