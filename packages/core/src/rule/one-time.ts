/** Rules that admit a token, or a run, once. */

import { runCheck } from './require-run.ts'
import type { CompiledRule, OneTimeRule, RuleCheck, TrustRule } from './rule.ts'
import { compiledRule } from './make-rule.ts'
import { readOptions } from '../util/options.ts'
import { formatValue } from '../util/format.ts'
import type { OneTimeClaim } from '../model/one-time-claim.ts'
import { recognize, notMadeHere } from '../util/copies.ts'

/** What is good for one use, and for which purpose. */
export interface OneTimeOptions {
  /** Names the purpose, 1 to 100 characters: uses under another name count apart. A constant, never anything of a request. Default: one for all routes that name none. */
  readonly scope?: string
  /**
   * `'token'`: each token is good for one use. `'run'`: each run of the CI system is, whatever tokens it has; for platforms that give a job one token for its whole life, or as
   * many as it asks for. A token that names no run is refused then, with a hint on how the job gets it. Default `'token'`.
   */
  readonly per?: 'token' | 'run'
}

const rules = new WeakMap<object, CompiledRule>()
recognize((value) => oneTimeRule(value) !== undefined)

/**
 * Makes a rule admit each token once, on a route: a second call with the same token is refused as `token_replayed`. The verifier must have a `replay` store. The use is
 * claimed after every check has passed, and before the handler runs: a handler that fails has used it up.
 *
 * Throws a `TypeError` for something that is no trust rule, and for `per: 'run'` where the platform names no run.
 *
 * @example
 * ```ts
 * app.post('/publish', requireWorkload(oneTime(githubActions({ repositoryId: '74205118', branch: 'main' }))), handler)
 * ```
 */
export function oneTime<W>(rule: TrustRule<W>, options: OneTimeOptions = {}): OneTimeRule<W> {
  return wrapOnce('oneTime()', rule, ({ table }) => {
    const given = readOptions('oneTime()', options, ['scope', 'per']) as OneTimeOptions
    const { scope = '', per = 'token' } = given
    if (typeof scope !== 'string' || (given.scope !== undefined && scope.trim() === '') || scope.length > 100)
      throw new TypeError(`oneTime(): scope must be text of 1 to 100 characters, not ${formatValue(scope)}`)
    if (per !== 'token' && per !== 'run')
      throw new TypeError(`oneTime(): per is 'token' or 'run', not ${formatValue(per)}`)
    const once: OneTimeClaim = { scope: `route ${scope}`, per }
    return per === 'run' ? { once, check: runCheck("oneTime(): per: 'run'", table) } : { once }
  })
}

/** What a rule asks the store, and what it asks of the caller for that. */
interface Wrapping {
  readonly once: OneTimeClaim
  readonly check?: RuleCheck
}

/** Makes a rule that asks the store about its caller. Throws a `TypeError` for something that is no trust rule. */
export function wrapOnce<W>(what: string, rule: TrustRule<W>, wrap: (form: CompiledRule) => Wrapping): OneTimeRule<W> {
  const form = compiledRule(rule)
  if (form?.effect !== 'allow')
    throw notMadeHere(rule, `${what} takes a rule made by calling a provider, not ${formatValue(rule)}`)
  const { once, check } = wrap(form)
  const wrapped: OneTimeRule<W> = Object.freeze({ effect: 'once' })
  rules.set(
    wrapped,
    Object.freeze({ ...form, once, checks: check === undefined ? form.checks : [...form.checks, check] }),
  )
  return wrapped
}

/** The compiled form of a one-time rule, or `undefined` for anything else. */
export function oneTimeRule(value: unknown): CompiledRule | undefined {
  return typeof value === 'object' && value !== null ? rules.get(value) : undefined
}
