/** Adds a challenge to an answer that other code writes. */

import { isPromise } from '../util/awaitable.ts'

/** The part of Node's response that is used. */
export interface NodeResponse {
  /** Writes the status and the headers. */
  writeHead(status: number, ...rest: never[]): unknown
  /** Removes a header. */
  removeHeader(name: string): void
  /** Adds values to a header. */
  appendHeader(name: string, value: string | readonly string[]): unknown
}

/**
 * Adds a challenge to the answer if it is a 401, when its head is written; returns a function that
 * takes that back.
 */
export function offerChallenge(response: NodeResponse, challenge: string): () => void {
  const writeHead = response.writeHead.bind(response)
  const withdraw = (): void => {
    response.writeHead = writeHead
  }
  response.writeHead = (status: number, ...rest: unknown[]) => {
    withdraw()
    if (status !== 401) return response.writeHead(status, ...(rest as never[]))
    // Headers that are passed here would replace those that were set before.
    const given = pairsOf(rest.find((part) => typeof part === 'object' && part !== null))
    for (const [name] of given) response.removeHeader(name)
    for (const [name, value] of given) response.appendHeader(name, value)
    response.appendHeader('WWW-Authenticate', challenge)
    return response.writeHead(status, ...(rest.filter((part) => typeof part === 'string') as never[]))
  }
  return withdraw
}

/**
 * Runs another authentication where `next` takes errors. If it answers with a 401, that gets one
 * more challenge; if its promise rejects, `next` gets the reason.
 */
export function offerInCallback(
  authenticate: (next: (error?: unknown) => void) => unknown,
  next: (error?: unknown) => void,
  { challenge, response }: { readonly challenge: string; readonly response: NodeResponse },
): void {
  const withdraw = offerChallenge(response, challenge)
  const running = authenticate((error) => {
    if (error === undefined) withdraw()
    next(error)
  })
  if (isPromise(running)) running.catch(next)
}

/** Headers as `writeHead` takes them: an object, a list of pairs, or names and values in turn. */
function pairsOf(headers: unknown): readonly (readonly [string, string | readonly string[]])[] {
  if (!Array.isArray(headers)) return Object.entries((headers ?? {}) as Readonly<Record<string, string>>)
  const list = headers as readonly string[]
  if (Array.isArray(list[0])) return list as unknown as readonly [string, string][]
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] as string] as const] : []))
}

/** An error that carries its response, such as Hono's `HTTPException`. */
interface AnsweredError {
  readonly status: number
  res?: Response
  getResponse(): Response
}

/**
 * Runs another authentication where responses are values. If it answers with a 401, or throws one,
 * that gets one more challenge.
 */
export async function offerInResponse(
  authenticate: (next: () => Promise<void>) => Promise<Response | void>,
  next: () => Promise<void>,
  { challenge, current }: { readonly challenge: string; readonly current: () => Response },
): Promise<Response | void> {
  let passed = false
  const proceed = (): Promise<void> => {
    passed = true
    return next()
  }
  try {
    const answer = await authenticate(proceed)
    return passed ? answer : withChallenge(answer ?? current(), challenge)
  } catch (error) {
    if (!passed && isAnswered(error)) error.res = withChallenge(error.getResponse(), challenge)
    throw error
  }
}

function isAnswered(error: unknown): error is AnsweredError {
  return error instanceof Error && typeof (error as Partial<AnsweredError>).getResponse === 'function'
}

function withChallenge(response: Response, challenge: string): Response {
  if (response.status !== 401) return response
  const answer = new Response(response.body, response)
  answer.headers.append('WWW-Authenticate', challenge)
  return answer
}
