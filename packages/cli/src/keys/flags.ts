/** The flags of `jobpass keys new`, `rotate` and `retire`. */

import { CommandError } from '../io/exit.ts'

/** Signature algorithms of new keys. */
export const algorithms = ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'PS256'] as const

/** The flag that all three have. */
export interface RetireFlags {
  /** Whether to print JSON. */
  readonly json: boolean
}

/** The flags of `new`. */
export interface NewFlags extends RetireFlags {
  /** The algorithm of the key. */
  readonly algorithm: (typeof algorithms)[number]
}

/** The flags of `rotate`. */
export interface RotateFlags extends RetireFlags {
  /** The algorithm of the next key. Default: that of the current one. */
  readonly algorithm?: (typeof algorithms)[number]
  /** Seconds until the next key signs. */
  readonly in: number
}

/**
 * Seconds that a new key needs: processes read it within a minute, verifiers and caches have it
 * after 15 more, and one is left for clocks that differ.
 */
const least = 17 * 60
const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** Takes how long until the next key signs, such as `17m`, `2h` or `7d`. Returns seconds. */
export function startFlag(input: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(input) ?? []
  const seconds = Number(count) * (units[unit as keyof typeof units] ?? 0)
  if (seconds < least || seconds > 366 * units.d)
    throw new CommandError(
      `takes a time from 17m, so that verifiers have the key by then, to 366d, not ${JSON.stringify(input)}`,
    )
  return seconds
}
