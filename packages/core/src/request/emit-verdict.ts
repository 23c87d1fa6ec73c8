/**
 * Emits decisions to the operator's `onVerdict` hook, with the whole diagnosis. None of it reaches
 * the caller.
 */

import type { Call, CallRequest } from './call.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Verdict } from '../model/verdict.ts'
import { audiencesOf } from '../token/claims.ts'
import type { Token } from '../model/token.ts'
import { escapeText } from '../util/escape.ts'
import type { Refusal } from '../model/refusal.ts'
import type { VerdictEvent, EventRequest, UnverifiedToken } from '../model/verdict-event.ts'
import { defined } from '../util/objects.ts'

/** The parts of an event that do not follow from its call. */
export interface Decided extends Pick<VerdictEvent, 'layer'> {
  /** Describes the guard. */
  readonly guard?: () => string
  /** The request. Default: that of the call. */
  readonly request?: CallRequest | undefined
  /** The verdict of report-only rules. */
  readonly reported?: Verdict | undefined
}

/** Emits that a call was allowed. Most calls are, so it is called only where a hook listens. */
export function emitAllowed(call: Call, workload: AnyWorkload, verdict: Verdict, { layer, ...more }: Decided): void {
  call.config.onVerdict({ layer, allowed: true, ...partsOf(call, more), workload, verdict })
}

/** Emits a refusal, and returns it. */
export function emitRefused(call: Call, refusal: Refusal, { layer, ...more }: Decided): Refusal {
  const { observed, onVerdict } = call.config
  if (!observed) return refusal
  const { code, context, token } = refusal
  const { workload, verdict, cause, claim = context.unverifiedClaim } = context
  const hint = context.hint?.()
  onVerdict({
    layer,
    allowed: false,
    code,
    ...partsOf(call, more),
    ...defined({
      workload,
      unverified: workload ? undefined : token && unverifiedOf(token),
      verdict,
      claim,
      hint,
      cause,
    }),
  })
  return refusal
}

function partsOf(
  call: Call,
  { guard, reported, request = call.request }: Omit<Decided, 'layer'>,
): Pick<VerdictEvent, 'request' | 'guard' | 'reported'> {
  return defined({ request: request && eventRequest(request), guard: guard?.(), reported })
}

function eventRequest(request: CallRequest): EventRequest {
  const { method, path } = request.facts()
  return { method: escapeText(method), path: escapeText(path), raw: request.raw }
}

const maxAudiences = 4

function unverifiedOf({ header, claims }: Token): UnverifiedToken {
  const { iss, sub } = claims
  const { kid, alg } = header
  return {
    issuer: escapeText(iss),
    ...defined({ subject: sub === undefined ? undefined : escapeText(sub) }),
    audience: audiencesOf(claims).slice(0, maxAudiences).map(escapeText),
    ...defined({ keyId: typeof kid === 'string' ? escapeText(kid) : undefined }),
    algorithm: escapeText(alg),
  }
}
