import { manualClock, now } from '@jobpass/testing/internal'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { askedAgain } from './asked-again.ts'

afterEach(() => vi.unstubAllGlobals())

/** Everything that needs no more time has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type State = 'answers' | 'fails' | 'hangs'

/** A source of numbers, which a test may break, and the function that asks it. */
function world() {
  const clock = manualClock(now)
  const source = { state: 'answers' as State, value: 0, asked: 0, hungAt: -Infinity, answeredAt: -Infinity }
  const outages: string[] = []
  const get = askedAgain<number>({
    complaint: 'no answer',
    find: async () => {
      source.asked++
      if (source.state === 'hangs') {
        source.hungAt = clock.now()
        return new Promise(() => {})
      }
      if (source.state === 'fails') throw new Error('down')
      source.answeredAt = clock.now()
      return source.value
    },
    read: (answer) => answer as number,
  })
  const deps = { clock, outage: (message: string, cause: unknown) => void outages.push(`${message}: ${String(cause)}`) }
  /** The answer to a caller; `'waits'` if it needs time. */
  const call = async (): Promise<{ readonly now: number | 'waits'; readonly later: Promise<number> }> => {
    let answer: number | 'waits' = 'waits'
    const later = get(deps)
    later.then(
      (value) => (answer = value),
      () => {},
    )
    await settled()
    return { now: answer, later }
  }
  const answerNow = async (): Promise<number | 'waits'> => (await call()).now
  return { clock, source, outages, call, answerNow, elapsed: () => clock.now() / 1000 - now }
}

