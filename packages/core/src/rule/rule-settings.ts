/** The settings of a rule: which tokens it takes, beside which workloads. */

import type { RuleCheck } from './rule.ts'
import type { ProviderTable } from '../provider/provider.ts'
import { audiencesOf, rivalAudiences } from '../token/claims.ts'
import { ownCopy, readOptions, seconds, show, showForText } from '../util/text.ts'
import type { UnverifiedClaims } from '../token/token.ts'

/** A rule with settings matches only tokens that meet them. */
export interface RuleSettings {
  /** The audience(s) of tokens this rule takes, for its issuer only, instead of the verifier's. */
  readonly audience?: string | readonly string[]
  /** Takes tokens that name several audiences, of which ours is one: each of the others can replay the token to us. */
  readonly multipleAudiences?: true
  /** The oldest token this rule takes: seconds since `iat`, 1 to 86400. */
  readonly maxTokenAge?: number
  /** The longest life of a token this rule takes: seconds from `iat` to `exp`, 1 to 604800. Default 86400. */
  readonly maxLifetime?: number
  /**
   * What becomes of a token that is used again: `'once'` refuses it (the verifier needs a `replay` store), `'accepted'` says that it is known, where a platform gives the
   * same audience to every token, so that each service a job calls can call here with the job's token. Such platforms' rules in `trust` must say one of the two.
   */
  readonly replay?: 'once' | 'accepted'
  /** Admits any workload of a server of one's own: a cluster, a CI server. For rules without a pin, of such servers only. */
  readonly anyWorkload?: true
}

/** What holds in `trust` where no rule says otherwise, in seconds: a mis-set issuer must not hand out tokens for ever. */
export function defaultLimits({ lifetime, fixedAudience }: ProviderTable): {
  maxTokenAge: number
  maxLifetime: number
} {
  return { maxTokenAge: fixedAudience?.maxTokenAge ?? Infinity, maxLifetime: lifetime?.max ?? 86_400 }
}

/** The longest life of a token that anybody can ask for, in seconds: a week. */
export const longestLifetime = 604_800

/** Reads the settings of a rule. Throws a `TypeError` that says what to write. */
export function readSettings(what: string, settings: unknown): RuleSettings {
  if (settings === undefined) return Object.freeze({})
  const known = ['audience', 'multipleAudiences', 'maxTokenAge', 'maxLifetime', 'replay', 'anyWorkload']
  const given = readOptions(`${what}: its settings`, settings, known) as RuleSettings
  const { audience, multipleAudiences, maxTokenAge, maxLifetime, replay, anyWorkload } = given
  if (audience !== undefined) audienceList(`${what}: audience`, audience)
  if (multipleAudiences !== undefined && (multipleAudiences as unknown) !== true) {
    throw new TypeError(`${what}: multipleAudiences is true, or left out`)
  }
  if (maxTokenAge !== undefined) seconds(`${what}: maxTokenAge`, maxTokenAge, 1, 86_400)
  if (maxLifetime !== undefined) seconds(`${what}: maxLifetime`, maxLifetime, 1, longestLifetime)
  if (replay !== undefined && replay !== 'accepted' && replay !== 'once') {
    throw new TypeError(`${what}: replay is 'once' or 'accepted', or left out; not ${show(replay)}`)
  }
  if (anyWorkload !== undefined && (anyWorkload as unknown) !== true) {
    throw new TypeError(`${what}: anyWorkload is true, or left out`)
  }
  return ownCopy(given)
}

/** The settings that a verdict can show, as checks. */
export function settingsChecks({ audience, maxTokenAge, maxLifetime }: RuleSettings): RuleCheck[] {
  return [
    ...(audience === undefined ? [] : [audienceCheck(audienceList('audience', audience))]),
    ...(maxTokenAge === undefined ? [] : [ageCheck(maxTokenAge)]),
    ...(maxLifetime === undefined ? [] : [lifetimeCheck(maxLifetime)]),
  ]
}

/** One audience or a list of them, none empty. Throws a `TypeError` otherwise. */
export function audienceList(what: string, audience: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(audience) ? Array.from(audience as unknown[]) : [audience]
  if (list.length === 0 || list.some((value) => typeof value !== 'string' || value.trim() === '')) {
    throw new TypeError(
      `${what} must name this API, such as 'https://api.acme.dev', or be a list of such names, not ${showForText(audience)}`,
    )
  }
  return list as readonly string[]
}

/** A check that the token was issued for one of the audiences. */
export function audienceCheck(audiences: readonly string[]): RuleCheck {
  return {
    field: 'audience',
    operator: 'includes',
    expected: audiences,
    pin: false,
    firm: true,
    read: ({ claims }) => audiencesOf(claims as UnverifiedClaims),
    passes: (actual) => (actual as readonly string[]).some((audience) => audiences.includes(audience)),
  }
}

/** A check that the token is for us only: it names no other audience that somebody chose. */
export function soleAudienceCheck({ appendedAudience }: ProviderTable): RuleCheck {
  return {
    field: 'audiences',
    operator: 'atMost',
    expected: 1,
    pin: false,
    firm: true,
    read: ({ claims, audience }) => rivalAudiences(claims as UnverifiedClaims, audience, appendedAudience).length,
    passes: (actual) => actual === 1,
  }
}

/** A check that the token is not older than so many seconds. */
export function ageCheck(limit: number): RuleCheck {
  return {
    field: 'tokenAge',
    operator: 'atMost',
    expected: limit,
    pin: false,
    firm: true,
    timed: true,
    read: ({ issuedAt }, now) => Math.max(0, Math.floor(now - issuedAt)),
    passes: (age, tolerance = 0) => (age as number) <= limit + tolerance,
  }
}

/** A check that the token does not live longer than so many seconds. */
export function lifetimeCheck(limit: number): RuleCheck {
  const read: RuleCheck['read'] = ({ issuedAt, expiresAt }) => expiresAt - issuedAt
  return {
    field: 'tokenLifetime',
    operator: 'atMost',
    expected: limit,
    pin: false,
    firm: true,
    read,
    passes: (life) => (life as number) <= limit,
  }
}
