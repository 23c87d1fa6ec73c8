/** A clock that runs faster than the wall. Time limits stay as long as they are. */

import type { Clock } from '@jobpass/core'

/** Makes a clock that shows `start` at that moment, and then runs `speed` times faster. */
export function fastClock(start: number, speed: number): Clock {
  return {
    now: () => start + (Date.now() - start) * speed,
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds).unref()
      return () => clearTimeout(timer)
    },
  }
}
