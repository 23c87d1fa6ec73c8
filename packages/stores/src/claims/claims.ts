/** A replay store made of the statements of a database. */

import type { ReplayStore } from '@jobpass/core'
import { inTime, untilItSucceeds } from './time-limit.ts'

/** The statements of a database, each one atomic round trip. Times are in seconds since 1970. */
export interface Statements {
  /**
   * Takes a key until `end`, and reports whether it was free: absent, or ended by `now`. One that
   * `by` holds is free for it, and never ends earlier than before.
   */
  readonly claim: (key: string, end: number, now: number, by: string | undefined) => Promise<boolean>
  /** Takes a key until `end`, or until its present end if that is later. */
  readonly mark: (key: string, end: number) => Promise<void>
  /** Whether a key is taken at a time. */
  readonly seen: (key: string, now: number) => Promise<boolean>
  /** Deletes some of the keys that ended before a time. Default: the database does so itself. */
  readonly clean?: (before: number) => Promise<void>
}

/** How a store uses its statements. */
export interface ClaimSettings {
  /** The name of the database in messages. */
  readonly service: string
  /** The limit of each statement: milliseconds. */
  readonly timeout: number
  /** The source of time. */
  readonly clock: {
    /** The time in milliseconds since 1970. */
    now(): number
  }
  /** What precedes the first statement. Default: nothing. */
  readonly prepare?: () => Promise<void>
  /** Receives that keys cannot be deleted. Default: nothing is deleted. */
  readonly warn?: (message: string) => void
}

/**
 * How long a key stays after its end, in seconds. The clock of the process that deletes it may be
 * that far ahead of others.
 */
const grace = 3600
/** Claims of a process between two deletions, each of which removes up to twice as many keys. */
const cleanEvery = 100

/**
 * Makes a store that proves its statements before the first use, and limits each in time. The
 * process decides by its own clock when a key has ended: it accepts no token that is past that
 * time, so that a difference of clocks admits nothing twice.
 */
export function claimsOf(statements: Statements, settings: ClaimSettings): Required<Omit<ReplayStore, 'proofs'>> {
  const { service, timeout, clock, prepare, warn } = settings
  const now = (): number => clock.now() / 1000
  const limited = <T>(work: Promise<T>): Promise<T> => inTime(service, timeout, work)
  const ready = untilItSucceeds(() =>
    limited(
      (async () => {
        await prepare?.()
        await prove(statements, service, now())
      })(),
    ),
  )
  // Report problems at start; a failure now is repeated at the first use.
  ready().catch(() => {})
  let claims = 0
  const clean = (): void => {
    if (++claims % cleanEvery !== 0) return
    statements.clean?.(now() - grace).catch((failure: unknown) => {
      warn?.(`${service} did not delete claims that have ended, so that they fill the table: ${String(failure)}`)
    })
  }
  return {
    perProcess: false,
    claim: async (key, expiresAt, by) => {
      await ready()
      const isFirst = await limited(statements.claim(key, expiresAt, now(), by))
      clean()
      return isFirst ? 'first' : 'seen'
    },
    mark: async (key, expiresAt) => {
      await ready()
      await limited(statements.mark(key, expiresAt))
    },
    seen: async (key) => {
      await ready()
      return limited(statements.seen(key, now()))
    },
  }
}

/**
 * Rejects if claims would not be reliable: if a key can be taken twice, or does not end, or if a
 * mark does not last.
 */
async function prove(statements: Statements, service: string, now: number): Promise<void> {
  const [key, by] = [`proof:${crypto.randomUUID()}`, crypto.randomUUID()]
  // A whole number, since some databases keep seconds.
  const end = Math.ceil(now) + 10
  const claim = (at: number, holder?: string): Promise<boolean> => statements.claim(key, end, at, holder)
  const expect = async (what: string, answer: Promise<boolean>, right: boolean): Promise<void> => {
    if ((await answer) !== right)
      throw new Error(`${service} does not do what one-time use needs, and nothing is admitted: ${what}`)
  }
  await expect('a new key could not be claimed', claim(now), true)
  await expect('a key was claimed twice', claim(now), false)
  await expect('a key was claimed twice', claim(now, by), false)
  await expect('a claim is not seen', statements.seen(key, now), true)
  await expect('a claim does not end', claim(end, by), true)
  await expect('the holder of a claim cannot repeat it', claim(now, by), true)
  await expect('a key was claimed twice', claim(now, key), false)
  for (const until of [end + 10, end]) await statements.mark(key, until)
  await expect('a mark does not last', statements.seen(key, end + 5), true)
  await statements.clean?.(now - grace)
}
