/** Guards in words, so that an event says which of a route's guards decided. */

import { escapeText, toPlainText } from '../util/escape.ts'
import { oneTimeRule } from '../rule/one-time.ts'
import { reportedRule } from '../rule/report-only.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { isRuleSet } from '../rule/rule-set.ts'

/** Works something out once, when it is first asked for. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** The arguments of `requireWorkload`, at most 200 characters of them. */
export function describeGuard(args: readonly unknown[]): string {
  return escapeText(args.map(describe).join(' or '))
}

function describe(arg: unknown): string {
  if (typeof arg === 'function') return arg.name === '' ? 'a look-up' : `the look-up ${arg.name}`
  if (isRuleSet(arg)) return `the rules ${toPlainText(arg.name)}`
  const reported = reportedRule(arg)
  if (reported !== undefined) return `report only ${describeRule(reported)}`
  return describeRule((oneTimeRule(arg) ?? compiledRule(arg)) as CompiledRule)
}

function describeRule({ table, checks }: CompiledRule): string {
  const written = checks.filter(({ operator, field }) => operator !== 'ordinary' && field !== 'issuer')
  return [table.table.id, ...written.map(({ field, expected }) => `${field} ${toPlainText(expected)}`)].join(' ')
}
