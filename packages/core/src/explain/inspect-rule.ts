/** Rules from the outside: what a linter and a documentation generator may know of them. */

import type { Operator } from '../model/verdict.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'
import type { ProviderTable } from '../table/provider-table.ts'
import { oneTimeRule } from '../rule/one-time.ts'
import { reportedRule } from '../rule/report-only.ts'
import type { CompiledRule, RuleSettings } from '../rule/rule.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { formatValue } from '../util/format.ts'
import { notMadeHere } from '../util/copies.ts'

/** One check of a rule, without the code that runs it. */
export interface CheckFacts {
  readonly field: string
  readonly operator: Operator
  readonly expected: unknown
  /** Part of what ties the rule to its tenant. */
  readonly pin: boolean
  /** On a claim that the provider's table does not list: who chooses its value is not known. */
  readonly unlisted?: true
}

/** Everything a rule says. */
export interface RuleFacts {
  readonly effect: 'allow' | 'deny'
  /** Made by `reportOnly()`. */
  readonly reports: boolean
  /** How often it admits one token: made by `oneTime()`, by `notExchanged()`, or by neither. */
  readonly uses: 'any' | 'one' | 'unexchanged'
  /** The rule about the CI job, where the caller has a service token: made by `viaExchange()`. */
  readonly origin: RuleFacts | undefined
  readonly provider: string
  readonly table: ProviderTable
  /** `undefined` for a deny rule that holds for each tenant of its provider. */
  readonly issuers: readonly string[] | undefined
  readonly checks: readonly CheckFacts[]
  readonly settings: RuleSettings
  /** Whether there is code in it. */
  readonly hasCode: boolean
  readonly anyEvent: boolean
  /** Pinned by an immutable id, or bound to an issuer that is the tenant. */
  readonly pinnedById: boolean
  /** Where its keys come from, when not by discovery. */
  readonly source: IssuerOptions | undefined
}

/**
 * Says what a rule is made of, and looks into every wrapper: `reportOnly()`, `oneTime()`, `notExchanged()` and
 * `viaExchange()`. Throws a `TypeError` for something that is no rule, such as a handle on a set of them.
 *
 * @example
 * ```ts
 * inspectRule(oneTime(githubActions({ ownerId: '1234567' }))).uses // 'one'
 * ```
 */
export function inspectRule(rule: unknown): RuleFacts {
  const reported = reportedRule(rule)
  const form = reported ?? oneTimeRule(rule) ?? compiledRule(rule)
  if (form === undefined)
    throw notMadeHere(rule, `inspectRule() takes a rule made by calling a provider, not ${formatValue(rule)}`)
  return factsOf(form, reported !== undefined)
}

function factsOf(form: CompiledRule, reports: boolean): RuleFacts {
  const { effect, table, issuers, checks, settings, anyEvent, pinnedById, source, once, origin } = form
  return {
    effect,
    reports,
    uses: once === undefined ? 'any' : once.checkOnly === true ? 'unexchanged' : 'one',
    origin: origin && factsOf(origin, reports),
    provider: table.table.id,
    table: table.table,
    issuers,
    checks: checks.map(({ field, operator, expected, pin, unlisted }) => ({
      field,
      operator,
      expected,
      pin,
      ...(unlisted && { unlisted }),
    })),
    settings,
    hasCode: checks.some(({ code }) => code !== undefined),
    anyEvent,
    pinnedById,
    source,
  }
}
