/** What rules of a provider may say, by its table: the one model that documents are checked by and schemas are generated from. */

import type { ClaimRow, ClaimRows } from '@jobpass/core/internal'
import { refuseOtherCopy } from '@jobpass/core/internal'
import type { ProviderLike, ProviderTable } from '@jobpass/core'
import type { ValueShape } from '@jobpass/core/internal'
import { closedValues, fieldValues, readOnlyFields } from '@jobpass/core/internal'
import { show } from './text.ts'

/** What one key of a rule takes. */
export interface Slot {
  readonly type: 'string' | 'number' | 'boolean'
  /** Whether patterns are taken; ids take exact values only. */
  readonly patterns: boolean
  /** Values that complete in editors. */
  readonly known: readonly string[]
  /** Whether there are no others, so that a rule on another would never match. */
  readonly closed: boolean
  /** The claim behind it; `undefined` when it is computed. */
  readonly claim: string | undefined
  /** The form of the tenant that chooses the issuer, where this is the key for it: exact values only. */
  readonly tenant: ValueShape | undefined
  /** An event that is not there is never matched. */
  readonly mustBeThere: boolean
}

/** What `claims` takes: rows by name, and families of claims by prefix. */
export interface ClaimsShape {
  readonly rows: ReadonlyMap<string, Slot | ClaimsShape>
  readonly families: ReadonlyMap<string, Slot | ClaimsShape>
  /** Lists of objects, which take no condition. */
  readonly objects: ReadonlySet<string>
}

/** What a rule of one provider takes. */
export interface Shape {
  readonly id: string
  readonly title: string
  readonly fields: ReadonlyMap<string, Slot>
  readonly claims: ClaimsShape
  /** The field that chooses the issuer, and so is required. */
  readonly tenant: string | undefined
  /** Fields that can be read but are no conditions, with the claim behind each. */
  readonly readOnly: ReadonlyMap<string, string | undefined>
  /** The issuer that holds where a rule names none; `undefined` where it must name one. A template where it follows from the tenant. */
  readonly issuer: string | undefined
  /** The only issuers there are, where only providers bound by `.at()` are given. */
  readonly issuers: readonly string[] | undefined
}

/** A provider of any kind, with the facts it shows. */
export interface PolicyProvider extends ProviderLike {
  readonly issuer: string | undefined
  readonly table: ProviderTable
  readonly at?: unknown
}

/** Keys of a rule in a document that are no conditions. */
export const ruleKeys: readonly string[] = ['provider', 'issuer', 'settings', 'reportOnly']
const readOnly: readonly string[] = [...readOnlyFields].filter((name) => name !== 'claims')

/** The shapes of providers, by id. Throws a `TypeError` for what is no provider, and for two tables of one id. */
export function shapesOf(providers: readonly ProviderLike[]): ReadonlyMap<string, Shape> {
  if (!Array.isArray(providers) || providers.length === 0)
    throw new TypeError(`providers is the list of providers that rules may name, not ${show(providers)}`)
  const strange = providers.find((provider) => typeof provider !== 'function' || !Object.hasOwn(provider, 'table'))
  if (strange !== undefined || providers.includes(undefined))
    throw new TypeError(`providers holds providers, such as githubActions, not ${show(strange)}`)
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
  const claims = claimsShape(table.claims)
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
  { trustedEvents = [], shapes = {} }: ProviderTable,
  claims: ClaimsShape,
  tenant: string | undefined,
): Slot {
  const path = typeof source === 'string' ? [source] : Array.isArray(source) ? (source as readonly string[]) : undefined
  const row = path === undefined || name === 'subject' ? undefined : slotAt(claims, path)
  // Fields speak one language: a number is told as text, a boolean sent as text as a boolean.
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
    mustBeThere: name === 'event',
  }
}

function slotAt(claims: ClaimsShape, [head = '', ...rest]: readonly string[]): Slot | undefined {
  const row = findClaim(claims, head)
  if (row === undefined) return undefined
  if ('rows' in row) return slotAt(row, rest)
  return row
}

/** The row for a claim name: the row of that very name, else the family it belongs to. */
export function findClaim({ rows, families }: ClaimsShape, name: string): Slot | ClaimsShape | undefined {
  const row = rows.get(name)
  if (row !== undefined || name.includes('*')) return row
  for (const [prefix, family] of families) if (name.startsWith(prefix) && name !== prefix) return family
  return undefined
}

function claimsShape(table: ClaimRows): ClaimsShape {
  const rows = new Map<string, Slot | ClaimsShape>()
  const families = new Map<string, Slot | ClaimsShape>()
  const objects = new Set<string>()
  for (const [key, row] of Object.entries(table)) {
    if (Array.isArray(row) && typeof row[0] === 'object') objects.add(key)
    else if (key.endsWith('*')) families.set(key.slice(0, -1), rowShape(row))
    else rows.set(key, rowShape(row))
  }
  return { rows, families, objects }
}

/** Claims that no condition takes in their raw form, with what to write instead; RFC 7519 registers them. */
export const registered: ReadonlyMap<string, string> = new Map([
  ['iss', 'write "issuer"'],
  ['sub', 'write "subject"'],
  ['aud', 'write "settings": { "audience": … }'],
  ['iat', 'write "settings": { "maxTokenAge": … }'],
  ...(['exp', 'nbf', 'jti'] as const).map((name) => [name, 'leave it out'] as const),
])

/** Names that a claim in no table cannot have: of lists that take no condition, of families without an end, of operators in a nested claim. */
export function strangeNames({ families, objects }: ClaimsShape, nested: boolean): readonly string[] {
  return [...families.keys(), ...objects, ...(nested ? ['glob', 'not', 'present', 'anyEvent'] : [])].filter(
    (name) => name !== '',
  )
}

/** Whether a claim that no table lists may have the name: a wildcard in it would mean nothing. */
export function isClaimName(name: string, claims: ClaimsShape, nested: boolean): boolean {
  return name !== '' && !name.includes('*') && !strangeNames(claims, nested).includes(name)
}

/** `'*'` at the end of a list says that there may be other values. */
const isValue = (value: string): boolean => value !== '*'

const flags: readonly string[] = ['true', 'false']

function rowShape(row: ClaimRow): Slot | ClaimsShape {
  if (typeof row === 'object' && !Array.isArray(row)) return claimsShape(row as ClaimRows)
  const word = typeof row === 'string' ? row.replace(/(?:\[\]|\|null)$/, '') : 'text'
  const closed = closedValues(row)
  return {
    type: word === 'number' || word === 'boolean' ? word : 'string',
    patterns: closed === undefined && (word === 'name' || word === 'text'),
    known: word === 'flag' ? flags : typeof row === 'string' ? [] : (row as readonly string[]).filter(isValue),
    closed: closed !== undefined,
    claim: undefined,
    tenant: undefined,
    mustBeThere: false,
  }
}
