/** A decoded token: header and claims, of which nothing is verified. Types only. */

/** A JWS in compact form (RFC 7515 §7.1), decoded and not yet verified. */
export interface Token {
  /** The text that was decoded, and whose signature is checked: one parser only. */
  readonly text: string
  readonly header: JoseHeader
  readonly claims: UnverifiedClaims
}

export interface JoseHeader {
  readonly alg: string
  readonly kid?: string
  readonly [member: string]: unknown
}

/** Registered claims have the type RFC 7519 gives them where they are present; everything else is as issued. */
export interface UnverifiedClaims {
  readonly iss: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly exp?: number
  readonly iat?: number
  readonly nbf?: number
  readonly jti?: string
  readonly [claim: string]: unknown
}

/** The claims RFC 7519 registers, which every token carries whatever its provider's table says. */
export interface RegisteredClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  readonly nbf?: number
  readonly jti?: string
}
