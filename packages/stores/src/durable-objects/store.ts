/** The store in a Worker, which asks the Durable Object. */

import type { ReplayStore } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import { readTimeout } from '../claims/options.ts'
import { inTime } from '../claims/time-limit.ts'
import type { ReplayQuestion } from './object.ts'

/**
 * The binding of the class (https://developers.cloudflare.com/durable-objects/api/namespace/).
 */
export interface ReplayNamespace {
  /** The id of the object of a name. */
  idFromName(name: string): unknown
  /** The object of an id. */
  get(id: never): {
    /** Calls the object. */
    fetch(
      url: string,
      init: { method: string; body: string },
    ): Promise<{
      /** Whether the status is 2xx. */
      readonly ok: boolean
      /** The status. */
      readonly status: number
      /** The body. */
      json(): Promise<unknown>
    }>
  }
}

/** The options of `durableObjectReplayStore`. */
export interface DurableObjectReplayOptions {
  /** Name of the object that keeps the claims, 1 to 100 characters. Default `'jobpass'`. */
  readonly name?: string
  /** Seconds to wait for an answer, 0.05 to 2. Default 1. */
  readonly timeout?: number
}

/**
 * Creates a replay store on a Durable Object: one object for all Workers on earth, which runs one
 * statement at a time. Never use KV for this: it has no operation that writes unless a key exists,
 * and its readers see a write a minute later, or more.
 *
 * @throws {TypeError} for a value that is not a binding of a class, and for options out of range.
 *
 * @example
 * ```ts
 * const store = durableObjectReplayStore(env.CLAIMS)
 * app.use(workloadAuth({ audience, trust, replay: { store } }))
 * ```
 */
export function durableObjectReplayStore(
  namespace: ReplayNamespace,
  options: DurableObjectReplayOptions = {},
): Required<Omit<ReplayStore, 'proofs'>> {
  const call = 'durableObjectReplayStore()'
  const given = readOptions<DurableObjectReplayOptions>(call, options, { name: true, timeout: true })
  const { name = 'jobpass' } = given
  if (typeof namespace?.idFromName !== 'function' || typeof namespace.get !== 'function')
    throw new TypeError(`${call} takes the binding of a Durable Object class, such as env.CLAIMS`)
  if (typeof name !== 'string' || name === '' || name.length > 100)
    throw new TypeError(`${call}: name must be text of 1 to 100 characters`)
  const timeout = readTimeout(call, given.timeout)
  // Each request of a Worker makes its own stub: requests cannot share one.
  const ask = async (question: ReplayQuestion): Promise<unknown> => {
    const stub = namespace.get(namespace.idFromName(name) as never)
    const response = await stub.fetch('https://claims', { method: 'POST', body: JSON.stringify(question) })
    if (!response.ok) throw new Error(`The Durable Object answered ${response.status}`)
    return response.json()
  }
  const limited = (question: ReplayQuestion): Promise<unknown> => inTime('The Durable Object', timeout, ask(question))
  return Object.freeze({
    perProcess: false,
    claim: async (key: string, expiresAt: number, by?: string) =>
      (await limited({ method: 'claim', key, expiresAt, by })) as 'first' | 'seen',
    mark: async (key: string, expiresAt: number) => void (await limited({ method: 'mark', key, expiresAt })),
    seen: async (key: string) => (await limited({ method: 'seen', key, expiresAt: 0 })) as boolean,
  })
}
