/** Hears what nobody caught. */

import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'

/** Fails the file when a rejection or an exception got away while its tests ran. */
export function watchUnhandled(): void {
  const heard: unknown[] = []
  const hear = (error: unknown): void => void heard.push(error)
  beforeAll(() => {
    process.on('unhandledRejection', hear)
    process.on('uncaughtException', hear)
  })
  afterAll(async () => {
    // Rejections are told of once all that was due has run.
    await setImmediate()
    process.off('unhandledRejection', hear)
    process.off('uncaughtException', hear)
    expect(heard).toEqual([])
  })
}
