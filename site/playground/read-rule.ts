/** From the text of the editor to rules. */

import type { ReportOnlyRule, TrustRule } from '@jobpass/core'
import { inspectRule } from '@jobpass/policy'
import type { RuleFault } from './rule-fault.ts'
import type { Language } from './state.ts'
import { readTypeScript } from './typescript-rule.ts'

/** What the editor contains. */
interface RuleText {
  /** The rules that decide. */
  readonly rules: readonly TrustRule[]
  /** The number of rules that only report, and so admit no call. */
  readonly reporting: number
  /** The names of the sets, in a document. */
  readonly sets: readonly string[]
  /** The set that was read; empty outside of a document. */
  readonly set: string
}

/** Rules, or the faults of the text. */
export type ReadRule = RuleText | { readonly faults: readonly RuleFault[] }

/** Reads the rules of a text; of a document, those of one set, by default the first one. */
export async function readRule(text: string, language: Language, wanted = ''): Promise<ReadRule> {
  if (language === 'typescript') {
    const read = readTypeScript(text)
    return 'faults' in read ? read : { ...separate(read.rules), sets: [], set: '' }
  }
  const { readDocument } = await import('./read-document.ts')
  const read = readDocument(text, language)
  if ('faults' in read) return read
  const sets = Object.keys(read.sets)
  const set = sets.includes(wanted) ? wanted : (sets[0] as string)
  return { ...separate(read.sets[set] ?? []), sets, set }
}

function separate(rules: readonly (TrustRule | ReportOnlyRule)[]): Pick<RuleText, 'rules' | 'reporting'> {
  const deciding = rules.filter((rule): rule is TrustRule => !inspectRule(rule).reports)
  return { rules: deciding, reporting: rules.length - deciding.length }
}
