/** A rule that is being made, and whether a policy accepts it. */

import { loadPolicy } from '@jobpass/policy'
import type { Remark } from './condition.ts'
import type { KnownIssuer } from './issuers.ts'
import { providers } from '@jobpass/policy/built-in'
import type { Alternative } from './normal-form.ts'
import { exampleOf } from './example.ts'

/** A rule, with the audiences that the original accepts for it. */
export interface Rule {
  /** The rule as in a document. */
  readonly conditions: Readonly<Record<string, unknown>>
  /** The audiences; `undefined` for any. */
  readonly audiences: readonly string[] | undefined
}

/** Says why a policy refuses a rule; nothing for one that it accepts. */
export function faultsOf(
  conditions: Readonly<Record<string, unknown>>,
  alternative: Alternative,
  known: KnownIssuer,
): readonly Remark[] {
  const reason = faultOf(conditions)
  if (reason === undefined) return []
  const { pins, title } = known.table.table
  if (!reason.includes('must pin'))
    return [{ level: 'refused', message: `A policy refuses the rule: ${reason}`, fix: 'Write the rule by hand.' }]
  const fix = `Add a condition on ${pins.slice(0, 4).join(', ')}.`
  if ('subject' in conditions)
    return [{ level: 'refused', message: `The subject names no tenant of ${title} by a form that is known.`, fix }]
  return [
    { level: 'refused', message: `The original pins no tenant of ${title}, and a rule must.`, fix },
    {
      level: 'accident',
      message: `The original admits jobs of any tenant of ${title}.`,
      fix: 'Name the owner or repository, best by id.',
      example: exampleOf(alternative, known),
    },
  ]
}

function faultOf(conditions: Readonly<Record<string, unknown>>): string | undefined {
  try {
    const named = providers.filter(({ id }) => id === conditions['provider'])
    loadPolicy({ rules: { imported: [conditions] } }, { providers: named })
    return undefined
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return error.message.replace(/^.*?rules\.imported\[0\]\.?/s, '').replace(/^:\s*/, '')
  }
}
