/** What the options of a verifier require of each rule, and add to the rules in `trust`. */

import type { TrustEntry } from './audiences.ts'
import type { CompiledTable } from '../table/compile-table.ts'
import type { ResolvedOptions } from './options.ts'
import type { CompiledRule, RuleCheck, RuleSettings } from '../rule/rule.ts'
import {
  ageCheck,
  audienceCheck,
  audienceList,
  settingsChecks,
  lifetimeCheck,
  soleAudienceCheck,
} from '../rule/rule-settings.ts'
import { defaultLimits } from '../table/limits.ts'

/**
 * Checks a rule against the options of a verifier.
 *
 * @throws {TypeError} for a rule that they do not allow.
 */
export function checkDemands(rule: CompiledRule, options: ResolvedOptions): void {
  if (options.strict) checkStrict(rule)
  rule.once?.checkOptions(options)
}

/** Throws for a rule that only names pin. */
function checkStrict(entry: TrustEntry): void {
  if ('pinnedById' in entry && !entry.pinnedById) {
    throw new TypeError(
      `strict: a rule for ${entry.table.table.title} is pinned by names, which others can take over; ${idAdvice(entry.table)}`,
    )
  }
}

function idAdvice({ table, fields }: CompiledTable): string {
  const ids = table.pins.filter((name) => fields.get(name)?.immutable)
  return ids.length === 0
    ? 'its tokens have no ids, so a strict verifier cannot trust it'
    : `pin an id: ${ids.join(' or ')}`
}

/** The audiences that an entry in `trust` accepts. */
export function audiencesFor(audience: RuleSettings['audience'], resolved: ResolvedOptions): readonly string[] {
  return audience === undefined ? resolved.audiences : audienceList('audience', audience)
}

/**
 * A rule in `trust`, with the settings that it lacks from its look-up, then from the verifier. Thus
 * a token that passes only due to the settings of one rule cannot match another rule.
 */
export function withDefaults(rule: CompiledRule, lookup: RuleSettings, resolved: ResolvedOptions): CompiledRule {
  const { settings } = rule
  const checks: RuleCheck[] = [...rule.checks, ...settingsChecks(lookup)]
  if (settings.audience === undefined && lookup.audience === undefined) checks.push(audienceCheck(resolved.audiences))
  if (settings.multipleAudiences !== true && lookup.multipleAudiences !== true)
    checks.push(soleAudienceCheck(rule.table.table))
  const limits = defaultLimits(rule.table.table)
  if (settings.maxTokenAge === undefined && lookup.maxTokenAge === undefined && limits.maxTokenAge !== Infinity)
    checks.push(ageCheck(limits.maxTokenAge))
  if (settings.maxLifetime === undefined && lookup.maxLifetime === undefined)
    checks.push(lifetimeCheck(limits.maxLifetime))
  return { ...rule, checks }
}
