/** A decoded token, not yet verified. Types only. */

/** A JWS in compact form (RFC 7515 §7.1), decoded and not yet verified. */
export interface Token {
  /**
   * The text that was decoded. The signature is checked over the same text, so that only one parser
   * counts.
   */
  readonly text: string
  /** The JOSE header. */
  readonly header: JoseHeader
  /** The claims, not verified. */
  readonly claims: UnverifiedClaims
}

/** The JOSE header of a token (RFC 7515 §4.1). */
export interface JoseHeader {
  /** The signature algorithm. */
  readonly alg: string
  /** The id of the key. */
  readonly kid?: string
  /** Other members. */
  readonly [member: string]: unknown
}

/**
 * The claims of a token, not verified. Registered claims have the types of RFC 7519 where they are
 * present; all others are as issued.
 */
export interface UnverifiedClaims {
  /** The issuer. */
  readonly iss: string
  /** The subject. */
  readonly sub?: string
  /** The audiences, in either form. */
  readonly aud?: string | readonly string[]
  /** When the token expires: seconds since 1970. */
  readonly exp?: number
  /** When the token was issued: seconds since 1970. */
  readonly iat?: number
  /** When the token begins to be valid: seconds since 1970. */
  readonly nbf?: number
  /** The id of the token. */
  readonly jti?: string
  /** Other claims. */
  readonly [claim: string]: unknown
}

/**
 * The registered claims of RFC 7519 §4.1 that every verified token has, in addition to those of
 * its provider's table.
 */
export interface RegisteredClaims {
  /** The issuer. */
  readonly iss: string
  /** The subject. */
  readonly sub: string
  /** The audiences, in either form. */
  readonly aud: string | readonly string[]
  /** When the token expires: seconds since 1970. */
  readonly exp: number
  /** When the token was issued: seconds since 1970. */
  readonly iat: number
  /** When the token begins to be valid: seconds since 1970. */
  readonly nbf?: number
  /** The id of the token. */
  readonly jti?: string
}
