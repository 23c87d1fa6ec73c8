/**
 * Work that is done on the spot, but no more than so much of it in one turn of the event loop: what is beyond that waits for the next, and everybody else who uses the
 * loop comes in between. A burst of new tokens would else hold up every connection until the last of them is verified.
 */

import type { Awaitable } from '../util/awaitable.ts'

/** Milliseconds from the first work of a turn to the last that is begun in it. */
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
export class EventLoopBudget {
  readonly #loop: Loop
  readonly #waiting: (() => void)[] = []
  /** When this turn's work began; `undefined` while there was none. */
  #begun: number | undefined

  constructor(loop: Loop) {
    this.#loop = loop
  }

  /** The result of work; the promise of it when this turn has had its share. Throws or rejects as the work does. */
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

  /** Whether this turn has time for more work; the first of it starts the clock. */
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
