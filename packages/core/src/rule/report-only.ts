/** Rules that are tried out: evaluated and reported, without effect on the decision. */

import type { CompiledRule, ReportOnlyRule, TrustRule } from './rule.ts'
import { compiledRule } from './make-rule.ts'
import { formatValue } from '../util/format.ts'
import { recognize, notMadeHere } from '../util/copies.ts'

const reported = new WeakMap<object, CompiledRule>()
recognize((value) => reportedRule(value) !== undefined)

/**
 * Makes a rule of a route report instead of enforce. Next to enforcing rules it neither admits nor
 * refuses: `onVerdict` gets its verdict as `reported`. A guard with only report-only rules enforces
 * their pins, events and settings, and reports the other conditions; a verifier with `strict: true`
 * refuses such a guard. Not for `trust`.
 *
 * @throws {TypeError} for a value that is not a trust rule.
 * @example
 * ```ts
 * const candidate = githubActions({ repository: 'acme/shop', branch: 'main' })
 * app.post('/deploy', requireWorkload(reportOnly(candidate)), handler)
 * ```
 */
export function reportOnly<W, D>(rule: TrustRule<W, D>): ReportOnlyRule<W, D> {
  const form = compiledRule(rule)
  if (form?.effect !== 'allow')
    throw notMadeHere(rule, `reportOnly() takes a rule made by calling a provider, not ${formatValue(rule)}`)
  const wrapped: ReportOnlyRule<W, D> = Object.freeze({ effect: 'report' })
  reported.set(wrapped, { ...form, origins: [...form.origins, wrapped] })
  return wrapped
}

/** The compiled form of a report-only rule; `undefined` for any other value. */
export function reportedRule(value: unknown): CompiledRule | undefined {
  return typeof value === 'object' && value !== null ? reported.get(value) : undefined
}

/** The part of a rule that is enforced even where it only reports. */
export function enforcedPart(rule: CompiledRule): CompiledRule {
  return { ...rule, checks: rule.checks.filter(({ onlyReported }) => onlyReported !== true) }
}
