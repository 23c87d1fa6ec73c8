/**
 * The trust rules behind a rule: a route's caller was admitted by a trust rule, and both must hold.
 */

import { conflictOf } from './conflict.ts'
import type { LintedRule, Subject } from './subject.ts'
import type { Term } from './terms.ts'

/**
 * Whether no further rule narrows this one: a route's rule, or a trust rule if the input has no
 * routes.
 */
export function isLastWord({ role }: LintedRule, { hasRoutes }: Subject): boolean {
  return role === 'route' || (role === 'trust' && !hasRoutes)
}

/** The trust rules that may have admitted a caller of a route's rule. */
export function trustBehind(rule: LintedRule, { rules }: Subject): readonly LintedRule[] {
  if (rule.role !== 'route') return []
  return sameIssuer(rule, rules).filter(
    (other) => conflictOf([...other.terms, ...rule.terms], rule.shape) === undefined,
  )
}

/** The trust rules for the issuer of a rule's tokens. */
export function sameIssuer({ token }: LintedRule, rules: readonly LintedRule[]): readonly LintedRule[] {
  const shared = (issuers: readonly string[] | undefined): boolean =>
    issuers === undefined || token.issuers === undefined || issuers.some((issuer) => token.issuers?.includes(issuer))
  return rules.filter(
    (other) => other.role === 'trust' && other.token.table === token.table && shared(other.token.issuers),
  )
}

/** Whether a rule, or all trust rules that may have admitted its callers, satisfies a predicate. */
export function isLimited(
  rule: LintedRule,
  subject: Subject,
  test: (terms: readonly Term[], rule: LintedRule) => boolean,
): boolean {
  if (test(rule.terms, rule)) return true
  const behind = subject.hasLookups ? [] : trustBehind(rule, subject)
  return behind.length > 0 && behind.every((other) => test(other.terms, other))
}
