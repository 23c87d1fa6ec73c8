/** A verdict as rows of text. */

import type { CheckResult, RuleVerdict, Verdict } from '@jobpass/core'
import { importNameOf, providerById } from '@jobpass/policy/built-in'

/** A check in words. */
interface CheckRow {
  readonly passed: boolean
  readonly field: string
  /** The value of the job. */
  readonly found: string
  /** What the rule wants; empty for a check that passed. */
  readonly wanted: string
  readonly hint: string | undefined
}

/** A rule in words. */
export interface RuleRow {
  readonly passed: boolean
  readonly title: string
  readonly checks: readonly CheckRow[]
}

/** The rules of a verdict with their checks. */
export function rowsOf(verdict: Verdict): readonly RuleRow[] {
  const { rules, nearest } = verdict
  return rules.map((rule, index) => ({
    passed: rule.matched,
    title: titleOf(rule, index, rules.length, rule === nearest),
    checks: rule.checks.map(rowOf),
  }))
}

function titleOf({ provider, matched }: RuleVerdict, index: number, count: number, isNearest: boolean): string {
  const name = providerById(provider)?.title ?? importNameOf(provider)
  const place = count === 1 ? `The rule for ${name}` : `Rule ${index + 1} of ${count}, for ${name},`
  return `${place} ${matched ? 'matched' : 'did not match'}${isNearest && count > 1 ? ', and is the nearest' : ''}`
}

const words: Readonly<Record<string, string>> = {
  equals: '',
  oneOf: 'one of ',
  glob: 'the pattern ',
  semver: 'a version, ',
  not: 'not ',
  includes: 'one of ',
  atMost: 'at most ',
}

function rowOf({ field, operator, expected, actual, passed, hint }: CheckResult): CheckRow {
  return {
    passed,
    field,
    found: actual === undefined ? 'is absent' : `is ${show(actual)}`,
    // The value of a check that passed says enough.
    wanted: passed ? '' : wantedOf(operator, expected),
    hint,
  }
}

function wantedOf(operator: string, expected: unknown): string {
  if (operator === 'present') return 'any value'
  if (operator === 'absent') return 'none'
  if (operator === 'ordinary')
    return Array.isArray(expected) ? `one of ${show(expected)}` : 'a run that outsiders cannot start'
  return `${words[operator] ?? `${operator} `}${show(expected)}`
}

/** A value on one line, short enough to read. */
function show(value: unknown): string {
  const text = Array.isArray(value) ? value.map(show).join(', ') : (JSON.stringify(value) ?? String(value))
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}
