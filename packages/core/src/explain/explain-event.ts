/** The head of a decision's text: what was decided on which request, about whom, and why where no rules were asked. */

import { jobOf } from '../workload/verified-token.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { escapeForLog, escapeText, toPlainText } from '../util/escape.ts'
import { definitionOf } from '../model/refusal.ts'
import type { EventRequest, UnverifiedToken, VerdictEvent } from '../model/verdict-event.ts'

/** An event on one line, without what its verdict says. */
export function explainEvent(event: VerdictEvent): string {
  const { request, guard, workload, unverified } = event
  const facts = [
    outcomeOf(event),
    request && describeRequest(request),
    guard && `at the guard ${escapeText(guard)}`,
    workload && describeCaller(workload),
    unverified && describeUnverified(unverified),
  ]
  // Once more as a whole: two harmless parts may meet in an order to a CI runner.
  return escapeForLog([facts.filter(Boolean).join(' '), ...whyOf(event)].join(': '))
}

function outcomeOf({ allowed, code }: VerdictEvent): string {
  return allowed || code === undefined ? 'allowed' : `refused ${definitionOf(code).status} ${code}`
}

function describeRequest({ method, path }: EventRequest): string {
  return `${escapeText(method)} ${escapeText(path)}`
}

/** Repository or subject, then the run and the person where the platform names them; of the job where a service calls for it. */
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

// Escaped before: a second time would double the backslashes.
const quoted = (escaped: string): string => `"${escapeText(escaped).replaceAll('"', "'")}"`

function whyOf({ code, claim, hint, cause, verdict }: VerdictEvent): readonly string[] {
  if (code === undefined || verdict !== undefined) return []
  return [
    [definitionOf(code).detail, claim && `The claim is ${toPlainText(claim)}.`, hint, causeOf(cause)]
      .filter(Boolean)
      .join(' '),
  ]
}

/** What a store or a look-up threw may hold secrets of the application: its class and code only. */
function causeOf(cause: unknown): string | undefined {
  if (typeof cause === 'string') return `Cause: ${escapeText(cause)}.`
  if (!(cause instanceof Error)) return undefined
  const { code } = cause as { readonly code?: unknown }
  return `Cause: ${escapeText([cause.name, typeof code === 'string' ? code : ''].join(' ').trim())}.`
}
