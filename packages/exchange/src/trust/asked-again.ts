/** A value that a function of the application gives, and that is asked for again once a minute. */

import type { Clock } from '@jobpass/core'
import { within } from '@jobpass/core/internal'

/** What asking needs. */
export interface AskingDeps {
  /** The source of time and timers. */
  readonly clock: Clock
  /** Reports that the function failed, and why. */
  readonly outage: (message: string, cause: unknown) => void
}

/** How to ask. */
export interface Question<T> {
  /** What is reported where a later answer is missing or invalid. The value before stays in use. */
  readonly complaint: string
  /** Asks the application. Limited to 5 s. */
  readonly find: () => unknown
  /** Validates the answer; `before` is the value in use. */
  readonly read: (answer: unknown, before: T | undefined) => T | Promise<T>
}

/** In milliseconds. */
const [interval, timeout] = [60_000, 5_000]

/**
 * Makes the function that gives the present value. It rejects only while there has been no valid
 * value yet. Concurrent calls share one question for 5 s: on Cloudflare Workers it never ends if
 * the request that asked it has ended.
 */
export function askedAgain<T>({ complaint, find, read }: Question<T>): (deps: AskingDeps) => Promise<T> {
  let value: T | undefined
  let last: { readonly at: number; until: number; readonly answer: Promise<T> } | undefined
  const ask = async ({ clock, outage }: AskingDeps): Promise<T> => {
    try {
      return (value = await read(await within(clock, timeout, async () => find()), value))
    } catch (cause) {
      if (value === undefined) throw cause
      outage(complaint, cause)
      return value
    }
  }
  return (deps) => {
    const now = deps.clock.now()
    if (last !== undefined && now >= last.at && now < last.until) return last.answer
    const answer = ask(deps)
    const asked = { at: now, until: now + timeout, answer }
    answer.then(
      () => (asked.until = now + interval),
      () => {},
    )
    last = asked
    return answer
  }
}
