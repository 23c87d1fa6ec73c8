/** The linter: runs a table of checks on rules. */

import type { Finding, Found, Lint } from './finding.ts'
import { lintTable } from './lint-table.ts'
import type { LintableRule, LintInput } from './subject.ts'
import { readSubject } from './subject.ts'

/**
 * Finds rules that are unsafe, or surely not intended. Takes rules, or the options of a verifier
 * together with the rules of its routes by name. The latter is more precise: a route need not
 * repeat the pins of `trust`, and `trust` may be wide if every route is narrow.
 *
 * It inspects wrapped rules, and the current rules of policy handles. Lookups and resolvers find
 * their rules per request; a finding says that lint cannot inspect them.
 *
 * @throws {TypeError} for anything except a rule, and for an unknown option.
 *
 * @example
 * ```ts
 * const findings = lintRules({
 *   audience: 'https://api.acme.dev',
 *   trust: githubActions({ ownerId: '1234567' }),
 *   routes: { deploy: githubActions({ repository: 'acme/shop', environment: 'production' }) },
 * })
 * const lines = findings.map(({ id, where, message, fix }) => `${id} ${where}: ${message} ${fix}`)
 * ```
 */
export function lintRules(input: LintInput | LintableRule | readonly LintableRule[]): readonly Finding[] {
  const subject = readSubject(input)
  const overall = lintTable.flatMap((lint) => (lint.all?.(subject) ?? []).map((found) => finish(lint, found, '')))
  const single = subject.rules.flatMap((rule) =>
    lintTable.flatMap((lint) => (lint.rule?.(rule, subject) ?? []).map((found) => finish(lint, found, rule.place))),
  )
  return [...overall, ...single]
}

function finish({ id, level, title, attack }: Lint, found: Found, place: string): Finding {
  const prevented = found.attack ?? attack
  const { message, fix, where = place } = found
  return { id, level, title, where, message, ...(prevented && { attack: prevented }), fix }
}
