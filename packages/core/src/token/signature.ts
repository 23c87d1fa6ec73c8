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
  if (!isWhole(token.text, opened)) return refuse('signature_invalid')
  try {
    await compactVerify(token.text, opened, { algorithms: [alg] })
    return undefined
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return refuse('signature_invalid')
    // Whatever else a library finds wrong with a token is the token's fault, never a 500.
    return refuse('token_malformed')
  }
}

/** RFC 8017 §8.1.2: an RSA signature is as long as the modulus. Some runtimes take one without the zero it begins with, and so two spellings of one token. */
function isWhole(text: string, key: CryptoKey): boolean {
  const { modulusLength } = key.algorithm as { readonly modulusLength?: number }
  const bytes = Math.floor(((text.length - text.lastIndexOf('.') - 1) * 3) / 4)
  return modulusLength === undefined || bytes === Math.ceil(modulusLength / 8)
}
