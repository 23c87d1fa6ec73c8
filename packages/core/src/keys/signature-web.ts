/** Signatures by jose, which uses Web Crypto and runs everywhere. */

import { loadJose } from '../util/jose.ts'
import type { Signatures } from './signature-scheme.ts'

/** The scheme that uses Web Crypto. */
export const webSignatures: Signatures = {
  importKey: async (jwk, algorithm) => {
    const { compactVerify, errors, importJWK } = await loadJose()
    const key = await importJWK({ ...jwk }, algorithm)
    return async (text) => {
      try {
        await compactVerify(text, key, { algorithms: [algorithm] })
        return true
      } catch (error) {
        if (error instanceof errors.JWSSignatureVerificationFailed) return false
        throw error
      }
    }
  },
}
