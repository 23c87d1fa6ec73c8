/**
 * Warnings for the operator: about configuration once, about faults each time that they happen
 * again.
 */

import { escapeText } from '../util/escape.ts'
import type { Clock } from '../util/clock.ts'
import type { Warnings } from '../model/warnings.ts'

/** Seconds before the same fault is reported again. */
const quiet = 60
const mostMessages = 1000

/**
 * Makes the warnings for the option `onWarning`. Default: `process.emitWarning`, where it exists.
 */
export function warningsTo(onWarning: ((message: string) => void) | undefined, clock: Pick<Clock, 'now'>): Warnings {
  const given = new Set<string>()
  const reported = new Map<string, number>()
  const emit = (message: string): void => {
    try {
      if (onWarning !== undefined) onWarning(message)
      else emitWarning(message)
    } catch {
      // A warning that cannot be delivered must not break a request.
    }
  }
  const fault: Warnings['fault'] = (message, detail) => {
    const now = clock.now() / 1000
    // The absolute value, so that a clock that was set back does not silence faults.
    const isQuiet = (at: number): boolean => Math.abs(now - at) < quiet
    if (isQuiet(reported.get(message) ?? -Infinity)) return
    if (reported.size >= mostMessages) for (const [old, at] of reported) if (!isQuiet(at)) reported.delete(old)
    if (reported.size >= mostMessages) return
    reported.set(message, now)
    emit(detail === undefined ? message : `${message}: ${detail}`)
  }
  return {
    warn: (message) => {
      if (given.has(message) || given.size >= mostMessages) return
      given.add(message)
      emit(message)
    },
    fault,
    outage: (message, cause) => fault(message, reasonOf(cause)),
  }
}

/** The name of an error and the first line of its message, escaped for terminals. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'it threw something that is not an error'
  const [line = ''] = cause.message.split('\n')
  return escapeText(`${cause.name}: ${line}`)
}

/**
 * The name of an error and its code, such as `ECONNREFUSED` or PostgreSQL's `57P01`. The message is
 * left out, since it may hold a secret.
 */
export function kindOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'it threw something that is not an error'
  const { name, code } = cause as { readonly name: unknown; readonly code?: unknown }
  const words = [name, code].filter(
    (word) => typeof word === 'string' && /^[A-Za-z][\w]{0,63}$|^[0-9A-Z]{5}$/.test(word),
  )
  return words.join(' ') || 'Error'
}

function emitWarning(message: string): void {
  const { process } = globalThis as { process?: { emitWarning?: (message: string, type: string) => void } }
  process?.emitWarning?.(message, 'JobpassWarning')
}
