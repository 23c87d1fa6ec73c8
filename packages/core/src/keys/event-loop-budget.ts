/**
 * Runs work synchronously, up to a time budget per turn of the event loop. Work beyond it waits for
 * the next turn, so that other users of the loop run in between. Without it, a burst of new tokens
 * would hold up every connection until the last one is verified.
 */

import type { Awaitable } from '../util/awaitable.ts'

/** Milliseconds per turn in which work may begin. */
const budget = 0.5
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
  /** When the work of this turn began; `undefined` before it does. */
  #begun: number | undefined

  constructor(loop: Loop) {
    this.#loop = loop
  }

  /**
   * The result of the work, or a promise of it when the budget of this turn is spent. Throws or
   * rejects as the work does.
   */
  run<T>(work: () => T): Awaitable<T> {
    if (this.#mayBegin() || this.#waiting.length >= mostWaiting) return work()
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  /** Whether this turn has time for more work. The first call of a turn starts its clock. */
  #mayBegin(): boolean {
    const { now, nextTurn } = this.#loop
    if (this.#begun !== undefined) return now() - this.#begun < budget
    this.#begun = now()
    nextTurn(() => this.#resume())
    return true
  }

  #resume(): void {
    this.#begun = undefined
    while (this.#waiting.length > 0 && this.#mayBegin()) this.#waiting.shift()?.()
  }
}
