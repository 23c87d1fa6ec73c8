/**
 * Work that is done on the spot, but no more than so much of it in one turn of the event loop: what is beyond that waits for the next, and everybody else who uses the
 * loop comes in between. A burst of new tokens would else hold up every connection until the last of them is verified.
 */

import type { Maybe } from '../util/maybe.ts'

/** Milliseconds of work in one turn. */
const budget = 0.5
/** So many may wait. Beyond it, work is done on the spot again: a caller who is held up sends less, and a queue that has no end only moves the burst into memory. */
const mostWaiting = 1000

/** What tells turns apart. */
export interface Loop {
  /** Milliseconds since any moment. */
  readonly now: () => number
  /** Runs something in the next turn. */
  readonly nextTurn: (resume: () => void) => void
}

/** Shares out the turns of one event loop. */
export class Turns {
  readonly #loop: Loop
  readonly #waiting: (() => void)[] = []
  #spent = 0
  #watching = false

  constructor(loop: Loop) {
    this.#loop = loop
  }

  /** The result of work; the promise of it when this turn has had its share. Throws or rejects as the work does. */
  run<T>(work: () => T): Maybe<T> {
    const waits = this.#spent >= budget && this.#waiting.length < mostWaiting
    if (!waits) return this.#measured(work)
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(this.#measured(work))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #measured<T>(work: () => T): T {
    const start = this.#loop.now()
    try {
      return work()
    } finally {
      this.#spent += this.#loop.now() - start
      this.#watch()
    }
  }

  #watch(): void {
    if (this.#watching) return
    this.#watching = true
    this.#loop.nextTurn(() => this.#resume())
  }

  #resume(): void {
    this.#watching = false
    this.#spent = 0
    while (this.#spent < budget) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      next()
    }
  }
}
