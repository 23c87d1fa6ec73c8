/** Which rules and conditions of a policy the cases reach. */

import { inspectRule } from '@jobpass/policy'
import type { PolicyFile } from '../policy/read-policy.ts'
import type { Place } from '../policy/places.ts'
import { placesIn } from '../policy/places.ts'
import type { CaseResult } from './run-cases.ts'

/** Something that no case reaches. */
interface Gap extends Place {
  /** `deploy[0]`, or `deploy[0].branch`. */
  readonly what: string
  /** What is missing. */
  readonly message: string
}

/** The coverage of a policy. */
export interface Coverage {
  /** Rules that a case is allowed by, and all. */
  readonly rules: { readonly reached: number; readonly all: number }
  /** Conditions that a case is refused by, and all. */
  readonly conditions: { readonly reached: number; readonly all: number }
  /** What no case reaches, in the order of the text. */
  readonly gaps: readonly Gap[]
}

/** Computes the coverage. Rules that only report are left out: they decide on no case. */
export function coverageOf({ policy, text }: PolicyFile, results: readonly CaseResult[]): Coverage {
  const place = placesIn(text)
  const gaps: Gap[] = []
  const rules = { reached: 0, all: 0 }
  const conditions = { reached: 0, all: 0 }
  for (const [set, entries] of Object.entries(policy.entries)) {
    const ofSet = results.filter((result) => result.set === set && result.rules.length > 0)
    let decided = -1
    for (const [index, rule] of entries.entries()) {
      const facts = inspectRule(rule)
      if (facts.reports) continue
      decided++
      const verdicts = ofSet.map((result) => result.rules[decided])
      rules.all++
      if (verdicts.some((verdict) => verdict?.matched === true)) rules.reached++
      else
        gaps.push({
          what: `${set}[${index}]`,
          message: 'no case is allowed by this rule',
          ...place(['rules', set, index]),
        })
      for (const [position, { field, operator }] of facts.checks.entries()) {
        if (implied.has(field)) continue
        conditions.all++
        // Settings of the server may follow the checks of the rule; the order of these is the same.
        if (verdicts.some((verdict) => verdict?.checks[position]?.passed === false)) conditions.reached++
        else {
          const message =
            operator === 'ordinary'
              ? `no case is refused by its ${field}, which outsiders can start`
              : 'no case is refused by this condition'
          gaps.push({
            what: `${set}[${index}].${field}`,
            message,
            ...place(['rules', set, index, ...field.split('.')]),
          })
        }
      }
    }
  }
  return { rules, conditions, gaps }
}

/** Checks that every rule has, and that no line of the document is for. */
const implied: ReadonlySet<string> = new Set([
  'issuer',
  'provider',
  'audience',
  'audiences',
  'tokenLifetime',
  'tokenAge',
])
