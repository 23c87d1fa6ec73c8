/**
 * Checks a condition by what its key accepts. Core makes the final check; these checks report the
 * place and the fix in the words of a document.
 */

import type { Shape } from '@jobpass/core/internal'
import { asText, formFault, hasShape, isPlainObject, formatBare } from '@jobpass/core/internal'
import { broken } from './document.ts'
import type { Path, Report } from './fault.ts'
import type { Slot } from './shape.ts'
import { didYouMean, quote, show } from './text.ts'

/** Context of a check. */
export interface Checking {
  /** Reports a fault. */
  readonly report: Report
  /** How a value is written in the text, if there is a text: `007` is not the number 7. */
  readonly written: (path: Path) => string | undefined
}

/** Writes a value or pattern as documents do. */
const inDocument = (text: string, isPattern: boolean): string =>
  isPattern ? `{ "glob": ${quote(text)} }` : quote(text)

/** Patterns for a whole value; `**` must be a whole segment. */
export const globForm = '^(?:\\*\\*|(?:[^/*]|\\*(?!\\*))*)(?:/(?:\\*\\*|(?:[^/*]|\\*(?!\\*))*))*$'

const glob = new RegExp(globForm, 'u')
const operators = ['glob', 'not', 'present', 'allOf', 'semver'] as const

/** Checks a condition and all values in it. */
export function checkCondition(value: unknown, slot: Slot, path: Path, checking: Checking): void {
  if (value === broken) return
  if (slot.tenant !== undefined) return checkTenant(value, slot.tenant, path, checking)
  if (!isPlainObject(value)) return checkExact(value, slot, path, checking)
  const keys = Object.keys(value)
  const [key] = keys
  const operator = operators.find((each) => each === key)
  if (keys.length !== 1 || operator === undefined) return reportOperator(keys, slot, path, checking.report)
  const inner = value[operator]
  const innerPath = [...path, operator]
  if (inner === broken) return
  if (operator === 'glob') return checkGlob(inner, slot, innerPath, checking.report)
  if (operator === 'present') return checkPresence(inner, slot, innerPath, checking.report)
  if (operator === 'semver') return checkVersion(inner, slot, innerPath, checking.report)
  if (operator === 'allOf') return checkAll(inner, slot, innerPath, checking)
  if (isPlainObject(inner) && !isGlob(inner))
    return checking.report(
      innerPath,
      `takes ${slot.patterns ? 'a value, a list or { "glob": … }' : 'a value or a list'}`,
    )
  checkExact(inner, slot, innerPath, checking)
}

function isGlob(value: unknown): value is { readonly glob: unknown } {
  return isPlainObject(value) && Object.keys(value).length === 1 && Object.hasOwn(value, 'glob')
}

/** Checks that several conditions hold at once. */
function checkAll(value: unknown, slot: Slot, path: Path, checking: Checking): void {
  if (!Array.isArray(value) || value.length < 2) return checking.report(path, 'takes a list of two conditions or more')
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    const place = [...path, index]
    if (isPlainObject(item) && Object.hasOwn(item, 'allOf')) checking.report(place, 'takes no other "allOf": write one')
    else checkCondition(item, slot, place, checking)
  }
}

function checkVersion(value: unknown, slot: Slot, path: Path, report: Report): void {
  if (!slot.patterns)
    return report(path, 'is not a condition here: this takes exact values only, one or a list of them', 'key')
  if (!isPlainObject(value))
    return report(path, `takes {} or an object, such as { "prefix": "api-v" }, not ${show(value)}`)
  for (const [key, part] of Object.entries(value)) {
    const place = [...path, key]
    if (part === broken) continue
    if (key === 'prefix') {
      if (typeof part !== 'string' || part.length > 100)
        report(place, `must be text of at most 100 characters, not ${show(part)}`)
    } else if (key === 'prerelease') {
      if (typeof part !== 'boolean') report(place, `must be true or false, not ${show(part)}`)
    } else report(place, `${quote(key)} is not a part of "semver". Known: prefix, prerelease`, 'key')
  }
}

/**
 * Checks a condition on a claim that no table lists: exact values of one JSON type. `known`
 * suggests the claim that may have been meant.
 */
export function checkUnlisted(value: unknown, known: string, path: Path, checking: Checking): void {
  if (value === broken) return
  if (isPlainObject(value))
    return checking.report(path, `is in no table, and takes exact values only, one or a list of them${known}`)
  const [first] = (Array.isArray(value) ? value : [value]) as readonly unknown[]
  const type = typeof first === 'number' || typeof first === 'boolean' ? typeof first : 'string'
  checkExact(value, { ...unlisted, type: type as Slot['type'] }, path, checking)
}

const unlisted: Omit<Slot, 'type'> = {
  patterns: false,
  known: [],
  closed: false,
  claim: undefined,
  tenant: undefined,
  form: undefined,
  mustBeThere: false,
}

