/** What an operator is warned of: faults once, outages again while they last. */

import { escapeText } from './answer/escape.ts'
import type { Clock } from './util/clock.ts'

/** Where warnings go. */
export interface Warnings {
  /** Each message once, so that a fault on every request does not fill a log. */
  readonly warn: (message: string) => void
  /** Each message at most once a minute, with what caused it: an outage that ended and begins again is news. */
  readonly outage: (message: string, cause: unknown) => void
}

/** Seconds before the same outage is reported again. */
const quiet = 60
const mostMessages = 1000

/** Makes the two of the option `onWarning`; without it they go to `process.emitWarning`, where it exists. */
export function warningsTo(onWarning: ((message: string) => void) | undefined, clock: Pick<Clock, 'now'>): Warnings {
  const given = new Set<string>()
  const reported = new Map<string, number>()
  const emit = (message: string): void => {
    try {
      if (onWarning !== undefined) onWarning(message)
      else emitWarning(message)
    } catch {
      // A warning that cannot be delivered changes nothing.
    }
  }
  return {
    warn: (message) => {
      if (given.has(message) || given.size >= mostMessages) return
      given.add(message)
      emit(message)
    },
    outage: (message, cause) => {
      const now = clock.now() / 1000
      // A clock that was set back must not silence it either.
      if (Math.abs(now - (reported.get(message) ?? -Infinity)) < quiet) return
      reported.set(message, now)
      emit(`${message}: ${reasonOf(cause)}`)
    },
  }
}

/** The name and the first line of what was thrown, as text that no terminal obeys. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'it threw something that is not an error'
  const [line = ''] = cause.message.split('\n')
  return escapeText(`${cause.name}: ${line}`)
}

function emitWarning(message: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (message: string, type: string) => void } }
  process?.emitWarning?.(message, 'JobpassWarning')
}
