/** Rules as facts, for linters and documentation generators. */

import type { IssuerOptions, ProviderTable, RuleSettings, Types } from '@jobpass/core'
import type { CompiledRule } from '@jobpass/core/internal'
import { compiledRule, formatValue, notMadeHere, reportedRule } from '@jobpass/core/internal'

/** One check of a rule, without its code. */
export interface CheckFacts {
  /** The field or claim that is checked. */
  readonly field: string
  /** How the check compares. */
  readonly operator: Types.Operator
  /** The condition as JSON. */
  readonly expected: unknown
  /** Whether the check ties the rule to its tenant. */
  readonly pin: boolean
  /**
   * Set for a claim that the provider's table does not list: it is unknown who chooses its value.
   */
  readonly unlisted?: true
}

/** The facts of a rule. */
export interface RuleFacts {
  /** What the rule does with the workloads that it matches. */
  readonly effect: 'allow' | 'deny'
  /** Whether it only reports: made by `reportOnly()`. */
  readonly reports: boolean
  /**
   * How often it admits one token: once with `oneTime()`, until an exchange with `notExchanged()`,
   * else any number of times.
   */
  readonly uses: 'any' | 'one' | 'unexchanged'
  /** The rule on the CI job behind a service token: made by `viaExchange()`. */
  readonly job: RuleFacts | undefined
  /** Whether it is for service tokens, each of which has a CI job behind it. */
  readonly forServiceTokens: boolean
  /** The id of its provider. */
  readonly provider: string
  /** The table of its provider. */
  readonly table: ProviderTable
  /** The issuers of the rule; `undefined` for a deny rule on all tenants of its provider. */
  readonly issuers: readonly string[] | undefined
  /** Its checks, in their order. */
  readonly checks: readonly CheckFacts[]
  /** Its settings. */
  readonly settings: RuleSettings
  /** Whether it contains code (`where`). */
  readonly hasCode: boolean
  /** Whether it admits runs of every event: `anyEvent()`. */
  readonly anyEvent: boolean
  /** Whether an immutable id pins it, or its issuer is the tenant's own. */
  readonly pinnedById: boolean
  /** Where the issuer's keys come from; `undefined`: discovery. */
  readonly source: IssuerOptions | undefined
}

/**
 * Lists the facts of a rule, also inside `reportOnly()`, `oneTime()`, `notExchanged()` and
 * `viaExchange()`.
 *
 * @throws {TypeError} for a value that is not a rule, such as the handle of a rule set.
 * @example
 * ```ts
 * inspectRule(oneTime(githubActions({ ownerId: '1234567' }))).uses // 'one'
 * ```
 */
export function inspectRule(rule: unknown): RuleFacts {
  const reported = reportedRule(rule)
  const form = reported ?? compiledRule(rule)
  if (form === undefined)
    throw notMadeHere(rule, `inspectRule() takes a rule made by calling a provider, not ${formatValue(rule)}`)
  return factsOf(form, reported !== undefined)
}

function factsOf(form: CompiledRule, reports: boolean): RuleFacts {
  const { effect, table, issuers, checks, settings, anyEvent, pinnedById, source, once, job, extension } = form
  return {
    effect,
    reports,
    uses: once === undefined ? 'any' : once.checkOnly === true ? 'unexchanged' : 'one',
    job: job && factsOf(job, reports),
    forServiceTokens: (job ?? extension) !== undefined,
    provider: table.table.id,
    table: table.table,
    issuers,
    checks: checks.map(({ field, operator, expected, pin = false, unlisted }) => ({
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
