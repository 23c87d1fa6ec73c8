/** Compiles a condition on a value to a test. */

import type { Glob, Not, SemVer } from './condition.ts'
import { compileGlob, matchGlob } from './glob.ts'
import { foldAscii, formatValue, formatBare, asText } from '../util/format.ts'
import { hasOnly, isPlainObject, isAbsent } from '../util/objects.ts'
import type { Operator } from '../model/verdict.ts'
import type { Comparison } from '../table/comparison.ts'
import { formFault } from './value-form.ts'
import { compileVersion } from './version.ts'

/** A compiled condition. */
export interface Test {
  /** How the condition compares. */
  readonly operator: Operator
  /** The condition as its JSON. */
  readonly expected: unknown
  /** The values that match, for an equality or a list. */
  readonly exact: readonly unknown[] | undefined
  /**
   * The same values in their compared form, to index rules by; `undefined` for other conditions.
   */
  readonly keys: ReadonlySet<unknown> | undefined
  /**
   * The values and patterns of which one must match, for a glob, or a list with globs, that is not
   * negated.
   */
  readonly patterns: readonly string[] | undefined
  /** Whether a value matches. */
  readonly passes: (actual: unknown) => boolean
}

type Matches = (value: unknown) => boolean

/**
 * Compiles one condition.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function compileCondition(condition: unknown, comparison: Comparison): Test {
  const operator = operatorOf(condition, comparison)
  const rest = { operator, expected: copy(condition), exact: undefined, keys: undefined, patterns: undefined }
  if (operator === 'present' || operator === 'absent') {
    const wanted = operator === 'present'
    return { ...rest, passes: (actual) => isAbsent(actual) !== wanted }
  }
  if (operator === 'semver') {
    const matches = compileVersion((condition as SemVer).semver, comparison)
    return { ...rest, passes: (actual) => holds(matches, actual) }
  }
  if (operator === 'not') {
    const inner = (condition as Not<unknown>).not
    const innerOperator = operatorOf(inner, comparison)
    if (innerOperator !== 'equals' && innerOperator !== 'oneOf' && innerOperator !== 'glob') {
      throw new TypeError(`${comparison.label}: not() takes a value, a list or a glob()`)
    }
    const { matches } = compileChoice(inner, comparison)
    return { ...rest, passes: (actual) => !isAbsent(actual) && !holds(matches, actual) }
  }
  const { matches, ...found } = compileChoice(condition, comparison)
  // No exact value is absent, but a pattern may match the empty text.
  const passes = found.exact
    ? (actual: unknown): boolean => holds(matches, actual)
    : (actual: unknown): boolean => !isAbsent(actual) && holds(matches, actual)
  return { ...rest, ...found, passes }
}

/**
 * The conditions of an `allOf()`, or the condition itself.
 *
 * @throws {TypeError} for one of fewer than two conditions, or inside of another.
 */
export function eachOf(condition: unknown, label: string): readonly unknown[] {
  if (!hasOnly(condition, 'allOf')) return [condition]
  const { allOf: conditions } = condition
  if (!Array.isArray(conditions) || conditions.length < 2)
    throw new TypeError(`${label}: allOf() takes two conditions or more`)
  // Array.from visits the holes of a sparse array.
  const list = Array.from(conditions as readonly unknown[])
  if (list.some((each) => hasOnly(each, 'allOf')))
    throw new TypeError(`${label}: allOf() takes no other allOf(): write one`)
  return list
}

/** Whether an exact value looks like a pattern. */
export function looksLikePattern(test: Test): boolean {
  return test.exact?.some((value) => typeof value === 'string' && /[*^$\\]/.test(value)) ?? false
}

/** On an array, one matching element is enough. */
function holds(matches: Matches, actual: unknown): boolean {
  return Array.isArray(actual) ? actual.some(matches) : matches(actual)
}

function operatorOf(
  condition: unknown,
  { label }: Comparison,
): 'equals' | 'oneOf' | 'glob' | 'semver' | 'not' | 'present' | 'absent' {
  if (condition === undefined || condition === null) {
    throw new TypeError(
      `${label} is ${String(condition)}: leave it out, or write a value (absent() for "is not there")`,
    )
  }
  if (Array.isArray(condition)) return 'oneOf'
  if (!isPlainObject(condition)) return 'equals'
  const keys = Reflect.ownKeys(condition)
  const key = keys[0]
  if (keys.length === 1) {
    if (key === 'glob' || key === 'not' || key === 'semver') return key
    if (key === 'present' && typeof condition['present'] === 'boolean')
      return condition['present'] ? 'present' : 'absent'
    if (key === 'anyEvent') throw new TypeError(`${label}: anyEvent() is for 'event' in a trust rule only`)
  }
  throw new TypeError(
    `${label}: ${formatValue(condition)} is no condition: write a value, a list, glob(), not(), present(), absent(), allOf() or semver()`,
  )
}

