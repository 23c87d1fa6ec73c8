/** The time and the timers of the system. */

import type { Clock } from '@jobpass/core'

/** The clock of programs; tests have others. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  after: (milliseconds: number, callback: () => void) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
})
