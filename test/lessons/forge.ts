/** Tokens of every kind, good and broken, signed with one key per test file; and an issuer that stands for all issuers, without a network. */

import { generateKeyPairSync, sign } from 'node:crypto'
import type { Clock, JSONWebKey } from '@jobpass/core'
import { WorkloadAuthError } from '@jobpass/core'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** The key that every issuer of `fetchKeys` publishes. */
export const publicJwk: JSONWebKey = {
  ...(publicKey.export({ format: 'jwk' }) as JSONWebKey),
  kid: 'k1',
  alg: 'RS256',
  use: 'sig',
}
export const publicPem: string = publicKey.export({ format: 'pem', type: 'spki' }) as string

/** A moment at which the sample tokens are fifty seconds old. */
export const now = 1_795_166_150

/** A clock that stands still; its timers never fire. */
export function clockAt(seconds: number): Clock {
  return { now: () => seconds * 1000, after: () => () => {} }
}

export function base64url(value: unknown): string {
  const bytes = typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value)
  return Buffer.from(bytes).toString('base64url')
}

/** Signs two parts as they are: objects as JSON, text and bytes verbatim. */
export function signParts(header: unknown, payload: unknown): string {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

/** Signs claims with a proper header, to which members can be added; `undefined` leaves one out. */
export function signToken(claims: unknown, header: Readonly<Record<string, unknown>> = {}): string {
  return signParts({ typ: 'JWT', alg: 'RS256', kid: 'k1', ...header }, claims)
}

/** A `fetch` that answers for every issuer with the same key, and keeps the addresses it was asked for. */
export function fetchKeys(keys: readonly unknown[] = [publicJwk]): typeof fetch & { readonly asked: string[] } {
  const asked: string[] = []
  const answer = async (input: string | URL | Request): Promise<Response> => {
    const url = input instanceof Request ? input.url : String(input)
    asked.push(url)
    const issuer = url.replace(/\/\.well-known\/.*$/, '')
    if (url.endsWith('/openid-configuration')) return Response.json({ issuer, jwks_uri: `${issuer}/.well-known/jwks` })
    return Response.json({ keys })
  }
  return Object.assign(answer, { asked })
}

/** The code a promise is refused with; `'allowed'` when it is not, and the error itself when it is no refusal. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return 'allowed'
  } catch (error) {
    return error instanceof WorkloadAuthError ? error.code : error
  }
}

/** The refusal of a promise; throws when it is no refusal. */
export async function refusalOf(work: Promise<unknown>): Promise<WorkloadAuthError> {
  try {
    await work
  } catch (error) {
    if (error instanceof WorkloadAuthError) return error
    throw error
  }
  throw new Error('It was allowed')
}

/** A clock that a test moves. */
export interface ManualClock extends Clock {
  /** Lets so many seconds pass, and fires the timers that are due. */
  advance(by: number): void
  /** Lets so many seconds pass in which no timer fires, as in a process that is stopped. */
  freeze(by: number): void
  readonly pending: number
}

/** A clock that moves when told to, and then fires what is due. */
export function manualClock(seconds: number = now): ManualClock {
  let current = seconds * 1000
  let timers: { readonly due: number; readonly fire: () => void }[] = []
  return {
    now: () => current,
    after: (milliseconds, fire) => {
      const timer = { due: current + milliseconds, fire }
      timers.push(timer)
      return () => {
        timers = timers.filter((each) => each !== timer)
      }
    },
    get pending() {
      return timers.length
    },
    freeze: (by) => {
      current += by * 1000
    },
    advance: (by) => {
      current += by * 1000
      const due = timers.filter((timer) => timer.due <= current)
      timers = timers.filter((timer) => timer.due > current)
      due.forEach(({ fire }) => fire())
    },
  }
}

/** Runs with a member on the prototype of all objects, as a careless library elsewhere in the process may have left it. */
export function withPolluted(name: string, value: unknown, run: () => void): void {
  const root = Object.getPrototypeOf({}) as object
  Object.defineProperty(root, name, { value, configurable: true })
  try {
    run()
  } finally {
    Reflect.deleteProperty(root, name)
  }
}
