import { circleci, githubActions, gitlab } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { manualClock } from '../../../../test/lessons/forge.ts'
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
    ['nothing', () => undefined, 0],
    ['an empty list', () => [], 0],
    ['a promise of rules', async () => [rule], 1],
    ['a promise of nothing', async () => undefined, 0],
  ])('finds %s', async (_, find, count) => {
    const { outcome, warnings } = resolve(find)
    expect(await outcome).toBe(count)
    expect(warnings).toEqual([])
  })

  test.each([
    ['null', () => null, 'or undefined, not null'],
    ['true', () => true, 'not true'],
    ['a provider that was not called', () => githubActions, 'a provider that was not called'],
    ['a bound one', () => [gitlab.at('https://gitlab.acme.dev')], 'a provider that was not called'],
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
  ])('lesson F11: finding %s is an outage, and says why', async (_, find, message) => {
    const { outcome, warnings } = resolve(find)
    expect(await outcome).toBe('resolver_unavailable')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(message)
  })

  test.each([
    ['a throw', () => Promise.reject(new Error('password=hunter2'))],
    [
      'a throw at once',
      () => {
        throw new RangeError('password=hunter2')
      },
    ],
    ['a throw of text', () => Promise.reject(Object('password=hunter2') as Error)],
    ['a throw of nothing', async () => Promise.reject(undefined as unknown as Error)],
  ])('lesson F13: %s is an outage, and the warning holds no secret of a database', async (_, find) => {
    const { outcome, warnings } = resolve(find)
    expect(await outcome).toBe('resolver_unavailable')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).not.toContain('hunter2')
  })

  test('a TypeError of a database driver holds no secret either', async () => {
    const { outcome, warnings } = resolve(() => {
      throw new TypeError('Failed to parse URL from postgres://api:hunter2@db')
    })
    expect(await outcome).toBe('resolver_unavailable')
    expect(warnings.join()).not.toContain('hunter2')
  })

  test('a rule that is refused for its place is an outage', async () => {
    const { outcome } = resolve(
      () => rule,
      () => {
        throw new TypeError('not here')
      },
    )
    expect(await outcome).toBe('resolver_unavailable')
  })

  test('lesson F11: five seconds are the limit', async () => {
    const { outcome, clock } = resolve(() => new Promise(() => {}))
    await Promise.resolve()
    clock.advance(4.999)
    expect(await Promise.race([outcome, Promise.resolve('waiting')])).toBe('waiting')
    clock.advance(0.001)
    expect(await outcome).toBe('resolver_unavailable')
  })

  test('leaves no timer behind', async () => {
    const { outcome, clock } = resolve(async () => rule)
    await outcome
    expect(clock.pending).toBe(0)
  })

  test('a tenant’s issuer comes along', async () => {
    const { outcome } = resolve(() => circleci({ ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' }))
    expect(await outcome).toBe(1)
  })
})
