/** Signatures by jose, which uses Web Crypto and runs everywhere. */

import type { JWK } from 'jose'
import { loadJose } from '../util/jose.ts'
import type { Signatures } from './signature-scheme.ts'

/** The scheme that uses Web Crypto. */
export const webSignatures: Signatures = {
  importKey: async (jwk, algorithm) => {
    const { compactVerify, importJWK } = await loadJose()
    const key = await importJWK(jwk as JWK, algorithm)
    return (text) =>
      compactVerify(text, key, { algorithms: [algorithm] }).then(
        () => true,
        (error: { readonly code?: unknown }) => {
          if (error.code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') throw error
          return false
        },
      )
  },
}
