/** The options that all stores have, and how stores read options. */

import { assertSeconds } from '@jobpass/core/internal'

/** The options that all stores have. */
export interface StoreOptions {
  /** Seconds to wait for an answer, 0.05 to 2. Default 1. */
  readonly timeout?: number
  /** The source of time, for tests. Default: `Date`. */
  readonly clock?: {
    /** The time in milliseconds since 1970. */
    now(): number
  }
}

/** The time limit in milliseconds. */
export function readTimeout(call: string, timeout: unknown = 1): number {
  return assertSeconds(`${call}: timeout`, timeout, 0.05, 2) * 1000
}

/** A function that passes on each warning once. */
export function readWarnings(call: string, onWarning: unknown = emitWarning): (message: string) => void {
  if (typeof onWarning !== 'function') throw new TypeError(`${call}: onWarning must be a function`)
  const given = new Set<string>()
  return (message) => {
    if (!given.has(message)) onWarning(message)
    given.add(message)
  }
}

function emitWarning(message: string): void {
  process.emitWarning(message, 'JobpassWarning')
}

/** The risks that are accepted, each one of `known`. */
export function readRisks<Risk extends string>(
  call: string,
  accept: unknown = [],
  known: readonly Risk[],
): ReadonlySet<Risk> {
  if (!Array.isArray(accept) || !accept.every((risk: unknown) => known.some((each) => each === risk)))
    throw new TypeError(`${call}: accept is a list of ${known.map((each) => `'${each}'`).join(' and ')}`)
  return new Set(accept as readonly Risk[])
}

/** The name of an SQL table, with its schema if it has one, quoted. */
export function readTable(call: string, table: unknown = 'jobpass_claims'): string {
  const name = '[a-z_][a-z0-9_]{0,62}'
  if (typeof table !== 'string' || !new RegExp(`^(?:${name}\\.)?${name}$`).test(table))
    throw new TypeError(
      `${call}: table must be a name of 1 to 63 characters a-z, 0-9 and _, such as 'jobpass_claims' or 'auth.claims'`,
    )
  return table.replaceAll(/\w+/g, '"$&"')
}
