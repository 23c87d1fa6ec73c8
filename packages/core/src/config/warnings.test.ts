import { verifiedTokenOf } from '../workload/verified-token.ts'
import type { VerifierOptions } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { fetchKeys, githubPush, manualClock, now, signToken } from '@jobpass/testing/internal'
import { compileGuard } from '../request/guard.ts'
import { configOf } from '../request/pipelines.ts'
import { kindOf, warningsTo } from './warnings.ts'

const audience = 'https://api.acme.dev'
const pin = { ownerId: '1234567' } as const
const rule = githubActions(pin)
const bearer = `Bearer ${signToken(githubPush)}`

/** What fails in the application's own code; `undefined` while nothing does. */
interface World {
  down: Error | undefined
}

const check = <T>({ down }: World, value: T): T => {
  if (down !== undefined) throw down
  return value
}

/** Each way in which the application's code can fail at run time, and the warning for it. */
const ways: readonly (readonly [string, string, (world: World) => Partial<VerifierOptions> & { guard?: unknown }])[] = [
  [
    'a look-up of rules on a route',
    'A look-up of rules failed: Error ECONNREFUSED',
    (world) => ({ guard: () => check(world, rule) }),
  ],
  [
    'a look-up of rules in trust',
    'A look-up of rules failed: Error ECONNREFUSED',
    (world) => ({ trust: githubActions.lookup(() => check(world, rule)) }),
  ],
  [
    'a where in trust',
    'where in a rule for github-actions threw; it must answer true or false at once',
    (world) => ({ trust: githubActions({ ...pin, where: () => check(world, true) }) }),
  ],
  [
    'a where on a route',
    'where in a rule for github-actions threw; it must answer true or false at once',
    (world) => ({ guard: githubActions({ ...pin, where: () => check(world, true) }) }),
  ],
  ['a hook', 'onVerdict threw; nothing changes by that', (world) => ({ onVerdict: () => check(world, undefined) })],
]

describe.each(ways)('O14: %s that fails', (_, message, make) => {
  test('a failure is reported at most once a minute, and again after a recovery', async () => {
    const clock = manualClock(now)
    const world: World = { down: undefined }
    const warnings: string[] = []
    const { guard = rule, ...options } = make(world)
    const verifier = createVerifier({
      audience,
      trust: rule,
      fetch: fetchKeys(),
      clock,
      onWarning: (text) => void warnings.push(text),
      ...options,
    })
    const ask = compileGuard([guard])
    const policy = configOf(verifier) as NonNullable<ReturnType<typeof configOf>>
    const call = async (): Promise<unknown> => {
      const workload = await verifier.authorize(bearer).catch(() => undefined)
      return (
        workload && (await ask({ config: policy, request: undefined, token: verifiedTokenOf(workload) }, undefined))
      )
    }
    await call()
    expect(warnings).toEqual([])
    const outage = (host: string) => Object.assign(new Error(`${host} password=hunter2`), { code: 'ECONNREFUSED' })
    world.down = outage('first')
    for (let second = 0; second < 60; second += 20) {
      await call()
      clock.advance(20)
    }
    expect(warnings).toEqual([message])
    await call()
    expect(warnings).toEqual([message, message])
    world.down = undefined
    await call()
    clock.advance(60)
    await call()
    expect(warnings).toHaveLength(2)
    world.down = outage('second')
    await call()
    expect(warnings).toEqual([message, message, message])
  })
})

describe('warnings', () => {
  const setUp = () => {
    const clock = manualClock(now)
    const seen: string[] = []
    return { clock, seen, ...warningsTo((text) => void seen.push(text), clock) }
  }

  test('O14: a fault is reported with its latest detail, at most once a minute', () => {
    const { clock, seen, fault } = setUp()
    fault('late', 'one')
    fault('late', 'two')
    clock.advance(60)
    fault('late', 'three')
    expect(seen).toEqual(['late: one', 'late: three'])
  })

  test('O14: many different faults do not silence those of a minute later', () => {
    const { clock, seen, fault } = setUp()
    for (let index = 0; index < 2000; index++) fault(`fault ${index}`)
    expect(seen).toHaveLength(1000)
    clock.advance(60)
    fault('another')
    expect(seen.at(-1)).toBe('another')
  })

  test('O14: a clock that was set back does not silence faults', () => {
    const clock = { time: 1e12, now: () => clock.time }
    const seen: string[] = []
    const { fault } = warningsTo((text) => void seen.push(text), clock)
    fault('down')
    clock.time -= 3_600_000
    fault('down')
    expect(seen).toEqual(['down', 'down'])
  })

  test.each([
    ['a system error', Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' }), 'Error ECONNREFUSED'],
    ['an error of PostgreSQL', Object.assign(new Error('secret'), { name: 'error', code: '57P01' }), 'error 57P01'],
    ['a time limit', new DOMException('took longer than 5000 ms', 'TimeoutError'), 'TimeoutError'],
    ['a name and a code that are texts', Object.assign(new Error('x'), { name: 'a b', code: 'k=v' }), 'Error'],
    ['no error', 'password=hunter2', 'it threw something that is not an error'],
  ])('O14: the warning about %s names its kind, never its text', (_, cause, kind) => {
    expect(kindOf(cause)).toBe(kind)
  })
})
