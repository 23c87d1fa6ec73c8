/**
 * What rules of a provider may contain, by its table: the one model that validates documents and
 * generates schemas.
 */

import type { ClaimRow, ClaimRows } from '@jobpass/core/internal'
import { refuseOtherCopy } from '@jobpass/core/internal'
import type { ProviderLike, ProviderTable } from '@jobpass/core'
import type { Shape as ValueShape, ValueForm } from '@jobpass/core/internal'
import { closedValues, fieldValues, formOf, readOnlyFields } from '@jobpass/core/internal'
import { show } from './text.ts'

/** What one key of a rule accepts. */
export interface Slot {
  /** JSON type of a value. */
  readonly type: 'string' | 'number' | 'boolean'
  /** Whether patterns are accepted; ids accept exact values only. */
  readonly patterns: boolean
  /** Known values, for completion in editors. */
  readonly known: readonly string[]
  /** Whether `known` is complete, so that a rule for another value would never match. */
  readonly closed: boolean
  /** The claim behind the field; `undefined` if it is computed. */
  readonly claim: string | undefined
  /** Format of the tenant, if this key chooses the issuer: exact values only. */
  readonly tenant: ValueShape | undefined
  /** What values look like; `undefined` where nothing is known. */
  readonly form: ValueForm | undefined
  /** Whether the value must be present: a run without an event never matches. */
  readonly mustBeThere: boolean
}

/** What `claims` accepts: rows by name, and families of claims by prefix. */
export interface ClaimsShape {
  /** Rows by claim name. */
  readonly rows: ReadonlyMap<string, Slot | ClaimsShape>
  /** Rows by prefix of the claim name. */
  readonly families: ReadonlyMap<string, Slot | ClaimsShape>
  /** Lists of objects, which accept no condition. */
  readonly objects: ReadonlySet<string>
}

/** What a rule of one provider accepts. */
export interface Shape {
  /** Provider id, such as `'github-actions'`. */
  readonly id: string
  /** Name of the platform, for messages. */
  readonly title: string
  /** Fields by name. */
  readonly fields: ReadonlyMap<string, Slot>
  /** What `claims` accepts. */
  readonly claims: ClaimsShape
  /** The field that chooses the issuer, and is therefore required. */
  readonly tenant: string | undefined
  /** Fields that can be read but are not conditions, with the claim behind each. */
  readonly readOnly: ReadonlyMap<string, string | undefined>
  /**
   * Default issuer; `undefined` if a rule must name one. A template if it depends on the tenant.
   */
  readonly issuer: string | undefined
  /** The allowed issuers, if all given providers are bound by `.at()`. */
  readonly issuers: readonly string[] | undefined
}

/** A provider of any kind, with its public facts. */
export interface PolicyProvider extends ProviderLike {
  /** Its issuer; `undefined` if it has no fixed one. */
  readonly issuer: string | undefined
  /** Its table. */
  readonly table: ProviderTable
  /** Binds it to an issuer; absent on a bound provider. */
  readonly at?: unknown
}

/** Keys of a rule that are not conditions. */
export const ruleKeys: readonly string[] = ['provider', 'issuer', 'settings', 'reportOnly']
const readOnly: readonly string[] = [...readOnlyFields].filter((name) => name !== 'claims')

/**
 * The shapes of providers, by id. Throws a `TypeError` for anything except a provider, and for two
 * tables with the same id.
 */
export function shapesOf(providers: readonly ProviderLike[]): ReadonlyMap<string, Shape> {
  if (!Array.isArray(providers) || providers.length === 0)
    throw new TypeError(`providers must be a list of the providers that rules may name, not ${show(providers)}`)
  const strange = providers.find((provider) => typeof provider !== 'function' || !Object.hasOwn(provider, 'table'))
  if (strange !== undefined || providers.includes(undefined))
    throw new TypeError(`providers must contain providers, such as githubActions, not ${show(strange)}`)
  providers.forEach(refuseOtherCopy)
  const given = providers as readonly PolicyProvider[]
  const shapes = new Map<string, Shape>()
  for (const provider of given) {
    const same = given.filter(({ id }) => id === provider.id)
    if (same.some(({ table }) => table !== provider.table))
      throw new TypeError(`providers has two different tables called '${provider.id}'`)
    if (!shapes.has(provider.id)) shapes.set(provider.id, shapeOf(provider.table, same))
  }
  return shapes
}

function shapeOf(table: ProviderTable, providers: readonly PolicyProvider[]): Shape {
  const base = providers.find(({ at }) => at !== undefined)
  const bound = base === undefined ? [...new Set(providers.map(({ issuer }) => issuer as string))] : undefined
  const tenant = /\{(\w+)\}/.exec(table.issuer ?? '')?.[1]
  const claims = claimsShape(table.claims, formsOf(table))
  const sources: readonly (readonly [string, unknown])[] = [['subject', 'sub'], ...Object.entries(table.identity)]
  const fields = sources
    .filter(([name]) => !readOnly.includes(name))
    .map(([name, source]) => [name, fieldSlot(name, source, table, claims, tenant)] as const)
  const claimsRead = readOnly.map((name) => {
    const source = Object.hasOwn(table.identity, name) ? table.identity[name] : undefined
    return [name, typeof source === 'string' ? source : undefined] as const
  })
  return {
    id: table.id,
    title: table.title,
    fields: new Map(fields),
    claims,
    tenant,
    readOnly: new Map(claimsRead),
    issuer: base === undefined ? (bound?.length === 1 ? bound[0] : undefined) : base.issuer,
    issuers: bound,
  }
}

