/** The settings of a rule: which tokens it accepts, in addition to which workloads. */

import type { RuleCheck, RuleSettings } from './rule.ts'
import { audiencesOf, rivalAudiences } from '../token/claims.ts'
import { isPlainObject, ownCopy } from '../util/objects.ts'
import { readOptions, assertSeconds, assertTrue } from '../util/options.ts'
import { formatValue, formatForText } from '../util/format.ts'
import { longestLifetime } from '../table/limits.ts'
import type { ProviderTable } from '../table/provider-table.ts'

const ruleSettings = {
  audience: true,
  multipleAudiences: true,
  maxTokenAge: true,
  maxLifetime: true,
  sharedAudience: true,
  anyWorkload: true,
  data: true,
} as const satisfies Record<keyof RuleSettings, true>

/**
 * Reads the settings of a rule.
 *
 * @throws {TypeError} that says what to write.
 */
export function readSettings(what: string, settings: unknown): RuleSettings {
  if (settings === undefined) return Object.freeze({})
  const given = readOptions<RuleSettings>(`${what}: its settings`, settings, ruleSettings)
  const { audience, multipleAudiences, maxTokenAge, maxLifetime, sharedAudience, anyWorkload } = given
  if (audience !== undefined) audienceList(`${what}: audience`, audience)
  assertTrue(`${what}: multipleAudiences`, multipleAudiences)
  if (maxTokenAge !== undefined) assertSeconds(`${what}: maxTokenAge`, maxTokenAge, 1, 86_400)
  if (maxLifetime !== undefined) assertSeconds(`${what}: maxLifetime`, maxLifetime, 1, longestLifetime)
  if (sharedAudience !== undefined && (sharedAudience as unknown) !== 'accepted') {
    throw new TypeError(`${what}: sharedAudience is 'accepted', or left out; not ${formatValue(sharedAudience)}`)
  }
  assertTrue(`${what}: anyWorkload`, anyWorkload)
  const copy = ownCopy(given)
  if ('data' in copy && !isPlainData(copy.data)) throw new TypeError(`${what}: data takes plain data, as in JSON`)
  return copy
}

/** Whether JSON keeps a value as it is. */
function isPlainData(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return true
  return (Array.isArray(value) || isPlainObject(value)) && Object.values(value as object).every(isPlainData)
}

/** The checks for the settings that verdicts show. */
export function settingsChecks({ audience, maxTokenAge, maxLifetime }: RuleSettings): RuleCheck[] {
  return [
    ...(audience === undefined ? [] : [audienceCheck(audienceList('audience', audience))]),
    ...(maxTokenAge === undefined ? [] : [ageCheck(maxTokenAge)]),
    ...(maxLifetime === undefined ? [] : [lifetimeCheck(maxLifetime)]),
  ]
}

/**
 * Reads one audience or a list of audiences.
 *
 * @throws {TypeError} for an empty list or audience.
 */
export function audienceList(what: string, audience: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(audience) ? Array.from(audience as unknown[]) : [audience]
  if (list.length === 0 || list.some((value) => typeof value !== 'string' || value.trim() === '')) {
    throw new TypeError(
      `${what} must name this API, such as 'https://api.acme.dev', or be a list of such names, not ${formatForText(audience)}`,
    )
  }
  return list as readonly string[]
}

/** A check that the token names one of the audiences. */
export function audienceCheck(audiences: readonly string[]): RuleCheck {
  return {
    field: 'audience',
    operator: 'includes',
    expected: audiences,
    read: ({ claims }) => audiencesOf(claims),
    passes: (actual) => (actual as readonly string[]).some((audience) => audiences.includes(audience)),
  }
}

/**
 * A check that the token is for this API only: apart from audiences that the platform appends, it
 * names no other.
 */
export function soleAudienceCheck({ appendedAudience }: ProviderTable): RuleCheck {
  return {
    field: 'audiences',
    operator: 'atMost',
    expected: 1,
    read: ({ claims, audience }) => rivalAudiences(claims, audience, appendedAudience).length,
    passes: (actual) => actual === 1,
  }
}

/** A check that the token is at most `limit` seconds old. */
export function ageCheck(limit: number): RuleCheck {
  return {
    field: 'tokenAge',
    operator: 'atMost',
    expected: limit,
    timed: true,
    read: ({ claims }, now) => Math.max(0, Math.floor(now - (claims.iat as number))),
    passes: (age, tolerance = 0) => (age as number) <= limit + tolerance,
  }
}

/** A check that the lifetime of the token is at most `limit` seconds. */
export function lifetimeCheck(limit: number): RuleCheck {
  const read: RuleCheck['read'] = ({ claims }) => (claims.exp as number) - (claims.iat as number)
  return {
    field: 'tokenLifetime',
    operator: 'atMost',
    expected: limit,
    read,
    passes: (life) => (life as number) <= limit,
  }
}
