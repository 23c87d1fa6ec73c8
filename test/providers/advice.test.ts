// R12: real tokens must be able to match the fixes of lint and TypeErrors. Each fix is applied with
// the values of a payload of the same provider and event, and the rule must then admit it.

import { decide, gitlab } from '@jobpass/core'
import type { AnyWorkload, ProviderTable, TrustRule } from '@jobpass/core'
import { isAttackerControlled } from '@jobpass/core/internal'
import { lintRules } from '@jobpass/policy'
import { beforeAll, describe, expect, test } from 'vitest'
import { createTestIssuer } from '@jobpass/testing'
import { bindTo, payloadsOf, read } from './payload.ts'
import type { Payload } from './payload.ts'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

type Facts = Readonly<Record<string, unknown>>

/**
 * The conditions in a fix: names of fields, and of claims within `claims: { … }`; each alternative
 * separately.
 */
function alternativesIn(text: string): readonly (readonly string[])[] {
  return text
    .split(/(?:[,;]\s*)?\bor\b/)
    .map((part) => [...part.matchAll(/'?([\w./-]+)'?: (?:'|\[|glob\(|true)/g)].map((match) => match[1] as string))
    .filter((names) => names.length > 0)
}

/** The values of these fields in the token, or `undefined` if it lacks one. */
function conditionsOf(names: readonly string[], facts: Facts): object | undefined {
  const claims = facts['claims'] as Facts
  const pairs = names.map((name) => (name in facts ? { [name]: facts[name] } : { claims: { [name]: claims[name] } }))
  const missing = names.some((name) => [undefined, null, '', false].includes((facts[name] ?? claims[name]) as never))
  return missing ? undefined : Object.assign({}, ...pairs)
}

/** The events and fields that admit an untrusted run, and the ids that pin it. */
function leastOf(table: ProviderTable, facts: Facts): Facts {
  const ordinary = table.trustedEvents?.includes(facts['event'] as string) ?? true
  const marks = (table.untrustedWhen ?? []).filter((name) => facts[name] !== undefined && facts[name] !== false)
  const pins = table.pins.filter((name) => facts[name] !== undefined)
  const names = [...pins, ...(ordinary ? [] : ['event']), ...marks]
  return Object.fromEntries(names.map((name) => [name, facts[name]]))
}

/** Typical first rules for such a job; lint has a finding for each. */
function firstRules({ identity, attackerControlled = [] }: ProviderTable, facts: Facts): readonly object[] {
  const claims = facts['claims'] as Facts
  const chosen = Object.keys(claims).find(
    (name) => isAttackerControlled(attackerControlled, [name]) && typeof claims[name] === 'string',
  )
  const branch = /^refs\/heads\/(.+)$/.exec(String(facts['ref']))?.[1]
  return [
    {},
    ...(facts['environment'] === undefined ? [] : [{ environment: facts['environment'] }]),
    ...(chosen === undefined || claims[chosen] === '' ? [] : [{ claims: { [chosen]: claims[chosen] } }]),
    ...(branch === undefined || !Object.hasOwn(identity, 'branch') ? [] : [{ branch }]),
    { subject: facts['subject'] },
  ]
}

describe.each(presets)('$provider.title', ({ provider, fixture, ...preset }: Preset) => {
  const { table } = provider
  const jobs: { readonly facts: Facts; readonly workload: AnyWorkload }[] = []
  // Documented jobs can be used for fixes too; lint is about jobs with real payloads.
  const documented: typeof jobs = []
  beforeAll(async () => {
    const issuer = await createTestIssuer(preset.bound)
    const aud = table.fixedAudience === undefined ? { aud: 'https://api.acme.dev' } : {}
    const minted = Object.keys(fixture.triggers).map((trigger) => ({
      what: trigger,
      claims: issuer.claims(aud, { trigger: trigger as never }),
    }))
    const add = async (to: typeof jobs, payload: Payload): Promise<void> => {
      const workload = await read({ provider, fixture, ...preset }, payload)
      if (typeof workload === 'object') to.push({ facts: workload as unknown as Facts, workload })
    }
    for (const payload of payloadsOf(provider.id)) if (payload.reads !== undefined) await add(jobs, payload)
    for (const payload of minted) await add(documented, payload)
    expect(documented.length).toBeGreaterThan(0)
  })
  const make = (facts: Facts, conditions: object): TrustRule<never> => {
    const { bound, tenant } = bindTo(provider, String(facts['issuer']))
    const settings = { ...fixture.rule.settings, ...(conditionsCount(conditions) === 0 && { anyWorkload: true }) }
    return bound({ ...leastOf(table, facts), ...tenant, ...conditions }, settings)
  }
  const conditionsCount = (conditions: object): number => Object.keys(conditions).length + table.pins.length

  const isOrdinary = (facts: Facts): boolean => table.trustedEvents?.includes(facts['event'] as string) ?? true
  const kindOf = (facts: Facts): unknown => (isOrdinary(facts) ? 'ordinary' : facts['event'])
  const admits = (facts: Facts, conditions: object, workload: AnyWorkload): boolean => {
    try {
      return decide(make(facts, conditions), workload).allowed
    } catch {
      return false
    }
  }

  /** The fields that a field requires, directly and indirectly: each error suggests the next. */
  const chainOf = (name: string): readonly string[] => {
    const [first] = [table.requires?.[name] ?? []].flat() as readonly string[]
    return first === undefined ? [name] : [name, ...chainOf(first)]
  }
  const conditionsIn = (names: readonly string[]): string => names.map((name) => `${name}: true`).join(', ')

  /** Whether one of the alternatives admits a real job of the same kind of run. */
  const canBeFollowed = (facts: Facts, text: string, first = 0): boolean => {
    const kin = [...jobs, ...documented].filter((job) => kindOf(job.facts) === kindOf(facts))
    return alternativesIn(text).some((names) =>
      kin.some(({ facts: own, workload }) => {
        const conditions = conditionsOf(names, own)
        const base = firstRules(table, own)[first] ?? {}
        // Added to the rule, or replacing its conditions.
        return (
          conditions !== undefined &&
          [{ ...base, ...conditions }, conditions].some((each) => admits(own, each, workload))
        )
      }),
    )
  }

  test('the fix of lint admits a real job', () => {
    const vain = jobs.flatMap(({ facts }) =>
      firstRules(table, facts).flatMap((conditions, index) => {
        let rule: TrustRule<never>
        try {
          rule = make(facts, conditions)
        } catch {
          return []
        }
        return lintRules(rule as never)
          .filter(({ fix }) => alternativesIn(fix).length > 0 && !canBeFollowed(facts, fix, index))
          .map(({ id, fix }) => ({ rule: JSON.stringify(rule), id, fix }))
      }),
    )
    expect(vain).toEqual([])
  })

  test('the fix of a TypeError for a field that requires another admits a real job', () => {
    const vain = jobs.flatMap(({ facts }) =>
      Object.entries(table.requires ?? {})
        .filter(([name]) => facts[name] !== undefined)
        .filter(([name, needed]) => {
          const names: readonly string[] = [needed].flat()
          return !names.some((other) => canBeFollowed(facts, conditionsIn([name, ...chainOf(other)])))
        })
        .map(([name]) => ({ name, event: facts['event'] })),
    )
    expect(vain).toEqual([])
  })
})

describe('a child pipeline of GitLab, which has no branch and no file', () => {
  const fixes = (conditions: object): readonly string[] =>
    lintRules(
      gitlab({ repositoryId: '20', event: 'parent_pipeline', ...conditions }, { maxTokenAge: 300 }) as never,
    ).map(({ id, fix }) => `${id} ${fix}`)
  const right = "ref: 'refs/heads/main', refProtected: true"

  test('lint suggests the protected ref for a child pipeline', () => {
    expect(fixes({})).toEqual([
      `L021 Remove 'parent_pipeline', or keep it, with the protected ref that it runs: ${right}.`,
    ])
    expect(fixes({ branch: 'main' })).toContain(`L070 Write ${right} in place of 'branch'.`)
    expect(fixes({ workflow: 'gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main' })).toContain(
      `L070 Write ${right} in place of 'workflow'.`,
    )
  })

  test('lint finds nothing in a rule for a child pipeline with ref and refProtected', () => {
    expect(fixes({ ref: 'refs/heads/main', refProtected: true })).toEqual([])
    expect(fixes({ ref: 'refs/heads/main', refProtected: false })).not.toEqual([])
    expect(fixes({ refProtected: true })).toHaveLength(1)
  })
})
