/** How far the clock of this machine is from that of an issuer. */

import type { Check } from './check.ts'

/** Seconds that a verifier allows, unless its option `clockTolerance` says otherwise. */
const tolerance = 30

/** The clocks at an answer. */
export interface Reading {
  /** Seconds that this machine is ahead; negative where it is behind. */
  readonly ahead: number
}

/**
 * Compares the clocks by the `Date` of an answer, which a cache may have kept for `Age` seconds
 * (RFC 9110 §6.6.1, RFC 9111 §5.1). Our times are before and after it.
 */
export function readClock(headers: Headers, sent: number, received: number): Reading | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date)) return undefined
  const age = /^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? '0'
  const theirs = date / 1000 + Number(age)
  // A date has whole seconds, cut off, and is made at any time in between.
  if (sent / 1000 > theirs + 1) return { ahead: sent / 1000 - theirs - 1 }
  if (received / 1000 < theirs) return { ahead: received / 1000 - theirs }
  return { ahead: 0 }
}

/** Compares the clock of this machine with that of an issuer, by the answers of its host. */
export function checkClock(issuer: string, clocks: ReadonlyMap<string, Reading>): readonly Check[] {
  const { host } = new URL(issuer)
  const reading = [...clocks].find(([url]) => new URL(url).host === host)?.[1]
  if (reading === undefined) return []
  const seconds = Math.round(Math.abs(reading.ahead))
  if (seconds === 0) return [{ name: 'clock', status: 'ok', text: `${issuer}: the same time as here` }]
  const text = `${issuer}: this machine is ${seconds} s ${reading.ahead > 0 ? 'ahead' : 'behind'}`
  if (seconds <= tolerance)
    return [{ name: 'clock', status: 'ok', text: `${text}, of ${tolerance} s that are allowed` }]
  return [
    {
      name: 'clock',
      status: 'problem',
      text,
      fix: 'synchronize the clock (NTP): tokens seem expired, or not yet valid',
    },
  ]
}
