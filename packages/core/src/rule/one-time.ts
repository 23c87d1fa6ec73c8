/** Rules that admit each token, or each run, once. */

import { runCheck } from './require-run.ts'
import type { CompiledRule, OneTimeRule, RuleCheck, TrustRule } from './rule.ts'
import { compiledRule } from './make-rule.ts'
import { readOptions } from '../util/options.ts'
import { formatValue } from '../util/format.ts'
import type { OneTimeClaim } from '../model/one-time-claim.ts'
import { recognize, notMadeHere } from '../util/copies.ts'

/** The unit and the purpose of one-time use. */
export interface OneTimeOptions {
  /**
   * The purpose, 1 to 100 characters: uses for different purposes count separately. A constant of
   * the program, never from the request. Default: all routes without a scope share one.
   */
  readonly scope?: string
  /**
   * `'token'` admits each token once. `'run'` admits each run of the CI system once, whichever of
   * its tokens it sends: for platforms that give a job one token for its whole life, or as many as
   * it requests. A token that names no run is then refused, with a hint on how the job gets one
   * that does. Default `'token'`.
   */
  readonly per?: 'token' | 'run'
}

const rules = new WeakMap<object, CompiledRule>()
recognize((value) => oneTimeRule(value) !== undefined)

/**
 * Makes a rule of a route admit each token once: a second call with the same token is refused as
 * `token_replayed`. The verifier needs a `replay` store. The use is claimed after all checks have
 * passed and before the handler runs, so a handler that fails has used the token up.
 *
 * @throws {TypeError} for a value that is not a trust rule, and for `per: 'run'` on a platform
 * whose tokens name no run.
 * @example
 * ```ts
 * const release = githubActions({ repositoryId: '74205118', branch: 'main' })
 * app.post('/publish', requireWorkload(oneTime(release)), handler)
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

/** The claim that a rule makes, and the check that a token must pass for it. */
interface Wrapping {
  readonly once: OneTimeClaim
  readonly check?: RuleCheck
}

/**
 * Makes a rule that claims, or checks, a use of its caller's token.
 *
 * @throws {TypeError} for a value that is not a trust rule.
 */
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

/** The compiled form of a one-time rule; `undefined` for any other value. */
export function oneTimeRule(value: unknown): CompiledRule | undefined {
  return typeof value === 'object' && value !== null ? rules.get(value) : undefined
}
