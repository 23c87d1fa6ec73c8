/** The keys of a rule: what each speaks of, a field of the identity or a claim, and the condition on it. */

import type { CompiledTable } from '../provider/compiled-table.ts'
import { comparisonOf, readPath } from '../provider/compiled-table.ts'
import type { Test } from './condition.ts'
import { compileCondition } from './condition.ts'
import type { RuleCheck } from './rule.ts'
import type { ClaimTable } from '../provider/table.ts'
import { findRow } from '../provider/table.ts'
import type { ValueShape } from '../provider/value-shape.ts'
import { hasShape, valueShapes } from '../provider/value-shape.ts'
import { didYouMean, isPlainObject, own, show } from '../util/text.ts'
import { readOnlyFields } from '../identity/workload.ts'

/** What one key of the conditions speaks of: the field it names or mirrors, and its condition. */
export interface Target {
  readonly field: string
  /** What the rule as a whole makes of it, whether it pins and whether it is firm, is not known here. */
  readonly check: Omit<RuleCheck, 'pin' | 'firm'>
  readonly test: Test
  readonly immutable: boolean
}

/** Compiles every key but `where` and `event: anyEvent()`. Throws a `TypeError` that says what to write instead. */
export function compileTargets(
  what: string,
  table: CompiledTable,
  conditions: Readonly<Record<string, unknown>>,
): readonly Target[] {
  return Reflect.ownKeys(conditions).flatMap((key) => compileKey(what, table, conditions, key))
}

function compileKey(
  what: string,
  table: CompiledTable,
  conditions: Readonly<Record<string, unknown>>,
  key: PropertyKey,
): Target[] {
  const condition = typeof key === 'string' ? conditions[key] : undefined
  if (typeof key === 'string' && (condition === undefined || condition === null)) {
    throw new TypeError(
      `${what}: '${key}' is ${String(condition)}: leave the key out, or write a value (absent() for "is not there")`,
    )
  }
  if (key === 'where' || (key === 'event' && isAnyEvent(condition))) return []
  if (key === 'claims') return compileClaims(what, table, condition, table.rows, [])
  const field = typeof key === 'string' ? table.fields.get(key) : undefined
  if (field === undefined || readOnlyFields.has(field.name)) throw unknownField(what, table, String(key))
  const test = compileCondition(condition, { ...field.comparison, label: `${what}: '${field.name}'` })
  if (field.name === 'event' && test.operator === 'absent') {
    throw new TypeError(`${what}: a run without an event is never matched; name the events that may call`)
  }
  checkShape(what, field, condition)
  const { name } = field
  const read = readerOf(table, name, (identity) => (identity as unknown as Record<string, unknown>)[name])
  return [target(field.name, field.name, field.immutable, { ...test, foldCase: field.comparison.foldCase }, read)]
}

/** An exact value of another shape would never match, and is a mistake that can be told now. */
function checkShape(
  what: string,
  { name, shape }: { readonly name: string; readonly shape: ValueShape | undefined },
  condition: unknown,
): void {
  if (shape === undefined) return
  const exact = isPlainObject(condition) ? condition['not'] : condition
  if (exact === undefined || isPlainObject(exact)) return
  const wrong = (Array.isArray(exact) ? exact : [exact]).find((value) => !hasShape(value, shape)) as unknown
  if (wrong !== undefined)
    throw new TypeError(`${what}: '${name}' is a ${valueShapes[shape].called}, not ${show(wrong)}`)
}

function compileClaims(
  what: string,
  table: CompiledTable,
  conditions: unknown,
  rows: ClaimTable,
  above: readonly string[],
): Target[] {
  const place = ['claims', ...above].join('.')
  if (!isPlainObject(conditions))
    throw new TypeError(`${what}: '${place}' must be an object of claims, not ${show(conditions)}`)
  const keys = Reflect.ownKeys(conditions)
  if (keys.length === 0) throw new TypeError(`${what}: '${place}' is empty: leave it out, or name a claim`)
  return keys.flatMap((key) => {
    const row = typeof key === 'string' ? findRow(rows, key) : undefined
    if (row === undefined || typeof key !== 'string') {
      const known = rows.all.map(({ name }) => name)
      throw new TypeError(
        `${what}: '${place}' has no '${String(key)}'${didYouMean(String(key), known) || '.'} Known: ${known.join(', ')}`,
      )
    }
    const path = [...above, key]
    if (row.rows !== undefined && row.list)
      throw new TypeError(`${what}: '${place}.${key}' is a list of objects, which takes no condition; use where`)
    if (row.rows !== undefined) return compileClaims(what, table, conditions[key], row.rows, path)
    const label = ['claims', ...path].join('.')
    const test = compileCondition(conditions[key], comparisonOf(row, `${what}: '${label}'`))
    const mirror = [...table.fields.values()].find(({ claim }) => JSON.stringify(claim) === JSON.stringify(path))
    const read = readerOf(table, JSON.stringify(path), (identity) => readPath(identity.claims, path))
    return [target(mirror?.name ?? label, label, row.kind === 'id', { ...test, foldCase: row.kind === 'name' }, read)]
  })
}

const readers = new WeakMap<CompiledTable, Map<string, RuleCheck['read']>>()

/**
 * The one function that reads a field or a claim of a table: rules are found by the functions that their checks read with,
 * so two checks of the same value must share one. A claim's path as JSON cannot look like the name of a field.
 */
function readerOf(table: CompiledTable, place: string, make: RuleCheck['read']): RuleCheck['read'] {
  const ofTable = readers.get(table) ?? new Map<string, RuleCheck['read']>()
  const read = ofTable.get(place) ?? make
  ofTable.set(place, read)
  readers.set(table, ofTable)
  return read
}

function target(
  field: string,
  label: string,
  immutable: boolean,
  test: Test & { readonly foldCase: boolean },
  read: RuleCheck['read'],
): Target {
  const { operator, expected, keys, foldCase, passes } = test
  return {
    field,
    immutable,
    test,
    check: { field: label, operator, expected, read, passes, foldCase, ...(keys && { keys }) },
  }
}

/** Whether a condition is `anyEvent()`. */
export function isAnyEvent(condition: unknown): boolean {
  return isPlainObject(condition) && Reflect.ownKeys(condition).length === 1 && condition['anyEvent'] === true
}

function unknownField(what: string, table: CompiledTable, key: string): TypeError {
  const field = table.fields.get(key)
  if (readOnlyFields.has(key)) {
    const claim = field?.claim?.join('.')
    const instead = claim === undefined ? '' : `; who insists writes claims: { '${claim}': … }`
    return new TypeError(`${what}: '${key}' can be read, but is no condition${instead}`)
  }
  const known = [...table.fields.keys()].filter((name) => !readOnlyFields.has(name))
  const plain = (name: string): string => name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase()
  const mirror = [...table.fields.values()].find(
    ({ claim }) => claim !== undefined && plain(claim.join('')) === plain(key),
  )
  const lacking = own(table.table.lacks ?? {}, key)
  if (typeof lacking === 'string') return new TypeError(`${what} has no '${key}': ${lacking}`)
  const hint = mirror === undefined ? didYouMean(key, known) || '.' : `; did you mean '${mirror.name}'?`
  return new TypeError(`${what} has no '${key}'${hint} Known: ${[...known, 'claims', 'where'].join(', ')}`)
}
