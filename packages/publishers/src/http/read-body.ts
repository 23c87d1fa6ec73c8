/** Reads the members of a form or of a JSON object, each of them text. */

import type { EndpointRequest } from '@jobpass/core'
import { isPlainObject, within } from '@jobpass/core/internal'
import { systemClock } from '../model/system-clock.ts'
import type { Problem } from './problem.ts'
import { problems } from './problem.ts'

/** What a body may be. */
export type BodyType = 'application/json' | 'application/x-www-form-urlencoded'

/** Time limit of a body: milliseconds. The database has another one. */
const timeLimit = 10_000

/** The members of a body. */
export type Members = Readonly<Record<string, unknown>>

/**
 * Reads the body of a request. JSON needs its own type: a page of another site can send a form
 * without asking, and JSON not.
 */
export async function readBody(request: EndpointRequest, type: BodyType): Promise<Members | Problem> {
  const types = request.headers('content-type')
  if (types.length !== 1 || mediaTypeOf(types[0]) !== type) return problems.contentType
  const body = await within(systemClock, timeLimit, () => request.body()).catch((failure: unknown) => {
    if (failure instanceof DOMException && failure.name === 'TimeoutError') return problems.tooSlow
    throw failure
  })
  if (body === problems.tooSlow) return problems.tooSlow
  if (typeof body !== 'string') return isPlainObject(body) ? body : problems.malformed
  return type === 'application/json' ? readJson(body) : readForm(body)
}

/** Whether a body could not be read. */
export const isProblem = (read: Members | Problem): read is Problem => Object.values(problems).includes(read as never)

const mediaTypeOf = (header: string | undefined): string => (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

function readJson(body: string): Members | Problem {
  try {
    const value: unknown = JSON.parse(body)
    return isPlainObject(value) ? value : problems.malformed
  } catch {
    return problems.malformed
  }
}

function readForm(body: string): Members | Problem {
  const form = new URLSearchParams(body)
  const names = [...form.keys()]
  return new Set(names).size === names.length ? Object.fromEntries(form) : problems.malformed
}
