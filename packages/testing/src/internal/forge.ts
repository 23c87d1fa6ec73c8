/**
 * Tokens of every kind, good and broken, signed with one key per test file; and a fake issuer for
 * all issuer URLs, without a network.
 */

import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { Clock, JSONWebKey } from '@jobpass/core'
import { WorkloadAuthError } from '@jobpass/core'

// By way of text: Node 20 deadlocks when it collects the job that generated a key while that key is
// exported as JWK.
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const privateKey = createPrivateKey(pair.privateKey)
const publicKey = createPublicKey(pair.publicKey)

/** The key that every issuer of `fetchKeys` publishes. */
export const publicJwk: JSONWebKey = {
  ...(publicKey.export({ format: 'jwk' }) as JSONWebKey),
  kid: 'k1',
  alg: 'RS256',
  use: 'sig',
}
export const publicPem: string = pair.publicKey

/** A time at which the sample tokens are fifty seconds old. */
export const now = 1_795_166_150

/** A stopped clock; its timers never fire. */
export function clockAt(seconds: number): Clock {
  return { now: () => seconds * 1000, after: () => () => {} }
}

export function base64url(value: unknown): string {
  const bytes = typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value)
  return Buffer.from(bytes).toString('base64url')
}

/** Signs two parts as given: objects as JSON, text and bytes verbatim. */
export function signParts(header: unknown, payload: unknown): string {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

/** Signs claims with a valid header, to which members can be added; `undefined` omits one. */
export function signToken(claims: unknown, header: Readonly<Record<string, unknown>> = {}): string {
  return signParts({ typ: 'JWT', alg: 'RS256', kid: 'k1', ...header }, claims)
}

/** A `fetch` that answers for every issuer with the same key, and records the requested URLs. */
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

/** The code of a refusal, `'allowed'` without one, and the error itself if it is not a refusal. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
    return 'allowed'
  } catch (error) {
    return error instanceof WorkloadAuthError ? error.code : error
  }
}

/** The refusal of a promise; throws if it is not a refusal. */
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
  /** Advances by this many seconds, and fires the timers that are due. */
  advance(by: number): void
  /** Advances by this many seconds without firing timers, as in a stopped process. */
  freeze(by: number): void
  /** The number of timers that are not due yet. */
  readonly pending: number
}

/** A manual clock, which fires due timers when it is advanced. */
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

/** Runs with a member on Object.prototype, as a careless library may leave it. */
export function withPolluted(name: string, value: unknown, run: () => void): void {
  const root = Object.getPrototypeOf({}) as object
  Object.defineProperty(root, name, { value, configurable: true })
  try {
    run()
  } finally {
    Reflect.deleteProperty(root, name)
  }
}
