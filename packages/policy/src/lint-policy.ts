/** The linter over a policy: its sets are the rules of routes. */

import type { Finding } from './lint/finding.ts'
import { lintRules } from './lint/lint-rules.ts'
import type { LintInput } from './lint/subject.ts'
import type { Policy } from './policy.ts'

/**
 * Finds what is unsafe in a policy, or surely not meant; given the options of the verifier as well, it knows what `trust` pins and lets through. Throws a `TypeError` for an
 * option nobody reads.
 *
 * @example
 * ```ts
 * const errors = lintPolicy(policy, { trust, audience: 'https://api.acme.dev' }).filter(({ level }) => level === 'error')
 * ```
 */
export function lintPolicy(policy: Pick<Policy, 'entries'>, options: LintInput = {}): readonly Finding[] {
  return lintRules({ ...options, routes: { ...options.routes, ...policy.entries } })
}
