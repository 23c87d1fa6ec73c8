/** One signature check, over the very text that was decoded, by whatever the runtime has for it. */

import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import { hintOnSignature } from '../answer/token-hints.ts'
import type { Maybe } from '../util/maybe.ts'
import { isPromise } from '../util/maybe.ts'
import { nodeModule } from '../util/node.ts'
import { decodedLength } from './base64url.ts'
import type { JSONWebKey } from './jwk.ts'
import { nodeSignatures } from './signature-node.ts'
import { webSignatures } from './signature-web.ts'
import type { PublishedKey } from './key-set.ts'
import type { Token } from './token.ts'

/** Whether the signature of a token, whose length is right, verifies. */
export type CheckSignature = (text: string) => Maybe<boolean>

/** How a runtime checks signatures. */
export interface Signatures {
  /** Imports a key that passed the gate, for one algorithm that it fits. Throws or rejects when the runtime finds that it is none. */
  open(key: JSONWebKey, algorithm: string): Maybe<CheckSignature>
}

/** The way of this runtime: Node's own crypto, which answers at once, or jose by Web Crypto. */
export function signaturesHere(): Signatures {
  const crypto = nodeModule('node:crypto')
  return crypto === undefined ? webSignatures : nodeSignatures(crypto)
}

/** `undefined` when the signature verifies. The algorithm is the one checked against the issuer's list; the key fits it or nothing does. */
export function checkSignature(token: Token, key: PublishedKey): Maybe<Refusal | undefined> {
  let check: Maybe<CheckSignature>
  try {
    check = key.open(token.header.alg)
  } catch {
    return noKey()
  }
  return isPromise(check) ? check.then((opened) => run(opened, token, key), noKey) : run(check, token, key)
}

/** The issuer publishes a key that is none: not the token's fault. */
function noKey(): Refusal {
  return refuse('issuer_unavailable', { retryAfter: 60 })
}

function run(check: CheckSignature, { text, header }: Token, { jwk }: PublishedKey): Maybe<Refusal | undefined> {
  const length = decodedLength(text.length - text.lastIndexOf('.') - 1)
  if (length !== signatureLength(jwk, header.alg)) return invalid(text)
  try {
    const verified = check(text)
    return isPromise(verified) ? verified.then((good) => outcome(good, text), malformed) : outcome(verified, text)
  } catch {
    return malformed()
  }
}

/** Only exactly `true` counts, whatever a runtime's check answers. */
function outcome(verified: unknown, text: string): Refusal | undefined {
  return verified === true ? undefined : invalid(text)
}

function invalid(text: string): Refusal {
  return refuse('signature_invalid', { hint: () => hintOnSignature(text) })
}

/** Whatever else a library finds wrong with a token is the token's fault, never a 500. */
function malformed(): Refusal {
  return refuse('token_malformed')
}

const lengths: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132, EdDSA: 64, Ed25519: 64 }

/**
 * How many bytes a signature has: those of the modulus (RFC 8017 §8.1.2, §8.2.2), of two numbers of the curve (RFC 7518 §3.4), or 64 (RFC 8032 §5.1.6).
 * Some runtimes take shorter or longer ones, and so several spellings of one token.
 */
function signatureLength({ n }: JSONWebKey, algorithm: string): number | undefined {
  return typeof n === 'string' ? decodedLength(n.length) : lengths[algorithm]
}
