/** The response header of a refusal: RFC 6750 §3, RFC 9110 §11.6.1, RFC 9728 §5.1. */

import type { Refusal } from '../model/refusal.ts'
import { definitionOf } from '../model/refusal.ts'

/** What a challenge says beside the refusal: text of the configuration, checked when that was read. */
export interface ChallengeOptions {
  readonly realm: string
  /** The address of the document that says where tokens come from. */
  readonly metadataUrl?: string | undefined
  /** The algorithms of proofs, where tokens that are bound to a key are taken. */
  readonly proofAlgorithms?: readonly string[] | undefined
}

/** The headers of the answer to a refusal. Header text is ours alone: no claim value ever enters it. */
export function challengeHeaders(refusal: Refusal, options: ChallengeOptions): Readonly<Record<string, string>> {
  const { retryAfter, nonce } = refusal.context
  const challenge = challengesOf(refusal, options).join(', ')
  return {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
    ...(challenge !== '' && { 'WWW-Authenticate': challenge }),
    ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
    ...(nonce !== undefined && { 'DPoP-Nonce': nonce }),
  }
}

/** A fault of a proof belongs to its scheme (RFC 9449 §7.1), all else to the Bearer scheme, beside which the other is offered. */
function challengesOf({ code }: Refusal, { realm, metadataUrl, proofAlgorithms }: ChallengeOptions): readonly string[] {
  const { status, error, detail } = definitionOf(code)
  if (error === null) return []
  const fault = error === undefined ? [] : [`error="${error}"`, `error_description="${detail.replaceAll('"', "'")}"`]
  const metadata = status === 401 && metadataUrl !== undefined ? [`resource_metadata="${metadataUrl}"`] : []
  const challenge = (scheme: string, ...parameters: readonly string[]): string =>
    `${scheme} ${[`realm="${realm}"`, ...parameters, ...metadata].join(', ')}`
  const algorithms = proofAlgorithms === undefined ? [] : [`algs="${proofAlgorithms.join(' ')}"`]
  if (error === 'invalid_dpop_proof' || error === 'use_dpop_nonce') return [challenge('DPoP', ...fault, ...algorithms)]
  const offered = status === 401 && proofAlgorithms !== undefined ? [challenge('DPoP', ...algorithms)] : []
  return [challenge('Bearer', ...fault), ...offered]
}
