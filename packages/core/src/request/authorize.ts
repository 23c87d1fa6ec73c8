/**
 * Whether a verified token is admitted by the verifier: `deny` and `trust`, look-ups of stored
 * rules, and one-time use.
 */

import type { VerifierConfig } from '../config/verifier-config.ts'
import type { TrustedIssuer } from '../config/trusted-issuers.ts'
import { checkDemands, withDefaults } from '../config/rule-demands.ts'
import type { OneTimeUse } from '../model/one-time-claim.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import type { Verdict } from '../model/verdict.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { RuleList } from '../rule/rule-list.ts'
import { claimOf, decideCached, decideList, faultsOf, ruleOf } from '../rule/verdict.ts'
import type { Awaitable } from '../util/awaitable.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'
import type { Call } from './call.ts'
import { emitAllowed } from './emit-verdict.ts'
import { resolveRules } from './resolve-rules.ts'

/** A verified token; `undefined` for an admitted call without one; or a refusal. */
export type Outcome = VerifiedToken | undefined | Refusal

/** Evaluates `deny`, then `trust`, each time a token is presented. */
export function authorize(token: VerifiedToken<TrustedIssuer>, call: Call): Awaitable<Outcome> {
  const { config } = call
  const { rules, lookups } = token.issuer
  const denied = config.denies.rules.length > 0 ? deniedBy(config.denies, token) : undefined
  if (denied !== undefined) return refused('workload_denied', config.denies, token, denied, config)
  const verdict = decideCached(rules, token)
  if (verdict.allowed) return allow(token, verdict, call)
  if (lookups.length > 0) return lookUp(token, call)
  return refused('workload_forbidden', rules, token, verdict, config)
}

/** The verdict of a deny rule that matches a token, or the job behind it. */
function deniedBy(denies: RuleList, token: VerifiedToken): Verdict | undefined {
  const verdict = decideCached(denies, token)
  if (verdict.reason === 'denied') return verdict
  const ofJob = token.job && decideCached(denies, token.job)
  return ofJob?.reason === 'denied' ? ofJob : undefined
}

async function lookUp(token: VerifiedToken<TrustedIssuer>, call: Call): Promise<Outcome> {
  const { config } = call
  const { clock, fault } = config
  const { identity, issuer } = token
  const accept = (rule: CompiledRule): void => checkDemands(rule, config)
  let { rules } = issuer
  let verdict: Verdict | undefined
  for (const lookup of issuer.lookups) {
    const found = await resolveRules(() => lookup.find(identity), accept, { clock, fault, workload: identity })
    if (found instanceof Refusal) return found
    const foundBy = (rule: CompiledRule): CompiledRule => ({
      ...withDefaults(rule, lookup.settings, config),
      origins: [...rule.origins, lookup.origin],
    })
    rules = new RuleList([...rules.rules, ...found.map(foundBy)])
    verdict = decideList(rules, token)
    if (verdict.allowed) return allow(token, verdict, call)
  }
  return refused('workload_forbidden', rules, token, verdict as Verdict, config)
}

function allow(token: VerifiedToken, verdict: Verdict, call: Call): Awaitable<Outcome> {
  call.matched = [ruleOf(verdict) as CompiledRule]
  const use = claimOf(verdict)
  if (use !== undefined) return claim(token, use, verdict, call)
  if (call.config.observed) emitAllowed(call, token.identity, verdict, { layer: 'trust' })
  return token
}

/** Claims the one use that the rule or the verifier admits, after all other checks. */
async function claim(token: VerifiedToken, use: OneTimeUse, verdict: Verdict, call: Call): Promise<Outcome> {
  const refusal = await use.claim(token.identity, use, call.config, (call.claimed ??= new Set()))
  if (refusal !== undefined) return refusal
  if (call.config.observed) emitAllowed(call, token.identity, verdict, { layer: 'trust' })
  return token
}

function refused(
  code: 'workload_denied' | 'workload_forbidden',
  rules: RuleList,
  { identity }: VerifiedToken,
  verdict: Verdict,
  { fault }: VerifierConfig,
): Refusal {
  if (rules.hasCode) faultsOf(verdict).forEach((each) => fault(each))
  return refuse(code, { workload: identity, verdict })
}
