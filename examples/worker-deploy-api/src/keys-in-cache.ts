/** Keys of issuers in the cache of a data centre, so that a new isolate need not fetch them. */

import type { Types } from '@jobpass/core'

interface KeysInCache {
  readonly get: (issuer: string) => Promise<Types.KeySnapshot | undefined>
  readonly set: (issuer: string, snapshot: Types.KeySnapshot) => Promise<void>
}

/** Only this Worker writes here: no request has an address below `.invalid` (RFC 2606). */
const address = (issuer: string): string => `https://keys.invalid/${encodeURIComponent(issuer)}`

/** The cache is of Workers: it can be used while a request is handled, and not before. */
const cache = (): Cache => (caches as unknown as { readonly default: Cache }).default

export const keysInCache: KeysInCache = {
  get: async (issuer) => (await cache().match(address(issuer)))?.json(),
  set: (issuer, snapshot) => {
    // jobpass refreshes keys long before that; then nobody needs what is left.
    const headers = { 'Cache-Control': 'max-age=86400' }
    return cache().put(address(issuer), Response.json(snapshot, { headers }))
  },
}
