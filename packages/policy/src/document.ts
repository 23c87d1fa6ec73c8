/** Copies a document to plain data: own members only, and only what JSON can express. */

import type { Path, Report } from './fault.ts'
import { asText, isPlainObject } from '@jobpass/core/internal'
import { quote, show } from './text.ts'

/**
 * Replaces a value whose fault is already reported, so that it is not reported twice; as a key, it
 * replaces a key that was omitted.
 */
export const broken: unique symbol = Symbol('broken')

/** Keys with a special meaning for JavaScript objects. */
export const reservedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

const deepest = 16
const most = 1_000_000

/**
 * Copies a JSON value: frozen, without prototypes, each member read once. Faults are reported and
 * replaced by `broken`. `written` returns how a value is spelled in the text.
 */
export function readDocument(value: unknown, report: Report, written: Written = () => undefined): unknown {
  const read = { count: 0, report, written }
  const copy = copyValue(value, [], read)
  if (read.count <= most) return copy
  report([], `has more than ${most} values`)
  return broken
}

/** Returns how the value at a path is spelled, without quotes; `undefined` if there is no text. */
export type Written = (path: Path) => string | undefined

interface Reading {
  count: number
  readonly report: Report
  readonly written: Written
}

function copyValue(value: unknown, path: Path, read: Reading): unknown {
  if (++read.count > most || value === broken) return broken
  if (Array.isArray(value) || isPlainObject(value)) {
    if (path.length < deepest) return Array.isArray(value) ? copyList(value, path, read) : copyObject(value, path, read)
    read.report(path, `is nested deeper than ${deepest} levels`)
    return broken
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  read.report(path, strangeValue(value, read.written(path)))
  return broken
}

function copyList(list: readonly unknown[], path: Path, read: Reading): unknown {
  const copy: unknown[] = []
  // By index, so that holes count; and only up to the limit, whatever `length` is.
  for (let index = 0; index < list.length && read.count <= most; index++)
    copy.push(copyValue(list[index], [...path, index], read))
  return Object.freeze(copy)
}

function copyObject(object: Readonly<Record<string, unknown>>, path: Path, read: Reading): unknown {
  const copy = Object.create(null) as Record<string, unknown>
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === 'string' && !reservedKeys.has(key)) {
      copy[key] = copyValue(object[key], [...path, key], read)
      continue
    }
    incomplete.add(copy)
    if (typeof key === 'string') read.report([...path, key], `${quote(key)} is not a key here: leave it out`, 'key')
    else if (key !== broken) read.report(path, `has the key ${String(key)}, which is not text`)
  }
  return Object.freeze(copy)
}

function strangeValue(value: unknown, written: string | undefined): string {
  if (typeof value === 'number' && written !== undefined)
    return `is ${written}, which reads as a number that JSON does not have: quote it, ${quote(written)}`
  if (value === undefined) return 'is undefined: leave the key out, or write a value'
  if (typeof value === 'number') return `is a number that JSON does not have: ${asText(value)}`
  if (typeof value === 'bigint') return `is the number ${value}: quote it, "${value}"`
  return `is ${show(value)}, and a document can contain only text, numbers, true, false, lists and objects`
}

/** Copies without a key of the original. */
const incomplete = new WeakSet<object>()

/** Whether a value and everything in it is free of reported faults. */
export function isWhole(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== broken
  return !incomplete.has(value) && Object.values(value).every(isWhole)
}
