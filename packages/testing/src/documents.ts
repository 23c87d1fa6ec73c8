/** The documents that an issuer publishes. */

import type { JWK } from 'jose'

const discovery = '/.well-known/openid-configuration'

const keySet = '/.well-known/jwks'

/** The document at a URL of the issuer, or of any tenant if the issuer is a template. */
export function documentAt(url: string, issuer: string, keys: readonly JWK[]): object | undefined {
  const suffix = [discovery, keySet].find((each) => url.endsWith(each))
  // A trailing slash belongs to the issuer, and is not doubled in the URL of its documents (OpenID
  // Connect Discovery 1.0 §4.1).
  const base = suffix === undefined ? '' : url.slice(0, -suffix.length) + (issuer.endsWith('/') ? '/' : '')
  const [before = '', after = ''] = issuer.split(/\{\w+\}/)
  const tenant = issuer.includes('{') && base.startsWith(before) && base.endsWith(after)
  if (base !== issuer && !tenant) return undefined
  if (suffix === keySet) return { keys }
  return { issuer: base, jwks_uri: base.replace(/\/$/, '') + keySet, id_token_signing_alg_values_supported: ['RS256'] }
}
