/** Signals that operators send. */

/** Resolves at SIGINT or SIGTERM. A second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  })
}

/** Calls back at SIGHUP, by which operators ask for a reload. */
export function onHangUp(reload: () => void): void {
  process.on('SIGHUP', reload)
}
