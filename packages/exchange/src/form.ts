/** Reads the parameters of a request to an endpoint: a form (RFC 6749 §3.2), or JSON. */

import { BodyTooLarge } from '@jobpass/core'
import type { EndpointRequest } from '@jobpass/core'
import { formatValue, isPlainObject, refuseOtherCopy } from '@jobpass/core/internal'
import { OAuthError } from './oauth-answer.ts'
import { parsed } from './trust/parsed.ts'

/** Most parameters of a form. The RFCs define at most fifteen for one request. */
const maxParameters = 32

/** Values by parameter name; only `audience` and `resource` may have several. */
export type Form = ReadonlyMap<string, readonly string[]>

/** The parameter that each member of a JSON body stands for. */
export type JsonMembers = ReadonlyMap<string, string>

/** Reads a form from a request, or a JSON body whose members are known. */
export async function readForm(request: EndpointRequest, members?: JsonMembers): Promise<Form | OAuthError> {
  const [type = ''] = request.headers('content-type')
  const json = members !== undefined && /^application\/json\s*(?:;|$)/i.test(type)
  if (!json && !/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type))
    return invalid(`The body must be application/x-www-form-urlencoded${members ? ' or application/json' : ''}.`)
  const body = await request.body().catch((failure: unknown) => {
    if (failure instanceof BodyTooLarge) return invalid('The body is longer than 64 KiB.')
    // An adapter with another copy of core throws its errors from another class.
    refuseOtherCopy(failure)
    throw failure
  })
  if (body instanceof OAuthError) return body
  if (json) return jsonForm(body, members)
  if (typeof body !== 'string') return formOf(entriesOf(body))
  return hasMore(body, '&', maxParameters) ? tooMany() : formOf(new URLSearchParams(body))
}

/** What clients that post JSON leave out. */
const jsonDefaults: readonly (readonly [string, string])[] = [
  ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
  ['subject_token_type', 'urn:ietf:params:oauth:token-type:jwt'],
]

/** Reads a JSON body, or the object that a body parser made of it. */
function jsonForm(body: unknown, members: JsonMembers): Form | OAuthError {
  const object = typeof body === 'string' ? parsed(body) : body
  if (!isPlainObject(object)) return invalid('The body must be a JSON object.')
  const form = formOf(Object.entries(object).map(([name, value]) => [members.get(name) ?? name, value] as const))
  if (form instanceof OAuthError) return form
  return new Map([...jsonDefaults.map(([name, value]) => [name, [value]] as const), ...form])
}

/** Validates the names of JSON members. Throws a `TypeError` that says what to write. */
export function readJsonMembers(what: string, given: unknown): JsonMembers {
  if (
    !isPlainObject(given) ||
    !Object.values(given).every((name) => typeof name === 'string' && /^[a-z_]+$/.test(name))
  )
    throw new TypeError(
      `${what} names the parameter of each member, such as { jwt: 'subject_token' }, not ${formatValue(given)}`,
    )
  return new Map(Object.entries(given as Readonly<Record<string, string>>))
}

/** Whether a separator occurs more than `most` times. Stops there, and allocates nothing. */
function hasMore(text: string, separator: string, most: number): boolean {
  let count = 0
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1))
    if (++count > most) return true
  return false
}

/** The entries of a form that a body parser has already read. */
function* entriesOf(body: unknown): Generator<readonly [string, unknown]> {
  if (typeof body !== 'object' || body === null) return
  for (const [name, value] of Object.entries(body))
    if (Array.isArray(value)) for (const each of value as readonly unknown[]) yield [name, each]
    else yield [name, value]
}

const repeatable: ReadonlySet<string> = new Set(['audience', 'resource'])

function formOf(entries: Iterable<readonly [string, unknown]>): Form | OAuthError {
  const form = new Map<string, string[]>()
  let count = 0
  for (const [name, value] of entries) {
    if (++count > maxParameters) return tooMany()
    if (typeof value !== 'string') return invalid('Each parameter must be text.')
    // RFC 6749 §3.2: a parameter without a value counts as omitted.
    if (value === '') continue
    const before = form.get(name)
    if (before !== undefined && !repeatable.has(name)) return invalid('A parameter is there more than once.')
    if (before === undefined) form.set(name, [value])
    else before.push(value)
  }
  return form
}

function tooMany(): OAuthError {
  return invalid(`The form has more than ${maxParameters} parameters.`)
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', description)
}
