/** The documents that an issuer publishes. */

import type { JWK } from 'jose'

const discovery = '/.well-known/openid-configuration'

const keySet = '/.well-known/jwks'

/** The document at an address of the issuer, or of any tenant's where the issuer is a template. */
export function documentAt(url: string, issuer: string, keys: readonly JWK[]): object | undefined {
  const suffix = [discovery, keySet].find((each) => url.endsWith(each))
  // A slash at the end of an issuer belongs to it, and is not doubled in the address of its documents (OpenID Connect Discovery 1.0 §4.1).
  const base = suffix === undefined ? '' : url.slice(0, -suffix.length) + (issuer.endsWith('/') ? '/' : '')
  const [before = '', after = ''] = issuer.split(/\{\w+\}/)
  const tenant = issuer.includes('{') && base.startsWith(before) && base.endsWith(after)
  if (base !== issuer && !tenant) return undefined
  if (suffix === keySet) return { keys }
  return { issuer: base, jwks_uri: base.replace(/\/$/, '') + keySet, id_token_signing_alg_values_supported: ['RS256'] }
}
