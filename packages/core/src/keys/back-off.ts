/** The pause after a failed fetch: exponential back-off, or the `Retry-After` of the issuer. */

import type { Clock } from '../util/clock.ts'
import { FetchFailure } from './fetch-failure.ts'
import { jittered } from './refresh-policy.ts'

const shortest = 1_000
const first = 5_000
const longest = 60_000

/** The pauses of one issuer; times in milliseconds. */
export class BackOff {
  readonly #clock: Pick<Clock, 'now'>
  readonly #random: () => number
  #failures = 0
  #until = 0

  constructor(clock: Pick<Clock, 'now'>, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  /** Whether the last fetch failed. */
  get failing(): boolean {
    return this.#failures > 0
  }

  /** Milliseconds until the next fetch may begin. */
  get left(): number {
    const left = this.#until - this.#clock.now()
    // No pause is that long, so the clock was set back.
    return left > longest ? 0 : Math.max(0, left)
  }

  /** Ends the pauses. */
  succeeded(): void {
    this.#failures = 0
  }

  /** Begins a pause, longer than the one before. */
  failed(error: unknown): void {
    this.#failures++
    const pause = Math.min(first * 2 ** (this.#failures - 1), longest)
    this.#until = this.#clock.now() + (pauseAskedBy(error) ?? jittered(pause, this.#random))
  }
}

/** `Retry-After` of the issuer, within our limits. */
function pauseAskedBy(error: unknown): number | undefined {
  const { retryAfter } = error instanceof FetchFailure ? error : {}
  return retryAfter === undefined ? undefined : Math.min(Math.max(retryAfter * 1000, shortest), longest)
}
