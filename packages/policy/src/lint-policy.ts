/** Lints a policy: its sets are the rules of routes. */

import type { Finding } from './lint/finding.ts'
import { lintRules } from './lint/lint-rules.ts'
import type { LintInput } from './lint/subject.ts'
import type { Policy } from './policy.ts'

/**
 * Finds rules of a policy that are unsafe, or surely not intended. With the verifier's options,
 * lint also knows what `trust` pins and admits.
 *
 * @throws {TypeError} for an unknown option.
 *
 * @example
 * ```ts
 * const findings = lintPolicy(policy, { trust, audience: 'https://api.acme.dev' })
 * const errors = findings.filter(({ level }) => level === 'error')
 * ```
 */
export function lintPolicy(policy: Pick<Policy, 'entries'>, options: LintInput = {}): readonly Finding[] {
  return lintRules({ ...options, routes: { ...options.routes, ...policy.entries } })
}