describe('a value that is asked for again', () => {
  test('is asked for at first use, again after 45 s, and once for concurrent callers', async () => {
    const { clock, source, answerNow } = world()
    await Promise.all([answerNow(), answerNow()])
    clock.advance(44)
    await Promise.all([answerNow(), answerNow()])
    expect(source.asked).toBe(1)
    clock.advance(1)
    source.value = 1
    expect(await Promise.all([answerNow(), answerNow()])).toEqual([0, 0])
    expect([source.asked, await answerNow()]).toEqual([2, 1])
  })

  test('is given at once while a source hangs, however long, to callers that come every second', async () => {
    const { clock, source, outages, answerNow } = world()
    await answerNow()
    source.state = 'hangs'
    for (let second = 0; second < 3600; second++) {
      expect(await answerNow()).toBe(0)
      clock.advance(1)
    }
    // One question in 45 s, each with a limit.
    expect([source.asked, outages.length]).toEqual([80, 79])
    expect(new Set(outages)).toEqual(new Set(['no answer: TimeoutError: took longer than 5000 ms']))
    source.state = 'answers'
    source.value = 1
    clock.advance(45)
    await answerNow()
    expect(await answerNow()).toBe(1)
  })

  test('is waited for, for 5 s at most, by callers that come after a minute without any', async () => {
    const { clock, source, call, answerNow } = world()
    await answerNow()
    source.value = 1
    clock.advance(60)
    expect(await answerNow()).toBe(1)
    source.state = 'hangs'
    clock.advance(60)
    const waiting = await Promise.all([call(), call()])
    expect(waiting.map((each) => each.now)).toEqual(['waits', 'waits'])
    clock.advance(5)
    expect(await Promise.all(waiting.map(({ later }) => later))).toEqual([1, 1])
    expect([await answerNow(), source.asked]).toEqual([1, 3])
  })

  test('is not waited for where the last question hung, unless that was ten minutes ago', async () => {
    const { clock, source, call, answerNow } = world()
    const pass = (seconds: number): Promise<void> => (clock.advance(seconds), settled())
    await answerNow()
    source.state = 'hangs'
    await pass(50)
    for (let minute = 0; minute < 20; minute++) {
      expect(await answerNow()).toBe(0)
      await pass(61)
    }
    await pass(599 - 61)
    source.state = 'answers'
    source.value = 1
    expect([await answerNow(), await answerNow()]).toEqual([0, 1])
    source.state = 'hangs'
    await pass(50)
    expect(await answerNow()).toBe(1)
    await pass(600)
    const { now: given, later } = await call()
    await pass(5)
    expect([given, await later]).toEqual(['waits', 1])
    source.state = 'answers'
    source.value = 2
    await pass(600)
    expect(await answerNow()).toBe(2)
  })

  test('is waited for after a minute where the last question failed at once', async () => {
    const { clock, source, answerNow } = world()
    await answerNow()
    source.state = 'fails'
    clock.advance(60)
    expect(await answerNow()).toBe(0)
    source.state = 'answers'
    source.value = 1
    clock.advance(60)
    expect(await answerNow()).toBe(1)
  })

  test('comes from the later question where an earlier one was frozen with its process', async () => {
    const clock = manualClock(now)
    const answers: ((value: string) => void)[] = []
    const get = askedAgain<string>({
      complaint: '',
      find: () => new Promise<string>((resolve) => answers.push(resolve)),
      read: (answer) => answer as string,
    })
    const deps = { clock, outage: () => {} }
    const first = get(deps)
    answers[0]?.('first')
    expect(await first).toBe('first')
    clock.advance(50)
    await get(deps)
    clock.freeze(600)
    const third = get(deps)
    answers[2]?.('third')
    expect(await third).toBe('third')
    answers[1]?.('second')
    await settled()
    expect(await get(deps)).toBe('third')
  })

  test('is asked for again at once after the clock was set back', async () => {
    const { clock, source, answerNow } = world()
    await answerNow()
    source.value = 1
    clock.advance(-600)
    expect([await answerNow(), source.asked]).toEqual([1, 2])
    clock.advance(44)
    expect([await answerNow(), source.asked]).toEqual([1, 2])
  })

  test('of which nothing is known yet is an error, and asked for once in 5 s', async () => {
    const { clock, source, call } = world()
    source.state = 'fails'
    await expect((await call()).later).rejects.toThrow('down')
    await expect((await call()).later).rejects.toThrow('down')
    expect(source.asked).toBe(1)
    clock.advance(5)
    source.state = 'answers'
    expect([(await call()).now, source.asked]).toEqual([0, 2])
  })

  test('is not asked for early on Workers, where that question would end with its request', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    const { clock, source, answerNow } = world()
    await answerNow()
    source.value = 1
    clock.advance(59)
    expect([await answerNow(), source.asked]).toEqual([0, 1])
    clock.advance(1)
    expect([await answerNow(), source.asked]).toEqual([1, 2])
    // The request that asks ends, and its question with it.
    source.state = 'hangs'
    clock.freeze(60)
    expect(await answerNow()).toBe('waits')
    source.state = 'answers'
    source.value = 2
    clock.freeze(5)
    expect([await answerNow(), source.asked]).toEqual([2, 4])
  })

  test('whatever happens, is at most a minute old, unless the question after it failed', async () => {
    const step = fc.record({
      wait: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.constant(600)),
      state: fc.constantFrom<State>('answers', 'answers', 'answers', 'fails', 'hangs'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, source, call, answerNow, elapsed } = world()
        await answerNow()
        /** When each value was replaced, when the source last broke, and when it was last asked. */
        const replaced: number[] = []
        let [brokeAt, calledAt] = [-Infinity, 0]
        for (const { wait, state } of steps) {
          clock.advance(wait)
          if (source.state !== 'answers') brokeAt = clock.now()
          replaced.push(elapsed())
          source.value++
          source.state = state
          const isSound = state === 'answers' && (source.answeredAt > brokeAt || elapsed() - calledAt >= 600)
          calledAt = elapsed()
          const { now: given, later } = await call()
          if (given === 'waits') {
            expect(clock.now() - source.hungAt).toBeLessThan(5000)
            clock.advance(5)
          }
          const value = await later
          if (isSound && given !== 'waits') expect(replaced[value] ?? Infinity).toBeGreaterThan(elapsed() - 60)
        }
      }),
      { numRuns: 500 },
    )
  })
})
