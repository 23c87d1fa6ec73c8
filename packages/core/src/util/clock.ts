/** Time as a parameter: core asks the runtime for it nowhere else. */

/** A clock, which tests replace so that dates, timeouts and back-off need no waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls back once after some milliseconds; returns a function that cancels. */
  after(milliseconds: number, callback: () => void): () => void
}

/** The runtime's clock. Its timers never keep a process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  after: (milliseconds: number, callback: () => void) => {
    const timer = setTimeout(callback, milliseconds) as unknown as { unref?: () => void }
    timer.unref?.()
    return () => clearTimeout(timer as unknown as number)
  },
})

/** Settles as the work does, or rejects with a `TimeoutError` when the work takes longer. */
export async function within<T>(
  clock: Clock,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = new AbortController()
  let cancel = (): void => {}
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(milliseconds, () => {
      abort.abort()
      reject(new DOMException(`took longer than ${milliseconds} ms`, 'TimeoutError'))
    })
  })
  try {
    return await Promise.race([work(abort.signal), late])
  } finally {
    cancel()
  }
}
