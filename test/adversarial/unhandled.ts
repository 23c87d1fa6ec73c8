/** Records unhandled rejections and exceptions. */

import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'

/** Fails the file if a rejection or an exception was unhandled while its tests ran. */
export function watchUnhandled(): void {
  const heard: unknown[] = []
  const hear = (error: unknown): void => void heard.push(error)
  beforeAll(() => {
    process.on('unhandledRejection', hear)
    process.on('uncaughtException', hear)
  })
  afterAll(async () => {
    // Rejections are reported once all due tasks have run.
    await setImmediate()
    process.off('unhandledRejection', hear)
    process.off('uncaughtException', hear)
    expect(heard).toEqual([])
  })
}
