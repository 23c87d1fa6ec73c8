/** From what is in the fields of the page to what it shows. */

import type { RuleJson } from '@jobpass/core'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById } from '@jobpass/policy/built-in'
import type { ReadRule } from './read-rule.ts'
import { readRule } from './read-rule.ts'
import type { Claims, Pasted } from './read-token.ts'
import { readToken } from './read-token.ts'
import type { Outcome } from './run.ts'
import { providerOf, run } from './run.ts'
import type { Snippets } from './snippets.ts'
import { snippetsOf } from './snippets.ts'
import type { Language, State } from './state.ts'
import type { Suggestion } from './suggest.ts'
import { suggest } from './suggest.ts'
import { writeRules } from './write-rule.ts'

/** The fields of the page. */
export interface Fields extends Omit<State, 'claims'> {
  /** The text that was pasted. */
  readonly text: string
}

/** What the page shows. */
export interface View {
  readonly pasted: Pasted
  readonly read: ReadRule
  /** The platform of the token. */
  readonly provider: AnyProvider
  /** The decision; `undefined` while a field has a fault. */
  readonly outcome: Outcome | undefined
  /** Why the verifier refuses its options. */
  readonly fault: string | undefined
  readonly suggestion: Suggestion | undefined
  readonly snippets: Snippets | undefined
}

/** Evaluates the fields. Never rejects. */
export async function evaluate(fields: Fields): Promise<View> {
  const { text, rule, language, set, audience, checkedAt } = fields
  const choice = providerById(fields.provider) as AnyProvider
  const pasted = readToken(text)
  const read = await readRule(rule, language, set)
  const rules = 'rules' in read ? read.rules : []
  const { claims } = pasted
  const nothing = { outcome: undefined, fault: undefined, suggestion: undefined, snippets: undefined }
  const base = { ...nothing, pasted, read, snippets: rules.length > 0 ? snippetsOf(rules, audience) : undefined }
  if (claims === undefined) return { ...base, provider: choice }
  const trial = { claims, rules, provider: choice, audience, checkedAt }
  const provider = providerOf(trial)
  if (rules.length === 0) return { ...base, provider, suggestion: await suggest(trial) }
  const outcome = await run(trial)
  if ('fault' in outcome) return { ...base, provider, fault: outcome.fault, suggestion: await suggest(trial) }
  return { ...base, provider, outcome, suggestion: await suggest(trial, outcome) }
}

/** A state as fields keep it; only claims, whatever the text is. */
export function stateOf(fields: Fields, claims: Claims | undefined): State {
  const { provider, language, rule, set, audience, checkedAt } = fields
  return { claims, provider, language, rule, set, audience, checkedAt }
}

/**
 * The same rules in another language; `undefined` for a text with faults, which stays as it is.
 * Comments are lost, and so are sets other than the current one.
 */
export function translated(read: ReadRule, language: Language): string | undefined {
  if (!('rules' in read) || read.rules.length === 0 || read.reporting > 0 || read.sets.length > 1) return undefined
  return writeRules(
    read.rules.map((rule): RuleJson => rule.toJSON()),
    language,
  )
}
