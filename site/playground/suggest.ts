/** The tightest rule for jobs like the one in the page, whatever the rule in the editor says. */

import { parseRule, pinById, suggestionNotes, suggestRule } from '@jobpass/core'
import type { RuleJson } from '@jobpass/core'
import { identify } from '@jobpass/cli/claims'
import { providers } from '@jobpass/policy/built-in'
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
  const provider = providerOf(trial)
  const workload = outcome?.workload ?? (await identify(trial.claims, issuerOf(trial.claims, provider), provider))
  if (workload === undefined) return undefined
  const { claims } = trial
  const { fixedAudience } = provider.table
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
