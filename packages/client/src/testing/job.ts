/**
 * A job for tests: a clock that only moves when something sleeps, and tokens that say what a test
 * needs.
 */

import type { Clock, Environment, Job } from '../job.ts'

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The start of every test: seconds since 1970. */
export const start = 1_795_166_400

/** A clock that jumps over sleeps. */
export interface FakeClock extends Clock {
  /** Milliseconds since 1970. */
  time: number
  /** The milliseconds of each sleep so far. */
  readonly slept: number[]
}

export function fakeClock(): FakeClock {
  const slept: number[] = []
  const clock: FakeClock = {
    time: start * 1000,
    slept,
    now: () => clock.time,
    sleep: async (milliseconds, signal) => {
      // A deadline never comes by itself: work takes no time here.
      if (milliseconds === 30_000) return new Promise((_, reject) => signal?.addEventListener('abort', reject))
      slept.push(milliseconds)
      clock.time += milliseconds
    },
  }
  return clock
}

let made = 0

/** A token that is well-formed, and signed by nobody: the client does not verify. */
export function makeToken(aud: string, expiresAt: number): string {
  return `${encode({ alg: 'RS256' })}.${encode({ aud, exp: expiresAt, jti: ++made })}.${'c2ln'.repeat(9)}`
}

/** A job without variables, programs, files or a network. */
/** The lines that a job printed. */
const lines = new WeakMap<object, readonly string[]>()

/** What a job printed so far. */
export const printedBy = (job: Partial<Job>): readonly string[] => lines.get(job) ?? []

export function fakeJob(env: Environment, more: Partial<Job> = {}): Partial<Job> {
  const printed: string[] = []
  const nothing = (what: string) => () => Promise.reject(new Error(`no ${what} here`))
  const job: Partial<Job> = {
    env,
    clock: fakeClock(),
    fetch: nothing('network'),
    run: nothing('program'),
    readFile: nothing('file'),
    post: nothing('socket'),
    print: (line) => void printed.push(line),
    ...more,
  }
  lines.set(job, printed)
  return job
}
