/**
 * Refusals: stable code, status, the RFC 6750 `error`, and the sentence that callers read.
 *
 * Inside core a refusal is a value. It becomes an `Error` only at the edge, so that an expected
 * refusal costs no stack trace.
 */

import type { Verdict } from './verdict.ts'
import type { AnyWorkload } from './workload.ts'
import type { Token } from './token.ts'

/** The stable codes of refusals: `code` in the body. */
export type RefusalCode =
  | 'token_missing'
  | 'request_malformed'
  | 'token_malformed'
  | 'issuer_untrusted'
  | 'header_unsupported'
  | 'algorithm_unsupported'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'audience_mismatch'
  | 'audience_multiple'
  | 'issuer_unavailable'
  | 'key_unknown'
  | 'signature_invalid'
  | 'token_too_old'
  | 'token_lifetime'
  | 'claims_invalid'
  | 'workload_denied'
  | 'workload_forbidden'
  | 'scheme_mismatch'
  | 'resolver_unavailable'
  | UseCode

/**
 * The codes of one-time use, of proofs of possession, and of exchanges.
 *
 * @inline
 */
export type UseCode =
  | 'proof_invalid'
  | 'proof_nonce'
  | 'certificate_mismatch'
  | 'token_revoked'
  | 'token_replayed'
  | 'token_exchanged'
  | 'store_unavailable'

/** All other codes. */
type PipelineCode = Exclude<RefusalCode, UseCode>

/**
 * The `error` codes of RFC 6750 §3.1, and of RFC 9449 §7.1 and §9.
 *
 * @inline
 */
type ChallengeError =
  'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'invalid_dpop_proof' | 'use_dpop_nonce'

/** The response for a code. */
export interface ErrorDefinition {
  /** The HTTP status. */
  readonly status: 400 | 401 | 403 | 503
  /** The `error` of the challenge; `undefined`: a challenge without error; `null`: no challenge. */
  readonly error: ChallengeError | undefined | null
  /** The sentence that callers read. */
  readonly detail: string
}

const invalid = (detail: string): ErrorDefinition => ({ status: 401, error: 'invalid_token', detail })

const outage = (detail: string): ErrorDefinition => ({ status: 503, error: null, detail })

/** The codes of the pipeline. */
export const pipelineCodes: Readonly<Record<PipelineCode, ErrorDefinition>> = {
  token_missing: {
    status: 401,
    error: undefined,
    detail: 'This API needs the OIDC token of a CI job as Bearer token.',
  },
  request_malformed: {
    status: 400,
    error: 'invalid_request',
    detail: 'The request must carry exactly one credential, written as "Bearer <token>".',
  },
  token_malformed: invalid('The token is not a well-formed signed JWT.'),
  issuer_untrusted: invalid('The issuer of the token is not trusted here.'),
  header_unsupported: invalid('The header of the token asks for something that is not supported here.'),
  algorithm_unsupported: invalid('The token is signed with an algorithm that its issuer does not use.'),
  token_expired: invalid('The token has expired.'),
  token_not_yet_valid: invalid('The token is not valid yet.'),
  audience_mismatch: invalid('The token was issued for another audience.'),
  audience_multiple: invalid('The token names several audiences; ask for one with this audience alone.'),
  issuer_unavailable: outage('The keys of the issuer cannot be fetched right now.'),
  key_unknown: invalid('The issuer publishes no key that fits the token.'),
  signature_invalid: invalid('The signature of the token does not verify.'),
  token_too_old: invalid('The token was issued too long ago; ask for a new one.'),
  token_lifetime: invalid('The token is valid for longer than is accepted here.'),
  claims_invalid: invalid('The token lacks what a job token of its issuer carries, or carries it in another form.'),
  scheme_mismatch: invalid(
    'A token that is bound to a key is presented as "DPoP <token>", any other as "Bearer <token>".',
  ),
  workload_denied: { status: 403, error: 'insufficient_scope', detail: 'A deny rule refuses this workload.' },
  workload_forbidden: { status: 403, error: 'insufficient_scope', detail: 'No rule allows this workload.' },
  resolver_unavailable: outage('The rules for this request cannot be looked up right now.'),
}

/** What is known of a refusal in addition to its code. */
export interface RefusalContext {
  /**
   * The name of the claim of a verified token that was missing or of another type; never its value.
   */
  readonly claim?: string
  /** The same for a token that was not verified: for `onVerdict` only, never for the caller. */
  readonly unverifiedClaim?: string
  /**
   * What may be wrong with a token that was refused before there was a caller: for `onVerdict`
   * only, never for the caller.
   */
  readonly hint?: () => string | undefined
  /** The verified caller, once there is one. */
  readonly workload?: AnyWorkload
  /** Seconds after which a retry makes sense. */
  readonly retryAfter?: number
  /** The nonce for the next DPoP proof (RFC 9449 §8, §9). */
  readonly nonce?: string
  /** The verdict of the rules, where rules decided. */
  readonly verdict?: Verdict
  /** The error of a look-up or store, or why keys cannot be fetched: for `onVerdict` only. */
  readonly cause?: unknown
}

/** A refusal as a value. */
export class Refusal {
  readonly code: RefusalCode
  readonly definition: ErrorDefinition
  readonly context: RefusalContext
  /** The refused token: for `onVerdict` only. */
  token: Token | undefined

  constructor(code: RefusalCode, definition: ErrorDefinition, context: RefusalContext = {}) {
    this.code = code
    this.definition = definition
    this.context = context
  }
}

/** Refuses with a code of the pipeline. */
export function refuse(code: PipelineCode, context?: RefusalContext): Refusal {
  return new Refusal(code, pipelineCodes[code], context)
}

/** The same refusal with another context. */
export function withContext({ code, definition }: Refusal, context: RefusalContext): Refusal {
  return new Refusal(code, definition, context)
}
