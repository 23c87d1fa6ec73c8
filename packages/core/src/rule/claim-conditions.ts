/** Conditions on raw claims: those in the provider's table, and those that it does not list. */

import { comparisonOf, readPath } from '../table/compile-table.ts'
import { compileCondition, eachOf } from './compile-condition.ts'
import type { Place, Target } from './condition-parts.ts'
import { makeTarget, readerOf } from './condition-parts.ts'
import type { ClaimSpec, ClaimTable } from '../table/claim-rows.ts'
import { findRow } from '../table/claim-rows.ts'
import { didYouMean, nearest } from '../util/nearest.ts'
import { isPlainObject } from '../util/objects.ts'
import { formatValue } from '../util/format.ts'

/**
 * The registered claims of RFC 7519 §4.1: they take no condition, each with what to write instead.
 */
const registered: Readonly<Record<string, string>> = {
  iss: 'a rule is bound to its issuer, by calling the provider or .at()',
  sub: "write subject: '…'",
  aud: "write the setting { audience: '…' }",
  exp: 'the verifier checks it',
  nbf: 'the verifier checks it',
  iat: 'write the setting { maxTokenAge: 300 }',
  jti: 'it is of one token only',
}

/** Whether RFC 7519 §4.1 registers the claim, so that any token may have it. */
export function isRegisteredClaim(name: string): boolean {
  return Object.hasOwn(registered, name)
}

/** A nested claim takes no condition as a whole, so these names are never meant as its members. */
const operators: ReadonlySet<string> = new Set(['glob', 'not', 'present', 'anyEvent', 'allOf', 'semver'])

/** The most letters of a typing mistake. Two claims of one family may differ in three. */
const typing = 2

/**
 * Compiles conditions on claims, nested ones included.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function compileClaims(
  place: Place,
  conditions: unknown,
  rows: ClaimTable,
  above: readonly string[],
): readonly Target[] {
  const label = ['claims', ...above].join('.')
  if (!isPlainObject(conditions))
    throw new TypeError(`${place.what}: '${label}' must be an object of claims, not ${formatValue(conditions)}`)
  const keys = Reflect.ownKeys(conditions)
  if (keys.length === 0) throw new TypeError(`${place.what}: '${label}' is empty: leave it out, or name a claim`)
  return keys.flatMap((key) => {
    const row = typeof key === 'string' ? findRow(rows, key) : undefined
    if (typeof key !== 'string') throw new TypeError(`${place.what}: '${label}' has no '${String(key)}'`)
    const path = [...above, key]
    if (row === undefined) return [unlistedClaim(place, conditions[key], rows, path)]
    if (row.rows !== undefined && row.list)
      throw new TypeError(`${place.what}: '${label}.${key}' is a list of objects, which takes no condition; use where`)
    if (row.rows !== undefined) return compileClaims(place, conditions[key], row.rows, path)
    return listedClaim(place, conditions[key], row, path)
  })
}

function listedClaim(
  { what, table }: Place,
  condition: unknown,
  row: ClaimSpec,
  path: readonly string[],
): readonly Target[] {
  const label = ['claims', ...path].join('.')
  const mirror = [...table.fields.values()].find(({ claim }) => JSON.stringify(claim) === JSON.stringify(path))
  const read = readerOf(table, JSON.stringify(path), ({ claims }) => readPath(claims, path))
  return eachOf(condition, `${what}: '${label}'`).map((each) => {
    const test = compileCondition(each, { ...comparisonOf(row, `${what}: '${label}'`), form: mirror?.form })
    return makeTarget(mirror?.name ?? label, label, row.kind === 'id', { ...test, foldCase: row.kind === 'name' }, read)
  })
}

/**
 * A claim that is newer than the table, or that an administrator added. It is compared by type and
 * value only, since its meaning is unknown, and never pins. A deny rule cannot name one: a misspelt
 * name would never match, and so deny nothing.
 */
function unlistedClaim(place: Place, condition: unknown, rows: ClaimTable, path: readonly string[]): Target {
  const { what, table, effect } = place
  const name = path.at(-1) as string
  const label = ['claims', ...path].join('.')
  const known = rows.all.map((row) => row.name)
  const above = ['claims', ...path.slice(0, -1)].join('.')
  const instead = path.length === 1 && Object.hasOwn(registered, name) ? registered[name] : undefined
  if (instead !== undefined) throw new TypeError(`${what}: '${above}' has no '${name}': ${instead}`)
  const list = `${didYouMean(name, known) || '.'} Known: ${known.join(', ')}`
  if (effect === 'deny')
    throw new TypeError(
      `${what}: '${above}' has no '${name}', and a deny rule that never matches would deny nothing${list}; for a claim that no table lists, use where`,
    )
  const isFamily = name.includes('*') || rows.families.some((family) => family.name === name)
  if (name === '' || isFamily || (path.length > 1 && operators.has(name)))
    throw new TypeError(`${what}: '${above}' has no '${name}'${list}`)
  if (isPlainObject(condition))
    throw new TypeError(
      `${what}: '${label}' is not in the table of ${table.table.title}, and takes exact values only, one or a list of them${list}`,
    )
  const [first] = (Array.isArray(condition) ? condition : [condition]) as readonly unknown[]
  const type = typeof first === 'number' || typeof first === 'boolean' ? typeof first : 'string'
  const test = compileCondition(condition, {
    label: `${what}: '${label}'`,
    type: type as 'number' | 'boolean' | 'string',
    foldCase: false,
    separator: undefined,
  })
  const read = readerOf(table, JSON.stringify(path), ({ claims }) => readPath(claims, path))
  const { check, ...target } = makeTarget(label, label, false, { ...test, foldCase: false }, read)
  return { ...target, check: { ...check, unlisted: true }, near: nearest(name, known, typing) }
}
