/**
 * Runs work synchronously while it takes at most a tenth of the time, apart from short bursts. Work
 * beyond that waits for the next turn of the event loop, so that other users of the loop run in
 * between. Without it, a burst of new tokens would hold up every connection until the last one is
 * verified.
 *
 * A leaky bucket: work fills it by the time that it took, and it loses a tenth of the time that
 * passes. Nothing is scheduled while nothing waits: on a server whose requests each bring a new
 * token, that would be one more turn of the loop for each.
 */

import type { Awaitable } from '../util/awaitable.ts'

/**
 * Milliseconds of work that fill the bucket. Work that takes all of the time begins for almost half
 * a millisecond, since a tenth of the time leaks out meanwhile.
 */
const burst = 0.44
/** The part of the passing time that the bucket loses. */
const leak = 0.1
/**
 * The longest queue. Beyond it, work runs synchronously again: that slows callers down
 * (back-pressure), while an endless queue only moves the burst into memory.
 */
const mostWaiting = 1000

/** The parts of an event loop. */
export interface Loop {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number
  /** Runs a callback in the next turn. */
  readonly nextTurn: (resume: () => void) => void
}

/** Shares the budget of one event loop. */
export class EventLoopBudget {
  readonly #loop: Loop
  readonly #waiting: (() => void)[] = []
  /** Milliseconds in the bucket at the time `#at`. */
  #level = 0
  #at = 0

  constructor(loop: Loop) {
    this.#loop = loop
  }

  /**
   * The result of the work, or a promise of it when the bucket is full or other work waits. Throws
   * or rejects as the work does.
   */
  run<T>(work: () => T): Awaitable<T> {
    const waiting = this.#waiting.length
    if ((waiting > 0 || this.#isFull()) && waiting < mostWaiting) return this.#later(work)
    return this.#fill(work)
  }

  /** Runs the work, and adds the time that it took since `#isFull` was asked. */
  #fill<T>(work: () => T): T {
    try {
      return work()
    } finally {
      this.#level += this.#loop.now() - this.#at
    }
  }

  #later<T>(work: () => T): Promise<T> {
    if (this.#waiting.length === 0) this.#askForTurn()
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(this.#fill(work))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #isFull(): boolean {
    const now = this.#loop.now()
    this.#level = Math.max(0, this.#level - (now - this.#at) * leak)
    this.#at = now
    return this.#level >= burst
  }

  #askForTurn(): void {
    this.#loop.nextTurn(() => this.#resume())
  }

  /** A new turn has begun, so the bucket is empty. */
  #resume(): void {
    this.#level = 0
    while (this.#waiting.length > 0 && !this.#isFull()) this.#waiting.shift()?.()
    if (this.#waiting.length > 0) this.#askForTurn()
  }
}
