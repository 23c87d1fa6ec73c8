/** Who of the verified may call: `deny` and `trust`, look-ups of stored rules, and one-time use. Asked at each sight of a token, remembered or not. */

import { Refusal, refuse } from '../model/refusal.ts'
import type { Provenance } from '../workload/build-identity.ts'
import { originOf, provenanceOf } from '../workload/build-identity.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { emitAllowed } from './emit-verdict.ts'
import type { Call } from './call.ts'
import type { IssuerPolicy, Policy } from '../config/trusted-issuers.ts'
import { checkReplay, checkStrict, withDefaults } from '../config/trusted-issuers.ts'
import type { OneTimeClaim } from '../model/one-time-claim.ts'
import { claimOnce } from '../replay/replay.ts'
import { resolveRules } from './resolve-rules.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { RuleList } from '../rule/rule-list.ts'
import type { Verdict } from '../model/verdict.ts'
import { decideList, decideCached, faultsOf, matchingRule } from '../rule/verdict.ts'
import type { Awaitable } from '../util/awaitable.ts'

/** An identity; `undefined` for a call that may have none; or a refusal. */
export type Outcome = AnyWorkload | undefined | Refusal

/** What stands between a token and its identity, and is the same for all tokens of an issuer. */
export interface Station extends IssuerPolicy {
  readonly provenance: Provenance
}

/** The purpose of a verifier that admits each token once. */
const anyUse: OneTimeClaim = { scope: 'verifier', per: 'token' }

/** Asks `deny`, then `trust`. */
export function authorize(identity: AnyWorkload, station: Station, call: Call): Awaitable<Outcome> {
  const { policy } = call
  const { rules, lookups, provenance } = station
  const { denies } = policy
  if (denies.rules.length > 0) {
    const denied = decideCached(denies, identity, provenance)
    if (denied.reason === 'denied') return refused('workload_denied', denies, identity, denied, policy)
    const origin = originOf(identity)
    // A denied job is denied behind a service too.
    const deniedOrigin = origin && decideCached(denies, origin, provenanceOf(origin) as Provenance)
    if (deniedOrigin?.reason === 'denied') return refused('workload_denied', denies, identity, deniedOrigin, policy)
  }
  const { free, once } = rules.parts
  const verdict = decideCached(free, identity, provenance)
  if (verdict.allowed) return allow(identity, verdict, call)
  const rule = once && matchingRule(once, identity, provenance)
  if (rule !== undefined) return allowOnce(identity, provenance, rule, call)
  if (lookups.length > 0) return lookUp(identity, station, call)
  return refused('workload_forbidden', rules, identity, decideCached(rules, identity, provenance), policy)
}

async function lookUp(identity: AnyWorkload, { rules, lookups, provenance }: Station, call: Call): Promise<Outcome> {
  const { policy } = call
  const { clock, fault } = policy
  const accept = (rule: CompiledRule): void => {
    if (policy.strict) checkStrict(rule)
    checkReplay(rule.settings, policy)
  }
  let asked = rules
  for (const lookup of lookups) {
    const found = await resolveRules(() => lookup.find(identity), accept, { clock, fault, workload: identity })
    if (found instanceof Refusal) return found
    asked = new RuleList([...asked.rules, ...found.map((rule) => withDefaults(rule, lookup.settings, policy))])
    const { free, once } = asked.parts
    const verdict = decideList(free, identity, provenance)
    if (verdict.allowed) return allow(identity, verdict, call)
    const rule = once && matchingRule(once, identity, provenance)
    if (rule !== undefined) return allowOnce(identity, provenance, rule, call)
  }
  return refused('workload_forbidden', asked, identity, decideList(asked, identity, provenance), policy)
}

function allow(identity: AnyWorkload, verdict: Verdict, call: Call): Awaitable<Outcome> {
  return call.policy.replay?.tokens === 'once'
    ? claim(identity, anyUse, verdict, call)
    : admitted(identity, verdict, call)
}

function allowOnce(identity: AnyWorkload, provenance: Provenance, rule: CompiledRule, call: Call): Promise<Outcome> {
  const once = call.policy.replay?.tokens === 'once' ? anyUse : (rule.once as OneTimeClaim)
  return claim(identity, once, decideList(new RuleList([rule]), identity, provenance), call)
}

/** Takes the one use of a token, after all else has been decided. */
async function claim(identity: AnyWorkload, once: OneTimeClaim, verdict: Verdict, call: Call): Promise<Outcome> {
  return (await claimOnce(identity, once, call.policy, new Set())) ?? admitted(identity, verdict, call)
}

function admitted(identity: AnyWorkload, verdict: Verdict, call: Call): AnyWorkload {
  emitAllowed(call, identity, verdict, { layer: 'trust' })
  return identity
}

function refused(
  code: 'workload_denied' | 'workload_forbidden',
  asked: RuleList,
  workload: AnyWorkload,
  verdict: Verdict,
  { fault }: Policy,
): Refusal {
  if (asked.hasCode) faultsOf(verdict).forEach((each) => fault(each))
  return refuse(code, { workload, verdict })
}
