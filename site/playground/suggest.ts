/** The tightest rule for jobs like the one in the page, whatever the rule in the editor says. */

import { createVerifier, parseRule, pinById, suggestionNotes, suggestRule } from '@jobpass/core'
import type { AnyWorkload, RuleJson, TrustLookup, TrustRule } from '@jobpass/core'
import { issuerFor, mintClaims } from './issuer.ts'
import type { AnyProvider } from './providers.ts'
import { providers, tenantOf } from './providers.ts'
import type { Claims } from './read-token.ts'
import type { Outcome, Trial } from './run.ts'
import { issuerOf, providerOf } from './run.ts'

/** A suggested rule. */
export interface Suggestion {
  /** The tightest rule. */
  readonly rule: RuleJson
  /** Why it is no rule: jobs of some platforms have nothing that pins them. */
  readonly fault: string | undefined
  /** What to check before it is stored. */
  readonly notes: readonly string[]
  /** The rule of the editor with ids instead of names, where they differ and it matches. */
  readonly pinned: RuleJson | undefined
}

/** Suggests a rule; `undefined` for claims that no verifier accepts. */
export async function suggest(trial: Trial, outcome?: Outcome): Promise<Suggestion | undefined> {
  const workload = outcome?.workload ?? (await identify(trial.claims, providerOf(trial)))
  if (workload === undefined) return undefined
  const { claims } = trial
  const { fixedAudience } = providerOf(trial).table
  // A verifier wants it for platforms whose jobs cannot choose an audience.
  const settings = fixedAudience && {
    settings: { audience: claims['aud'] as string, sharedAudience: 'accepted' as const },
  }
  const rule = { ...suggestRule(workload), ...settings }
  return { rule, fault: faultOf(rule), notes: suggestionNotes(workload), pinned: pinned(trial, outcome) }
}

function faultOf(rule: RuleJson): string | undefined {
  try {
    parseRule(rule, providers)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function pinned({ rules }: Trial, outcome: Outcome | undefined): RuleJson | undefined {
  const [rule] = rules
  if (rules.length !== 1 || rule === undefined || outcome?.allowed !== true || outcome.workload === undefined)
    return undefined
  try {
    const json = pinById(rule, outcome.workload)
    return JSON.stringify(json) === JSON.stringify(rule.toJSON()) ? undefined : json
  } catch {
    // Rules that have no JSON stay as they are.
    return undefined
  }
}

/** An audience for the identity only: the rules of the editor have decided on the job's own. */
const audience = 'https://playground.example'

/**
 * The identity in claims. The verifier admits no job here: only the event that reports the refusal
 * is of use.
 */
async function identify(claims: Claims, provider: AnyProvider): Promise<AnyWorkload | undefined> {
  const { fixedAudience } = provider.table
  const iss = issuerOf(claims, provider)
  const issued = Number.isFinite(claims['iat']) ? (claims['iat'] as number) * 1000 : 0
  let workload: AnyWorkload | undefined
  try {
    const { fetch } = await issuerFor(iss, provider)
    const settings = {
      maxLifetime: 604_800,
      ...(fixedAudience && { audience: claims['aud'], sharedAudience: 'accepted' }),
    }
    const verifier = createVerifier({
      audience,
      trust: everyJobOf(iss, provider, settings),
      fetch,
      clock: { now: () => issued, after: () => () => {} },
      onVerdict: (event) => (workload = event.workload),
      onWarning: () => {},
    })
    const token = await mintClaims(fixedAudience ? claims : { ...claims, aud: audience }, iss, provider)
    await verifier.authorize(`Bearer ${token}`)
  } catch {
    // Refused, as expected.
  }
  return workload
}

/** What trusts an issuer, without conditions on its jobs. */
function everyJobOf(iss: string, provider: AnyProvider, settings: object): TrustRule | TrustLookup {
  if (provider.issuer === iss) return provider.lookup(() => [], settings)
  const tenant = tenantOf(provider, iss)
  return tenant === undefined
    ? provider.at(iss).lookup(() => [], settings)
    : provider(Object.fromEntries([tenant]), settings)
}
