/** The headers of a refusal: RFC 6750 §3, RFC 9110 §11.6.1, RFC 9728 §5.1. */

import type { Refusal } from '../model/refusal.ts'

/**
 * What a challenge contains in addition to the refusal: configured text, checked when it was read.
 */
export interface ChallengeOptions {
  /** The `realm`: 1 to 200 printable ASCII characters without quotes or backslash. */
  readonly realm: string
  /** The URL of the document that says where clients get tokens. Default: none. */
  readonly metadataUrl?: string | undefined
  /** The algorithms of DPoP proofs, where tokens that are bound to a key are accepted. */
  readonly proofAlgorithms?: readonly string[] | undefined
}

/** The headers of a refusal. They hold configured text only, never the value of a claim. */
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

/**
 * The error of a proof belongs to the DPoP challenge (RFC 9449 §7.1), every other one to the
 * Bearer challenge; the DPoP scheme is then offered in addition.
 */
function challengesOf(
  { definition }: Refusal,
  { realm, metadataUrl, proofAlgorithms }: ChallengeOptions,
): readonly string[] {
  const { status, error, detail } = definition
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