/** A value or pattern, or a list of them, of which one must match. */
interface Match extends Pick<Test, 'exact' | 'keys' | 'patterns'> {
  readonly matches: Matches
}

function compileChoice(condition: unknown, comparison: Comparison): Match {
  // Array.from visits the holes of a sparse array, which `map` and `every` skip.
  const list = Array.isArray(condition) ? Array.from(condition as readonly unknown[]) : [condition]
  if (list.length === 0) throw new TypeError(`${comparison.label}: an empty list would never match: leave the key out`)
  const globs = list.filter(isGlob)
  const exact = list.filter((value) => !isGlob(value))
  const keys = new Set(exact.map((value) => checkValue(value, comparison)))
  const listed = compileExact(keys, comparison)
  if (globs.length === 0) return { matches: listed, exact, keys, patterns: undefined }
  const patterns = globs.map((each) => compilePattern(each.glob, comparison))
  return {
    matches: (actual) => listed(actual) || patterns.some((matches) => matches(actual)),
    exact: undefined,
    keys: undefined,
    patterns: list.map((each) => (isGlob(each) ? each.glob : String(each))),
  }
}

function isGlob(value: unknown): value is Glob {
  return hasOnly(value, 'glob')
}

function compileExact(keys: ReadonlySet<unknown>, comparison: Comparison): Matches {
  const isKey = isOneOf(keys)
  // Most values are in lower case, as the keys are where letter case does not count.
  return comparison.foldCase ? (actual) => isKey(actual) || keys.has(fold(actual, comparison)) : isKey
}

/** The condition that a value is exactly one of these. */
export function isOneOf(values: Iterable<unknown>): (actual: unknown) => boolean {
  const known = new Set(values)
  const [only] = known
  return known.size === 1 ? (actual) => actual === only : (actual) => known.has(actual)
}

function compilePattern(pattern: unknown, comparison: Comparison): Matches {
  const { label, separator, values } = comparison
  if (separator === undefined) {
    const instead = values === undefined ? 'write the value, or a list of values' : `it is ${listed(values)}`
    throw new TypeError(`${label} takes exact values only, no glob(): ${instead}`)
  }
  if (typeof pattern !== 'string' || pattern === '')
    throw new TypeError(`${label}: glob() takes a pattern, not ${formatValue(pattern)}`)
  const folded = comparison.foldCase ? foldAscii(pattern) : pattern
  const compiled = compileGlob(folded, separator)
  const fault = formFault({ text: folded, isPattern: true, globs: true }, comparison.form)
  if (fault !== undefined) throw new TypeError(`${label} ${fault}`)
  return (actual) => typeof actual === 'string' && matchGlob(compiled, fold(actual, comparison) as string, separator)
}

function checkValue(value: unknown, comparison: Comparison): unknown {
  const { label, type, form, separator } = comparison
  if (value === undefined || value === null) {
    throw new TypeError(`${label} has ${String(value)} for a value: leave it out, or write a ${type}`)
  }
  if (type === 'string' && typeof value === 'number') {
    throw new TypeError(`${label} is ${formatBare(value)}, but the claim is text: ${asText(value)}`)
  }
  if (typeof value !== type || (type === 'number' && !Number.isFinite(value))) {
    throw new TypeError(`${label} must be a ${type}, not ${formatValue(value)}`)
  }
  if (value === '') throw new TypeError(`${label} is empty: write a value, or absent() for "is not there"`)
  const { values } = comparison
  if (values !== undefined && !values.includes(value as string))
    throw new TypeError(`${label} is never ${formatValue(value)}: it is ${listed(values)}`)
  const fault = formFault({ text: String(value), isPattern: false, globs: separator !== undefined }, form)
  if (fault !== undefined) throw new TypeError(`${label} ${fault}`)
  return fold(value, comparison)
}

function listed(values: readonly string[]): string {
  return values.map(formatValue).join(' or ')
}

function fold(value: unknown, { foldCase }: Comparison): unknown {
  return foldCase && typeof value === 'string' ? foldAscii(value) : value
}

function copy(condition: unknown): unknown {
  return typeof condition === 'object' ? (JSON.parse(JSON.stringify(condition)) as unknown) : condition
}
