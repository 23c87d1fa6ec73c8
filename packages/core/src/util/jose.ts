/**
 * Loads what verifies signatures from jose, on first use. On Node only proofs of possession need
 * it, and loading it takes longer than loading everything else.
 */

import type * as jose from 'jose'

/** The functions, each from its own module: bundlers keep all of a module that is loaded on use. */
export async function loadJose(): Promise<Pick<typeof jose, 'compactVerify' | 'importJWK'>> {
  return { ...(await import('jose/jws/compact/verify')), ...(await import('jose/key/import')) }
}
