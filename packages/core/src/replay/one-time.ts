/** Rules that admit each token, or each run, once. */

import { runCheck } from '../rule/run-check.ts'
import type { CompiledRule, OneTimeOptions, RuleCheck, RuleJson, TrustRule } from '../rule/rule.ts'
import { compiledRule, registerRule } from '../rule/make-rule.ts'
import { ownCopy } from '../util/objects.ts'
import { readOptions } from '../util/options.ts'
import { formatValue } from '../util/format.ts'
import type { OneTimeUse } from '../model/one-time-claim.ts'
import { notMadeHere } from '../util/copies.ts'
import { claimOnce } from './replay.ts'

/**
 * Makes a rule admit each token once: a second call with the same token is refused as
 * `token_replayed`. The verifier needs a `replay` store. The use is claimed after all checks have
 * passed and before the handler runs, so a handler that fails has used the token up. A request
 * claims each purpose once, however many of its rules are for it: in `trust`, on the route, or in
 * both.
 *
 * @throws {TypeError} for a value that is not a trust rule, for a rule that is good for one use
 * already, and for `per: 'run'` on a platform whose tokens name no run.
 * @example
 * ```ts
 * const release = githubActions({ repositoryId: '74205118', branch: 'main' })
 * app.post('/publish', requireWorkload(oneTime(release)), handler)
 * ```
 */
export function oneTime<W, D>(rule: TrustRule<W, D>, options: OneTimeOptions = {}): TrustRule<W, D> {
  return withUse('oneTime()', rule, ({ table, checks, json }) => {
    const given = readOptions<OneTimeOptions>('oneTime()', options, { scope: true, per: true })
    const { scope = '', per = 'token' } = given
    if (typeof scope !== 'string' || (given.scope !== undefined && scope.trim() === '') || scope.length > 100)
      throw new TypeError(`oneTime(): scope must be text of 1 to 100 characters, not ${formatValue(scope)}`)
    if (per !== 'token' && per !== 'run')
      throw new TypeError(`oneTime(): per is 'token' or 'run', not ${formatValue(per)}`)
    return {
      once: { scope: `use ${scope}`, per, checkOptions },
      checks: per === 'run' ? [...checks, runCheck("oneTime(): per: 'run'", table)] : checks,
      json: json && jsonWith(json, given),
    }
  })
}

/** The message for what is used once, where the verifier has no store. */
export const noStore =
  "One-time use needs a store in the verifier's options: replay: { store: memoryReplayStore() }, or one that your processes share"

const checkOptions: OneTimeUse['checkOptions'] = ({ replay }) => {
  if (replay === undefined) throw new TypeError(noStore)
}

function jsonWith(json: RuleJson, use: OneTimeOptions): RuleJson {
  const oneTime = Object.keys(use).length === 0 ? true : { ...use }
  return ownCopy({ ...json, settings: ownCopy({ ...json.settings, oneTime }) })
}

/** The parts of a rule that a use of the token changes. */
interface Use {
  readonly once: Omit<OneTimeUse, 'claim'>
  readonly checks: readonly RuleCheck[]
  readonly json: RuleJson | undefined
}

/**
 * Makes a rule that claims, or checks, a use of its caller's token.
 *
 * @throws {TypeError} for a value that is not a trust rule, or one with a use already.
 */
export function withUse<W, D>(what: string, rule: TrustRule<W, D>, use: (form: CompiledRule) => Use): TrustRule<W, D> {
  const form = compiledRule(rule)
  if (form?.effect !== 'allow')
    throw notMadeHere(rule, `${what} takes a rule made by calling a provider, not ${formatValue(rule)}`)
  if (form.once !== undefined) throw new TypeError(`${what}: the rule is in oneTime() or notExchanged() already`)
  const { once, ...rest } = use(form)
  return registerRule({ ...form, ...rest, once: { ...once, claim: claimOnce } })
}
