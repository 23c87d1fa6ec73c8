/** Rules that are tried out: evaluated and reported, with no say in who gets in. */

import type { CompiledRule, ReportOnlyRule, TrustRule } from './rule.ts'
import { compiledRule } from './make-rule.ts'
import { formatValue } from '../util/format.ts'
import { recognize, notMadeHere } from '../util/copies.ts'

const reported = new WeakMap<object, CompiledRule>()
recognize((value) => reportedRule(value) !== undefined)

/**
 * Makes a rule report instead of enforce, on a route. Beside rules that enforce it is a candidate: evaluated and told to `onVerdict` under `reported`,
 * it neither admits nor refuses. A guard whose rules all report admits whom their pins, events and settings admit, and
 * reports the other conditions; a verifier with `strict: true` refuses such a guard.
 *
 * Throws a `TypeError` for something that is no trust rule. It has no place in `trust`.
 *
 * @example
 * ```ts
 * app.post('/deploy', requireWorkload(reportOnly(githubActions({ repository: 'acme/shop', branch: 'main' }))), handler)
 * ```
 */
export function reportOnly<W>(rule: TrustRule<W>): ReportOnlyRule<W> {
  const form = compiledRule(rule)
  if (form?.effect !== 'allow')
    throw notMadeHere(rule, `reportOnly() takes a rule made by calling a provider, not ${formatValue(rule)}`)
  const wrapped: ReportOnlyRule<W> = Object.freeze({ effect: 'report' })
  reported.set(wrapped, form)
  return wrapped
}

/** The compiled form of what is reported, or `undefined` for anything else. */
export function reportedRule(value: unknown): CompiledRule | undefined {
  return typeof value === 'object' && value !== null ? reported.get(value) : undefined
}

/** What a rule enforces even where it only reports. */
export function enforcedPart(rule: CompiledRule): CompiledRule {
  return { ...rule, checks: rule.checks.filter(({ enforcedInReportOnly }) => enforcedInReportOnly) }
}
