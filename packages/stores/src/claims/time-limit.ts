/** Limits in time, and work that is repeated until it succeeds. */

/**
 * Settles as the work does, or rejects when it takes longer. A claim without a timely answer may
 * still have been made; the token is then used up, and not admitted.
 */
export async function inTime<T>(service: string, milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${service} took longer than ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Runs work once for all concurrent callers, and again after a failure. */
export function untilItSucceeds(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work().catch((failure: unknown) => {
      running = undefined
      throw failure
    })
    return running
  }
}
