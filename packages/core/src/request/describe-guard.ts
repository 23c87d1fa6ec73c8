/** Describes guards in words, so that an event says which guard of a route decided. */

import { escapeText, toPlainText } from '../util/escape.ts'
import { reportedRule } from '../rule/report-only.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { isRuleSet } from '../rule/rule-set.ts'

/** Computes a value once, when it is first needed. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** Describes the arguments of `requireWorkload`, in at most 200 characters. */
export function describeGuard(args: readonly unknown[]): string {
  return escapeText(args.map(describe).join(' or '))
}

function describe(arg: unknown): string {
  if (typeof arg === 'function') return arg.name === '' ? 'a look-up' : `the look-up ${arg.name}`
  if (isRuleSet(arg)) return `the rules ${toPlainText(arg.name)}`
  const reported = reportedRule(arg)
  if (reported !== undefined) return `report only ${describeRule(reported)}`
  return describeRule(compiledRule(arg) as CompiledRule)
}

function describeRule({ table, checks }: CompiledRule): string {
  const written = checks.filter(({ operator, field }) => operator !== 'ordinary' && field !== 'issuer')
  return [table.table.id, ...written.map(({ field, expected }) => `${field} ${toPlainText(expected)}`)].join(' ')
}
