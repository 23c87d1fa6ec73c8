/** Compiles the conditions of a rule: each is on a field of the identity or on a claim. */

import type { CompiledTable } from '../table/compile-table.ts'
import { compileClaims } from './claim-conditions.ts'
import { compileCondition, eachOf } from './compile-condition.ts'
import type { Place, Target } from './condition-parts.ts'
import { fieldReader, makeTarget } from './condition-parts.ts'
import { didYouMean } from '../util/nearest.ts'
import { hasOnly, own } from '../util/objects.ts'
import { fieldMeant, plainName } from '../model/field-synonyms.ts'
import { readOnlyFields } from '../model/workload.ts'

/**
 * Compiles all conditions except `where` and `event: anyEvent()`.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function compileTargets(place: Place, conditions: Readonly<Record<string, unknown>>): readonly Target[] {
  return Reflect.ownKeys(conditions).flatMap((key) => compileKey(place, conditions, key))
}

function compileKey(place: Place, conditions: Readonly<Record<string, unknown>>, key: PropertyKey): readonly Target[] {
  const { what, table } = place
  const condition = typeof key === 'string' ? conditions[key] : undefined
  if (typeof key === 'string' && (condition === undefined || condition === null)) {
    throw new TypeError(
      `${what}: '${key}' is ${String(condition)}: leave the key out, or write a value (absent() for "is not there")`,
    )
  }
  if (key === 'where' || (key === 'event' && isAnyEvent(condition))) return []
  if (key === 'claims') return compileClaims(place, condition, table.rows, [])
  const field = typeof key === 'string' ? table.fields.get(key) : undefined
  if (field === undefined || readOnlyFields.has(field.name)) throw unknownField(what, table, String(key))
  const { name, immutable, comparison, form } = field
  const label = `${what}: '${name}'`
  const read = fieldReader(table, name)
  return eachOf(condition, label).map((each) => {
    const test = compileCondition(each, { ...comparison, label, form })
    if (name === 'event' && test.operator === 'absent') {
      throw new TypeError(`${what}: a run without an event is never matched; name the events that may call`)
    }
    return makeTarget(name, name, immutable, { ...test, foldCase: comparison.foldCase }, read)
  })
}

/** Whether a condition is `anyEvent()`. */
export function isAnyEvent(condition: unknown): boolean {
  return hasOnly(condition, 'anyEvent') && condition.anyEvent === true
}

function unknownField(what: string, table: CompiledTable, key: string): TypeError {
  const field = table.fields.get(key)
  if (readOnlyFields.has(key)) {
    const claim = field?.claim?.join('.')
    const instead = claim === undefined ? '' : `; to match it anyway, write claims: { '${claim}': … }`
    return new TypeError(`${what}: '${key}' can be read, but is no condition${instead}`)
  }
  const known = [...table.fields.keys()].filter((name) => !readOnlyFields.has(name))
  const mirror = [...table.fields.values()].find(
    ({ claim }) => claim !== undefined && plainName(claim.join('')) === plainName(key),
  )
  const lacking = own(table.table.unsupported ?? {}, key)
  if (typeof lacking === 'string') return new TypeError(`${what} has no '${key}': ${lacking}`)
  const meant = mirror?.name ?? fieldMeant(key, table.fields)
  const hint = meant === undefined ? didYouMean(key, known) || '.' : `; did you mean '${meant}'?`
  return new TypeError(`${what} has no '${key}'${hint} Known: ${[...known, 'claims', 'where'].join(', ')}`)
}