/** The forms of a condition, for messages. */
function formsOf({ patterns }: Slot): string {
  return `a value, a list, ${patterns ? '{ "glob": … }, ' : ''}{ "not": … }, { "present": true } or { "allOf": […] }`
}

function reportOperator(keys: readonly string[], slot: Slot, path: Path, report: Report): void {
  const [key] = keys
  if (key === 'anyEvent' && keys.length === 1)
    return report(path, 'takes no "anyEvent": that is for the verifier\'s trust; name the events that may call')
  if (key === undefined || keys.length > 1)
    return report(path, `${key === undefined ? 'is empty' : 'has several conditions at once'}: write ${formsOf(slot)}`)
  const near = didYouMean(key, operators) || '.'
  report([...path, key], `${quote(key)} is not a condition${near} Write ${formsOf(slot)}`, 'key')
}

/**
 * Reports the first number or boolean where text is expected, with the correct spelling. Returns
 * whether there was one.
 */
export function reportBare(value: unknown, path: Path, { report, written }: Checking): boolean {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const bare = list.findIndex((item) => typeof item === 'number' || typeof item === 'boolean')
  if (bare < 0) return false
  const place = Array.isArray(value) ? [...path, bare] : path
  report(place, notText(list[bare], written(place)))
  return true
}

function checkTenant(value: unknown, shape: Shape, path: Path, checking: Checking): void {
  if (reportBare(value, path, checking)) return
  const { report } = checking
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const valid = (item: unknown): boolean => item === broken || hasShape(item, shape)
  if (list.length === 0 || !list.every(valid))
    report(path, `chooses the issuer: write the exact value (${shape.called}), or a list of them, not ${show(value)}`)
}

function checkExact(value: unknown, slot: Slot, path: Path, checking: Checking): void {
  if (!Array.isArray(value)) return checkItem(value, slot, path, checking)
  if (value.length === 0) checking.report(path, 'is an empty list, which would never match: leave the key out')
  value.forEach((item, index) => checkItem(item, slot, [...path, index], checking))
}

function checkItem(value: unknown, slot: Slot, path: Path, checking: Checking): void {
  if (!isGlob(value)) return checkValue(value, slot, path, checking)
  if (value.glob !== broken) checkGlob(value.glob, slot, [...path, 'glob'], checking.report)
}

function checkValue(value: unknown, slot: Slot, path: Path, { report, written }: Checking): void {
  const { type } = slot
  if (value === broken) return
  if (value === null) report(path, nothing(written(path)))
  else if (value === '') report(path, 'is empty: write a value, or { "present": false } for "is absent"')
  else if (type === 'number' && typeof value === 'number' && !isExact(value))
    report(path, `is ${formatBare(value, written(path))}, which is too large to be compared exactly`)
  else if (typeof value === type) checkKnown(value as string, slot, path, report)
  else if (typeof value === 'object') report(path, `must be ${words[type]}, not ${show(value)}`)
  else if (type === 'string') report(path, notText(value, written(path)))
  else report(path, `must be ${words[type]}, not ${show(value)}`)
}

/** If the vendor documents all values of a claim, a rule for another value would never match. */
function checkKnown(value: string, { closed, known, form, patterns }: Slot, path: Path, report: Report): void {
  if (closed && !known.includes(value))
    return report(path, `is never ${show(value)}: it is ${known.map(quote).join(' or ')}`)
  const fault = formFault({ text: value, isPattern: false, globs: patterns }, form, inDocument)
  if (fault !== undefined) report(path, fault)
}

function notText(value: unknown, written: string | undefined): string {
  return `is ${formatBare(value, written)}, but must be text: ${asText(value, written, quote)}`
}

/** YAML reads `~` and `null` as null. */
function nothing(written: string | undefined): string {
  const quoted = written === undefined || written === '' ? '' : `, or quote it if it is text, ${quote(written)}`
  return `is null: leave the key out, or write { "present": false } for "is absent"${quoted}`
}

/** Whether a number has kept its digits. */
export function isExact(value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value)
}

const words = { string: 'text', number: 'a number, without quotes', boolean: 'true or false, without quotes' } as const

function checkGlob(value: unknown, slot: Slot, path: Path, report: Report): void {
  if (!slot.patterns)
    report(path, 'is not a condition here: this takes exact values only, one or a list of them', 'key')
  else if (typeof value !== 'string' || value === '')
    report(path, `must be a pattern, such as "release/*", not ${show(value)}`)
  else if (!glob.test(value))
    report(path, "has '**' within a segment: it must be a whole segment between separators ('/')")
  else {
    const fault = formFault({ text: value, isPattern: true, globs: true }, slot.form, inDocument)
    if (fault !== undefined) report(path, fault)
  }
}

function checkPresence(value: unknown, slot: Slot, path: Path, report: Report): void {
  if (typeof value !== 'boolean') report(path, `must be true or false, not ${show(value)}`)
  else if (!value && slot.mustBeThere)
    report(path, 'must be true: a run without an event never matches; name the events that may call')
}
