/** A rule that is being made, and whether a policy accepts it. */

import { loadPolicy } from '@jobpass/policy'
import { builtIn } from './issuers.ts'

/** A rule, with the audiences that the original accepts for it. */
export interface Rule {
  /** The rule as in a document. */
  readonly conditions: Readonly<Record<string, unknown>>
  /** The audiences; `undefined` for any. */
  readonly audiences: readonly string[] | undefined
}

/** Says why a policy refuses a rule; `undefined` for one that it accepts. */
export function faultOf(
  conditions: Readonly<Record<string, unknown>>,
): { readonly message: string; readonly fix: string } | undefined {
  try {
    loadPolicy({ rules: { imported: [conditions] } }, { providers: builtIn })
    return undefined
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const reason = error.message.replace(/^.*?rules\.imported\[0\]/s, '').replace(/^:\s*/, '')
    return { message: `A policy refuses the rule of it: ${reason}`, fix: 'Write the rule by hand, with a tenant.' }
  }
}
