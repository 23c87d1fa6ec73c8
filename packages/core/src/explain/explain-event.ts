/**
 * The first part of an explained event: decision, request, caller, and the reason where no rules
 * decided.
 */

import { jobOf } from '../workload/verified-token.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { escapeForLog, escapeText, toPlainText } from '../util/escape.ts'
import { errorCodes } from '../model/error-codes.ts'
import type { EventRequest, UnverifiedToken, VerdictEvent } from '../model/verdict-event.ts'

/** An event on one line, without its verdict. */
export function explainEvent(event: VerdictEvent): string {
  const { request, guard, workload, unverified } = event
  const facts = [
    outcomeOf(event),
    request && describeRequest(request),
    guard && `at the guard ${escapeText(guard)}`,
    workload && describeCaller(workload),
    unverified && describeUnverified(unverified),
  ]
  // Escaped again as a whole: two harmless parts may together form a command to a CI runner.
  return escapeForLog([facts.filter(Boolean).join(' '), ...whyOf(event)].join(': '))
}

function outcomeOf({ allowed, code }: VerdictEvent): string {
  return allowed || code === undefined ? 'allowed' : `refused ${errorCodes[code].status} ${code}`
}

function describeRequest({ method, path }: EventRequest): string {
  return `${escapeText(method)} ${escapeText(path)}`
}

/**
 * The repository or subject, then run and person where the platform names them. Behind an exchange,
 * those of the CI job.
 */
function describeCaller(caller: AnyWorkload): string {
  const { repository, subject, runUrl, runId, actor } = jobOf(caller) ?? caller
  const run = runUrl ?? runId
  const parts = [
    `by ${toPlainText(repository ?? subject)}`,
    run === undefined ? undefined : `run ${toPlainText(run)}`,
    actor === undefined ? undefined : `actor ${toPlainText(actor)}`,
  ]
  return parts.filter(Boolean).join(', ')
}

function describeUnverified({ issuer, subject, audience, keyId, algorithm }: UnverifiedToken): string {
  const parts = [
    `issuer ${quoted(issuer)}`,
    subject === undefined ? 'no subject' : `subject ${quoted(subject)}`,
    audience.length === 0 ? 'no audience' : `audience ${audience.map(quoted).join(' and ')}`,
    keyId === undefined ? 'no key id' : `key ${quoted(keyId)}`,
    `algorithm ${quoted(algorithm)}`,
  ]
  return `by a token that says ${parts.join(', ')} (unverified)`
}

// Already escaped: escaping again would double the backslashes.
const quoted = (escaped: string): string => `"${escapeText(escaped).replaceAll('"', "'")}"`

function whyOf({ code, claim, hint, cause, verdict }: VerdictEvent): readonly string[] {
  if (code === undefined || verdict !== undefined) return []
  return [
    [errorCodes[code].detail, claim && `The claim is ${toPlainText(claim)}.`, hint, causeOf(cause)]
      .filter(Boolean)
      .join(' '),
  ]
}

/** The class and code of an error only: its message may hold secrets of the application. */
function causeOf(cause: unknown): string | undefined {
  if (typeof cause === 'string') return `Cause: ${escapeText(cause)}.`
  if (!(cause instanceof Error)) return undefined
  const { code } = cause as { readonly code?: unknown }
  return `Cause: ${escapeText([cause.name, typeof code === 'string' ? code : ''].join(' ').trim())}.`
}
