/** One signature check, over the very text that was decoded. */

import { compactVerify, errors } from 'jose'
import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import type { PublishedKey } from './key-set.ts'
import type { Token } from './token.ts'

/** `undefined` when the signature verifies. The algorithm is the one checked against the issuer's list; the key fits it or nothing does. */
export async function checkSignature(token: Token, key: PublishedKey): Promise<Refusal | undefined> {
  const { alg } = token.header
  let opened: CryptoKey
  try {
    opened = await key.open(alg)
  } catch {
    // The issuer publishes a key that is none: not the token's fault.
    return refuse('issuer_unavailable', { retryAfter: 60 })
  }
  try {
    await compactVerify(token.text, opened, { algorithms: [alg] })
    return undefined
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return refuse('signature_invalid')
    // Whatever else a library finds wrong with a token is the token's fault, never a 500.
    return refuse('token_malformed')
  }
}
