/** Requests to the endpoints at which platforms issue tokens. */

import type { TokenRequest } from './platform.ts'
import { maxOutput } from './job.ts'

/** A platform's endpoint did not answer with a token. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError'
  /** Whether the same request may succeed later. */
  readonly temporary: boolean
  /** Seconds after which to try again, if the endpoint says so. */
  readonly retryAfter: number | undefined

  constructor(message: string, temporary: boolean, retryAfter?: number, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.temporary = temporary
    this.retryAfter = retryAfter
  }
}

/**
 * Sends a request, and returns the body of a 2xx.
 *
 * @throws {EndpointError} as a rejection, for every other outcome. It holds nothing of the answer's
 * body, and nothing of the request.
 */
export async function send({ job, signal }: TokenRequest, url: string, init: RequestInit = {}): Promise<string> {
  try {
    const answer = await job.fetch(url, { ...init, redirect: 'manual', signal })
    const { ok, status, headers } = answer
    if (ok) return await readText(answer)
    await answer.body?.cancel()
    const temporary = status === 429 || status >= 500
    throw new EndpointError(`the endpoint for tokens answered ${status}`, temporary, retryAfterOf(headers))
  } catch (error) {
    if (error instanceof EndpointError) throw error
    if (signal.aborted) throw signal.reason
    throw new EndpointError('the endpoint for tokens does not answer', true, undefined, error)
  }
}

/** The text member of a JSON answer. */
export function member(text: string, ...names: readonly string[]): string {
  let value: unknown
  try {
    value = JSON.parse(text)
    for (const name of names) value = (value as Readonly<Record<string, unknown>>)[name]
  } catch {
    value = undefined
  }
  if (typeof value !== 'string') throw new EndpointError(`the answer has no ${names.join('.')}`, false)
  return value
}

async function readText(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const part of answer.body ?? []) {
    text += decoder.decode(part, { stream: true })
    if (text.length > maxOutput) throw new RangeError('the answer is too long')
  }
  return text + decoder.decode()
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3). A date is not used, since clocks differ. */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after') ?? ''
  return /^\d{1,4}$/.test(value) ? Number(value) : undefined
}
