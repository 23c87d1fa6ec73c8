import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Context } from '../context.ts'
import { reporting } from './progress.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A context that keeps what is written to standard error. */
function recorder() {
  const written: string[] = []
  const stderr = { write: (text: string) => written.push(text) }
  return { written, context: { process: { stderr } } as unknown as Context }
}

test('work that takes over a second is named once', async () => {
  const { written, context } = recorder()
  const work = reporting(
    context,
    'Asking the issuers',
    () => new Promise((resolve) => setTimeout(resolve, 5000, 'done')),
  )
  await vi.advanceTimersByTimeAsync(999)
  expect(written).toEqual([])
  await vi.advanceTimersByTimeAsync(5000)
  expect(await work).toBe('done')
  expect(written).toEqual(['Asking the issuers …\n'])
})

test.each([
  ['succeeds', async () => 'done'],
  ['fails', async () => Promise.reject(new Error('no'))],
])('work that %s at once is not named', async (_, work) => {
  const { written, context } = recorder()
  await reporting(context, 'Asking the issuers', work).catch(() => {})
  await vi.advanceTimersByTimeAsync(5000)
  expect(written).toEqual([])
})
