import { describe, expect, test } from 'vitest'
import { EventLoopBudget } from './event-loop-budget.ts'

/** A loop whose time passes only by work and on request, and whose turns run only on request. */
function createLoop() {
  let time = 0
  const queued: (() => void)[] = []
  const done: string[] = []
  const turns = new EventLoopBudget({ now: () => time, nextTurn: (resume) => queued.push(resume) })
  const work =
    (name: string, takes: number): (() => string) =>
    () => {
      time += takes
      done.push(name)
      return name
    }
  return {
    turns,
    done,
    work,
    queued,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
    next: () => {
      for (const resume of queued.splice(0)) resume()
    },
  }
}

describe('the event-loop budget', () => {
  test('work runs synchronously while the turn has time for it', () => {
    const { turns, work, done } = createLoop()

    expect([turns.run(work('a', 0.2)), turns.run(work('b', 0.2)), turns.run(work('c', 9))]).toEqual(['a', 'b', 'c'])
    expect(done).toEqual(['a', 'b', 'c'])
  })

  test('work waits when half a millisecond of the turn is spent, and then runs in order, as much as a turn has time for', async () => {
    const { turns, work, done, next } = createLoop()
    void turns.run(work('a', 0.5))
    const waiting = ['b', 'c', 'd', 'e'].map((name) => turns.run(work(name, 0.25)))

    expect(waiting.every((each) => each instanceof Promise)).toBe(true)
    expect(done).toEqual(['a'])
    next()
    expect(done).toEqual(['a', 'b', 'c'])
    next()
    expect(done).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await Promise.all(waiting.map(async (each) => each))).toEqual(['b', 'c', 'd', 'e'])
  })

  test.each([
    ['15.4 ms', 15.4, false],
    ['15.6 ms', 15.6, true],
  ])(
    'work of 2 ms is followed by more %s after it began: at once after fifteen and a half, else in the next turn',
    (_, after, isNow) => {
      const { turns, work, pass } = createLoop()
      void turns.run(work('a', 2))
      pass(after - 2)

      expect(turns.run(work('b', 2)) === 'b').toBe(isNow)
    },
  )

  test('work that takes less than a tenth of the time never waits', () => {
    const { turns, work, pass } = createLoop()
    const results = Array.from({ length: 1000 }, () => {
      pass(1.81)
      return turns.run(work('a', 0.2))
    })

    expect(results).toEqual(Array.from({ length: 1000 }, () => 'a'))
  })

  test('new work does not overtake work that waits, however much time has passed', () => {
    const { turns, work, done, next, pass } = createLoop()
    void turns.run(work('a', 1))
    void turns.run(work('b', 1))
    pass(100)
    void turns.run(work('c', 1))
    next()
    void turns.run(work('d', 1))
    next()
    next()

    expect(done).toEqual(['a', 'b', 'c', 'd'])
  })

  test('work throws when it is synchronous and rejects when it waited, and counts its time', async () => {
    const { turns, work, next } = createLoop()
    const failing = (): never => {
      work('x', 1)()
      throw new TypeError('no')
    }
    expect(() => turns.run(failing)).toThrow(new TypeError('no'))
    const later = turns.run(failing)
    const behind = turns.run(work('b', 1))
    next()
    await expect(later).rejects.toThrow(new TypeError('no'))
    next()

    expect(await behind).toBe('b')
  })

  test('the budget asks for one turn at a time, and for none when nothing waits', () => {
    const { turns, work, queued, next } = createLoop()
    void turns.run(work('a', 0.1))
    void turns.run(work('b', 9))
    expect(queued).toHaveLength(0)
    void turns.run(work('c', 0.1))
    void turns.run(work('d', 0.1))
    expect(queued).toHaveLength(1)
    next()
    expect(queued).toHaveLength(0)
  })

  test('the queue is bounded: beyond a thousand waiting, work runs synchronously', async () => {
    const { turns, work, next, queued } = createLoop()
    void turns.run(work('first', 1))
    const waiting = Array.from({ length: 1000 }, (_, index) => turns.run(work(String(index), 1)))

    expect(turns.run(work('one more', 1))).toBe('one more')
    while (queued.length > 0) next()
    expect(await Promise.all(waiting.map(async (each) => each))).toEqual(
      Array.from({ length: 1000 }, (_, index) => String(index)),
    )
  })

  test('work never waits while the clock does not move', () => {
    const { turns, work } = createLoop()

    expect(Array.from({ length: 100 }, () => turns.run(work('a', 0)))).toEqual(Array.from({ length: 100 }, () => 'a'))
  })
})
