import { circleci, githubActions, gitlab } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { manualClock } from '@jobpass/testing/internal'
import { Refusal } from '../model/refusal.ts'
import { resolveRules } from './resolve-rules.ts'
import type { CompiledRule } from '../rule/rule.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { warningsTo } from '../config/warnings.ts'

const workload = {} as AnyWorkload
const rule = githubActions({ ownerId: '1' })

function resolve(
  find: () => unknown,
  accept: (rule: CompiledRule) => void = () => {},
): { outcome: Promise<unknown>; warnings: string[]; clock: ReturnType<typeof manualClock> } {
  const warnings: string[] = []
  const clock = manualClock()
  const outcome = resolveRules(find, accept, {
    clock,
    workload,
    ...warningsTo((text) => void warnings.push(text), clock),
  }).then((result) => (result instanceof Refusal ? result.code : result.length))
  return { outcome, warnings, clock }
}

describe('resolveRules', () => {
  test.each([
    ['one rule', () => rule, 1],
    ['a list', () => [rule, gitlab({ ownerId: '2' })], 2],
    ['undefined', () => undefined, 0],
    ['an empty list', () => [], 0],
    ['a promise of rules', async () => [rule], 1],
    ['a promise of undefined', async () => undefined, 0],
  ])('a look-up may return %s', async (_, find, count) => {
    const { outcome, warnings } = resolve(find)
    expect(await outcome).toBe(count)
    expect(warnings).toEqual([])
  })

  test.each([
    ['null', () => null, 'or undefined, not null'],
    ['true', () => true, 'not true'],
    ['a provider that was not called', () => githubActions, 'a provider that was not called'],
    [
      'a bound provider that was not called',
      () => [gitlab.at('https://gitlab.acme.dev')],
      'a provider that was not called',
    ],
    ['a deny rule', () => githubActions.deny({ ownerId: '1' }), 'made by calling a provider'],
    ['a lookup', () => githubActions.lookup(() => undefined), 'made by calling a provider'],
    ['JSON', () => rule.toJSON(), 'made by calling a provider'],
    ['a copy of a rule', () => ({ ...rule }), 'made by calling a provider'],
    [
      'a list with a hole',
      () => Array.from({ length: 2 }, (_, index) => (index === 0 ? rule : undefined)),
      'not undefined',
    ],
    ['rules within rules', () => [[rule]], 'made by calling a provider'],
    ['a Set of rules', () => new Set([rule]), 'made by calling a provider'],
  ])('lesson F11: a look-up that returns %s is an outage, and the warning says why', async (_, find, message) => {
    const { outcome, warnings } = resolve(find)
    expect(await outcome).toBe('resolver_unavailable')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(message)
  })

  test.each([
    ['rejects', () => Promise.reject(new Error('password=hunter2'))],
    [
      'throws synchronously',
      () => {
        throw new RangeError('password=hunter2')
      },
    ],
    ['rejects with text', () => Promise.reject(Object('password=hunter2') as Error)],
    ['rejects with undefined', async () => Promise.reject(undefined as unknown as Error)],
  ])('lesson F13: a look-up that %s is an outage, and the warning has none of its text', async (_, find) => {
    const { outcome, warnings } = resolve(find)
    expect(await outcome).toBe('resolver_unavailable')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).not.toContain('hunter2')
  })

  test('the warning about a look-up that throws a TypeError has none of its text', async () => {
    const { outcome, warnings } = resolve(() => {
      throw new TypeError('Failed to parse URL from postgres://api:hunter2@db')
    })
    expect(await outcome).toBe('resolver_unavailable')
    expect(warnings.join()).not.toContain('hunter2')
  })

  test('a look-up that returns a rule that is not allowed there is an outage', async () => {
    const { outcome } = resolve(
      () => rule,
      () => {
        throw new TypeError('not here')
      },
    )
    expect(await outcome).toBe('resolver_unavailable')
  })

  test('lesson F11: a look-up that takes five seconds is an outage', async () => {
    const { outcome, clock } = resolve(() => new Promise(() => {}))
    await Promise.resolve()
    clock.advance(4.999)
    expect(await Promise.race([outcome, Promise.resolve('waiting')])).toBe('waiting')
    clock.advance(0.001)
    expect(await outcome).toBe('resolver_unavailable')
  })

  test('a look-up that ends leaves no timer behind', async () => {
    const { outcome, clock } = resolve(async () => rule)
    await outcome
    expect(clock.pending).toBe(0)
  })

  test('a look-up may return a rule for an issuer per tenant', async () => {
    const { outcome } = resolve(() => circleci({ ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' }))
    expect(await outcome).toBe(1)
  })
})
