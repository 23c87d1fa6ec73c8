/** The linter: a table of checks, run over rules. */

import type { Finding, Found, Lint } from './finding.ts'
import { lintTable } from './lint-table.ts'
import type { LintableRule, LintInput } from './subject.ts'
import { readSubject } from './subject.ts'

/**
 * Finds rules that are unsafe, or surely not what was meant. Takes rules, or the options of a verifier with the rules of its routes by name, which tells more: what
 * `trust` pins a route need not, and what no route narrows is the last word.
 *
 * It looks into every wrapper of a rule, and into handles on sets of a policy: the rules that are in force now. Look-ups
 * and resolvers find their rules per request; a finding says that lint cannot look into them.
 *
 * Throws a `TypeError` for something that is no rule, and for an unknown option.
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
