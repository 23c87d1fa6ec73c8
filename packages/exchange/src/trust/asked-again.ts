/** A value that a function of the application gives, and that is asked for again and again. */

import type { Clock } from '@jobpass/core'
import { onWorkers, within } from '@jobpass/core/internal'

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

/**
 * In milliseconds since the last question: when the next one is asked while callers go on with the
 * value, and when they wait for its answer, which is later if they would have waited for a failure:
 * a source that hangs does not stop them every minute. A question ends between the first two, so
 * callers of a busy process never wait.
 */
const [early, due, dueAfterHang] = [45_000, 60_000, 600_000]
/** In milliseconds: the limit of a question, and how long a failure may take that stops nobody. */
const [timeout, quick] = [5_000, 1_000]

/**
 * Makes the function that gives the present value. It rejects only while there has been no valid
 * value yet. On Cloudflare Workers a question ends with the request that asked it, so callers wait
 * for each one there. Concurrent calls share one question for 5 s.
 */
export function askedAgain<T>({ complaint, find, read }: Question<T>): (deps: AskingDeps) => Promise<T> {
  let value: T | undefined
  /** When the latest question began that has ended, and for how long callers do not wait then. */
  let [checked, patience] = [-Infinity, due]
  let last: { readonly at: number; readonly answer: Promise<T> } | undefined
  const ask = async ({ clock, outage }: AskingDeps, at: number): Promise<T> => {
    try {
      const found = await read(await within(clock, timeout, async () => find()), value)
      // A question that was frozen with its process may end after a later one.
      if (at >= checked) [value, checked, patience] = [found, at, due]
    } catch (cause) {
      if (value === undefined) throw cause
      if (at >= checked) [checked, patience] = [at, clock.now() - at < quick ? due : dueAfterHang]
      outage(complaint, cause)
    }
    return value as T
  }
  return async (deps) => {
    const now = deps.clock.now()
    // The clock was set back.
    if (now < checked) checked = -Infinity
    const [soon, late] = onWorkers() ? [due, due] : [early, patience]
    const isFresh = value !== undefined && now - checked < late
    const since = last === undefined || now < last.at ? Infinity : now - last.at
    if (isFresh && since < soon) return value as T
    if (last === undefined || since >= timeout) last = { at: now, answer: ask(deps, now) }
    return isFresh ? (value as T) : last.answer
  }
}
