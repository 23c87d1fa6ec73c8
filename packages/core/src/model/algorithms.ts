/** The signature algorithms that issuers may use. */

/**
 * RFC 7518 §3.1 and RFC 8037: signatures with key pairs. Symmetric algorithms cannot be
 * configured.
 */
export const asymmetric: ReadonlySet<string> = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
])
