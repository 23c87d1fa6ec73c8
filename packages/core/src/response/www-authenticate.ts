/** The headers of a refusal: RFC 6750 §3, RFC 9110 §11.6.1, RFC 9728 §5.1. */

import type { Refusal } from '../model/refusal.ts'

/**
 * What a challenge contains in addition to the refusal: configured text, checked when it was read.
 */
export interface ChallengeOptions {
  /** The `realm`: 1 to 200 printable ASCII characters without quotes or backslash. */
  readonly realm: string
  /** The document that says where clients get tokens, and with which scopes. Default: none. */
  readonly metadata?: { readonly url: string; readonly scopes: readonly string[] } | undefined
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
function challengesOf(refusal: Refusal, options: ChallengeOptions): readonly string[] {
  const { status, error, detail } = refusal.definition
  const { realm, proofAlgorithms } = options
  if (error === null) return []
  const fault = error === undefined ? [] : [`error="${error}"`, `error_description="${detail.replaceAll('"', "'")}"`]
  const ways = status === 400 ? [] : waysToToken(refusal, options)
  const challenge = (scheme: string, ...parameters: readonly string[]): string =>
    `${scheme} ${[`realm="${realm}"`, ...parameters, ...ways].join(', ')}`
  const algorithms = proofAlgorithms === undefined ? [] : [`algs="${proofAlgorithms.join(' ')}"`]
  if (error === 'invalid_dpop_proof' || error === 'use_dpop_nonce') return [challenge('DPoP', ...fault, ...algorithms)]
  const offered = status === 401 && proofAlgorithms !== undefined ? [challenge('DPoP', ...algorithms)] : []
  return [challenge('Bearer', ...fault), ...offered]
}

/**
 * Where to get a token that would do, and its scopes: those that the caller's token lacks, if it
 * lacks nothing else.
 */
function waysToToken({ context }: Refusal, { metadata }: ChallengeOptions): readonly string[] {
  const failed = context.verdict?.nearestOwn?.checks.filter(({ passed }) => !passed)
  const lacking =
    failed?.every(({ field }) => field === 'scopes') && failed.flatMap(({ expected }) => expected).join(' ')
  const ways = { scope: lacking || metadata?.scopes.join(' '), resource_metadata: metadata?.url }
  return Object.entries(ways).flatMap(([name, value]) => (value ? [`${name}="${value}"`] : []))
}