function fieldSlot(
  name: string,
  source: unknown,
  table: ProviderTable,
  claims: ClaimsShape,
  tenant: string | undefined,
): Slot {
  const { trustedEvents = [], shapes = {} } = table
  const path = pathOf(source)
  const row = path === undefined || name === 'subject' ? undefined : slotAt(claims, path)
  // Fields are normalized: a number is text, and a boolean sent as text is a boolean.
  const flag = row !== undefined && (row.type === 'boolean' || row.known === flags)
  const own = path === undefined && Object.hasOwn(fieldValues, name) ? fieldValues[name] : undefined
  const known = own ?? (name === 'event' ? [...new Set([...trustedEvents, ...(row?.known ?? [])])] : (row?.known ?? []))
  return {
    type: flag ? 'boolean' : 'string',
    patterns: name !== 'subject' && own === undefined && (path === undefined || row?.patterns === true),
    known: flag ? [] : known,
    closed: own !== undefined || (!flag && row?.closed === true),
    claim: path?.join('.'),
    tenant: name === tenant ? shapes[name] : undefined,
    form: name === 'subject' ? undefined : formOf(name, table),
    mustBeThere: name === 'event',
  }
}

function pathOf(source: unknown): readonly string[] | undefined {
  return typeof source === 'string' ? [source] : Array.isArray(source) ? (source as readonly string[]) : undefined
}

/** What the values of claims look like: as those of the first field that mirrors the path. */
type Forms = ReadonlyMap<string, ValueForm>

function formsOf(table: ProviderTable): Forms {
  const mirrors = Object.entries(table.identity).flatMap(([name, source]) => {
    const path = pathOf(source)
    return path === undefined ? [] : [[path.join('.'), formOf(name, table)] as const]
  })
  return new Map(mirrors.toReversed())
}

function slotAt(claims: ClaimsShape, [head = '', ...rest]: readonly string[]): Slot | undefined {
  const row = findClaim(claims, head)
  if (row === undefined) return undefined
  if ('rows' in row) return slotAt(row, rest)
  return row
}

/** The row of a claim: the row with exactly its name, else its family. */
export function findClaim({ rows, families }: ClaimsShape, name: string): Slot | ClaimsShape | undefined {
  const row = rows.get(name)
  if (row !== undefined || name.includes('*')) return row
  for (const [prefix, family] of families) if (name.startsWith(prefix) && name !== prefix) return family
  return undefined
}

function claimsShape(table: ClaimRows, forms: Forms, above = ''): ClaimsShape {
  const rows = new Map<string, Slot | ClaimsShape>()
  const families = new Map<string, Slot | ClaimsShape>()
  const objects = new Set<string>()
  for (const [key, row] of Object.entries(table)) {
    if (Array.isArray(row) && typeof row[0] === 'object') objects.add(key)
    else if (key.endsWith('*')) families.set(key.slice(0, -1), rowShape(row, forms, above + key))
    else rows.set(key, rowShape(row, forms, above + key))
  }
  return { rows, families, objects }
}

/**
 * Registered claims (RFC 7519 §4.1) that no condition accepts in raw form, with what to write
 * instead.
 */
export const registered: ReadonlyMap<string, string> = new Map([
  ['iss', 'write "issuer"'],
  ['sub', 'write "subject"'],
  ['aud', 'write "settings": { "audience": … }'],
  ['iat', 'write "settings": { "maxTokenAge": … }'],
  ...(['exp', 'nbf', 'jti'] as const).map((name) => [name, 'leave it out'] as const),
])

/**
 * Names that a claim outside of the tables cannot have: those of lists without conditions, of
 * families without a suffix, and of operators in a nested claim.
 */
export function strangeNames({ families, objects }: ClaimsShape, nested: boolean): readonly string[] {
  return [
    ...families.keys(),
    ...objects,
    ...(nested ? ['glob', 'not', 'present', 'anyEvent', 'allOf', 'semver'] : []),
  ].filter((name) => name !== '')
}

/** Whether a claim that no table lists may have the name; wildcards have no meaning in it. */
export function isClaimName(name: string, claims: ClaimsShape, nested: boolean): boolean {
  return name !== '' && !name.includes('*') && !strangeNames(claims, nested).includes(name)
}

/** A final `'*'` means that there may be other values. */
const isValue = (value: string): boolean => value !== '*'

const flags: readonly string[] = ['true', 'false']

function rowShape(row: ClaimRow, forms: Forms, name: string): Slot | ClaimsShape {
  if (typeof row === 'object' && !Array.isArray(row)) return claimsShape(row as ClaimRows, forms, `${name}.`)
  const word = typeof row === 'string' ? row.replace(/(?:\[\]|\|null)$/, '') : 'text'
  const closed = closedValues(row)
  return {
    type: word === 'number' || word === 'boolean' ? word : 'string',
    patterns: closed === undefined && (word === 'name' || word === 'text'),
    known: word === 'flag' ? flags : typeof row === 'string' ? [] : (row as readonly string[]).filter(isValue),
    closed: closed !== undefined,
    claim: undefined,
    tenant: undefined,
    form: forms.get(name),
    mustBeThere: false,
  }
}
