/** Checks a signature over the same text that was decoded, with the runtime's scheme. */

import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import { hintOnSignature } from '../token/token-hints.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { isPromise } from '../util/awaitable.ts'
import { decodedLength } from '../util/base64url.ts'
import type { JSONWebKey } from './jwk.ts'
import type { PublishedKey } from './published-key.ts'
import type { Token } from '../model/token.ts'
import type { CheckSignature } from './signature-scheme.ts'

/**
 * `undefined` when the signature verifies. The algorithm was checked against the issuer's list; a
 * key that does not fit it verifies nothing.
 */
export function checkSignature(token: Token, key: PublishedKey): Awaitable<Refusal | undefined> {
  let check: Awaitable<CheckSignature>
  try {
    check = key.importFor(token.header.alg)
  } catch {
    return noKey()
  }
  return isPromise(check) ? check.then((opened) => run(opened, token, key), noKey) : run(check, token, key)
}

/** The issuer publishes a key that cannot be imported, which is not the token's fault. */
function noKey(): Refusal {
  return refuse('issuer_unavailable', { retryAfter: 60 })
}

function run(check: CheckSignature, { text, header }: Token, { jwk }: PublishedKey): Awaitable<Refusal | undefined> {
  // Three bytes are four characters. Without a length there is no dot at that place.
  const end = text.length - Math.ceil((signatureLength(jwk, header.alg) * 4) / 3) - 1
  if (text[end] !== '.') return invalid(text)
  try {
    const verified = check(text, end)
    return isPromise(verified) ? verified.then((good) => outcome(good, text), malformed) : outcome(verified, text)
  } catch {
    return malformed()
  }
}

/** Only exactly `true` counts as verified. */
function outcome(verified: unknown, text: string): Refusal | undefined {
  return verified === true ? undefined : invalid(text)
}

function invalid(text: string): Refusal {
  return refuse('signature_invalid', { hint: () => hintOnSignature(text) })
}

/** Any other error of a library is the token's fault, never a 500. */
function malformed(): Refusal {
  return refuse('token_malformed')
}

const lengths: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132, EdDSA: 64, Ed25519: 64 }

/**
 * The length of a signature in bytes: that of the modulus (RFC 8017 §8.1.2, §8.2.2), of two
 * numbers of the curve (RFC 7518 §3.4), or 64 (RFC 8032 §5.1.6). Some runtimes accept other
 * lengths, and so several spellings of one token.
 */
function signatureLength({ n }: JSONWebKey, algorithm: string): number {
  return typeof n === 'string' ? decodedLength(n.length) : (lengths[algorithm] ?? NaN)
}
