/** Makes the calls over HTTP, and reads the answers as a caller would. */

import type { Problem } from '@jobpass/core'
import type { Apis } from './apis.ts'
import type { Call } from './calls.ts'
import type { Jobs } from './issuers.ts'

/** Result of a call. */
export interface Outcome extends Call {
  readonly status: number
  /** Status, and the code of a refusal; compared with `expected`. */
  readonly actual: string
  /** What the caller reads: the answer, or the reasons of a refusal. */
  readonly why: readonly string[]
}

/** Makes the calls in order: a later one may read what an earlier one stored. */
export async function runCalls(calls: readonly Call[], apis: Apis, jobs: Jobs): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const call of calls) outcomes.push(await runCall(call, apis, jobs))
  return outcomes
}

export function asExpected({ actual, expected }: Outcome): boolean {
  return actual === expected
}

async function runCall(call: Call, apis: Apis, jobs: Jobs): Promise<Outcome> {
  const { url, audience } = apis[call.api]
  const [method = '', path = ''] = call.route.split(' ')
  const token = await call.token?.(jobs, audience)
  const response = await fetch(url + path, {
    method,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    ...(method === 'PUT' ? { body: 'the shop, packed' } : {}),
  })
  const { status } = response
  const body = await response.text()
  const type = response.headers.get('content-type') ?? ''
  if (type === 'application/problem+json') {
    const problem = JSON.parse(body) as Problem
    return { ...call, status, actual: `${status} ${problem.code}`, why: [problem.code, ...reasons(problem)] }
  }
  const why = type.startsWith('application/json') ? facts(JSON.parse(body) as object) : body
  return { ...call, status, actual: String(status), why: [why] }
}

/**
 * The failed checks, if the caller may read them: each with the caller's own value, and a hint for
 * a known pitfall.
 */
function reasons({ checks, detail }: Problem): readonly string[] {
  if (checks === undefined) return [detail]
  return checks.map(({ field, actual, hint }) => `${field} ${show(actual)}${hint === undefined ? '' : `: ${hint}`}`)
}

function show(actual: unknown): string {
  return actual === null || (Array.isArray(actual) && actual.length === 0) ? 'absent' : `is ${JSON.stringify(actual)}`
}

function facts(answer: object): string {
  const short = (value: unknown): string => String(value).replace(/^([0-9a-f]{7})[0-9a-f]{33}$/, '$1')
  return Object.entries(answer)
    .map(([name, value]) => `${name} ${short(value)}`)
    .join(', ')
}
