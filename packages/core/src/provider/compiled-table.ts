/** A provider's table, checked once and made ready for use: claim rows parsed, each field with its way of reading and comparing. */

import type { Comparison } from '../rule/condition.ts'
import { checkIssuer, tenantFields, tenantPatterns } from './issuer.ts'
import type { ProviderTable } from './provider.ts'
import type { ClaimSpec } from './table.ts'
import { findRow, parseRows } from './table.ts'
import { didYouMean, own, ownCopy, readOptions, show } from '../util/text.ts'
import type { UnverifiedClaims } from '../token/token.ts'
import { readOnlyFields } from '../identity/workload.ts'

/** One field of the identity. */
interface Field {
  readonly name: string
  /** The path to the claim that the field mirrors; `undefined` when it is computed. */
  readonly claim: readonly string[] | undefined
  /** Whether the value can never come to mean something else. */
  readonly immutable: boolean
  readonly comparison: Comparison
  read(claims: UnverifiedClaims): unknown
}

export interface CompiledTable {
  readonly table: ProviderTable
  readonly rows: readonly ClaimSpec[]
  readonly fields: ReadonlyMap<string, Field>
  /** The tenant fields of the issuer template. */
  readonly tenant: readonly string[]
}

/** RFC 7518 §3.1 and RFC 8037: signatures by a key pair. There is no symmetric algorithm here, and none can be configured. */
const asymmetric: ReadonlySet<string> = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
])

const tableKeys: readonly (keyof ProviderTable)[] = [
  ...([
    'id',
    'title',
    'issuer',
    'tenant',
    'algorithms',
    'tokenType',
    'claims',
    'identity',
    'pins',
    'ordinary',
  ] as const),
  ...(['outsiders', 'unusual', 'needs', 'defaultAudiences', 'contradiction'] as const),
]
const taken: ReadonlySet<string> = new Set(
  'issuer subject audience issuedAt expiresAt provider claims where ownerKey repositoryKey settings reportOnly deny'.split(
    ' ',
  ),
)

/** Compiles a table. Throws a `TypeError` when it contradicts itself. */
export function compileTable(given: ProviderTable): CompiledTable {
  const table = ownCopy(readOptions('A provider table', given, tableKeys) as unknown as ProviderTable)
  const what = `The table of ${show(table.id)}`
  if (typeof table.id !== 'string' || table.id === '') throw new TypeError('A provider table needs an id')
  if (!Array.isArray(table.algorithms) || table.algorithms.length === 0) throw new TypeError(`${what} needs algorithms`)
  for (const algorithm of table.algorithms) {
    if (!asymmetric.has(algorithm)) {
      throw new TypeError(`${what}: ${show(algorithm)} is no signature algorithm here: ${[...asymmetric].join(', ')}`)
    }
  }
  for (const name of ['claims', 'identity', 'pins'] as const) {
    if (typeof table[name] !== 'object') throw new TypeError(`${what} needs ${name}`)
  }
  const rows = parseRows(table.claims, what)
  const fields = new Map<string, Field>([['subject', subject]])
  for (const [name, source] of Object.entries(table.identity)) {
    if (taken.has(name)) throw new TypeError(`${what}: the field '${name}' is taken; call yours otherwise`)
    fields.set(name, compileField(name, source as FieldSource, rows, what))
  }
  const tenant = table.issuer === undefined ? [] : tenantFields(table.issuer)
  if (table.issuer !== undefined) checkIssuer(table.issuer.replaceAll(/\{\w+\}/g, 'tenant'), false)
  checkNames(what, table, tenant, fields)
  checkEvents(what, table, fields)
  const strange = table.outsiders?.find((claim) => findRow(rows, claim) === undefined)
  if (strange !== undefined) throw new TypeError(`${what}: outsiders names '${strange}', which is no claim`)
  return Object.freeze({ table, rows, fields, tenant })
}

type FieldSource = string | readonly string[] | ((claims: UnverifiedClaims) => unknown)

const subject: Field = {
  name: 'subject',
  claim: ['sub'],
  immutable: false,
  comparison: { label: 'subject', type: 'string', foldCase: false, separator: undefined },
  read: (claims) => claims.sub,
}

function compileField(name: string, source: FieldSource, rows: readonly ClaimSpec[], what: string): Field {
  if (typeof source === 'function') {
    const comparison: Comparison = { label: name, type: 'string', foldCase: false, separator: '/' }
    return { name, claim: undefined, immutable: false, comparison, read: (claims) => onlyText(source(claims)) }
  }
  const path = typeof source === 'string' ? [source] : source
  const spec = followPath(rows, path)
  if (spec === undefined) {
    const known = rows.map((row) => row.name)
    throw new TypeError(
      `${what}: the field '${name}' reads ${show(path)}, which is no claim${didYouMean(path.join('.'), known)}`,
    )
  }
  const { kind } = spec
  return {
    name,
    claim: path,
    immutable: kind === 'id',
    comparison: { ...comparisonOf(spec, name), type: kind === 'flag' || kind === 'boolean' ? 'boolean' : 'string' },
    read: (claims) => commonValue(kind, readPath(claims, path)),
  }
}

/** How a claim compares under its own name: by its JSON type, with the case rule and separator of its word. */
export function comparisonOf({ kind }: ClaimSpec, label: string): Comparison {
  return {
    label,
    type: kind === 'number' || kind === 'boolean' ? kind : 'string',
    foldCase: kind === 'name',
    separator: kind === 'name' || kind === 'text' ? '/' : undefined,
  }
}

/** The row at the end of a path of claim names. */
function followPath(rows: readonly ClaimSpec[], path: readonly string[]): ClaimSpec | undefined {
  const [head, ...rest] = path
  const row = head === undefined ? undefined : findRow(rows, head)
  return rest.length === 0 || row === undefined ? row : followPath(row.rows ?? [], rest)
}

/** Reads nested claims, own members only. */
export function readPath(claims: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? own(value, name) : undefined),
    claims,
  )
}

function commonValue(kind: ClaimSpec['kind'], value: unknown): unknown {
  if (kind === 'flag') return value === 'true' ? true : value === 'false' ? false : undefined
  if (kind === 'number') return typeof value === 'number' ? String(value) : undefined
  return textOf(value)
}

/** A function of a table answers text or nothing; anything else is nothing. */
function onlyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function textOf(value: unknown): unknown {
  return value === null || value === '' ? undefined : value
}

function checkNames(
  what: string,
  table: ProviderTable,
  tenant: readonly string[],
  fields: ReadonlyMap<string, Field>,
): void {
  const names = [...table.pins, ...(table.unusual ?? []), ...tenant, ...Object.entries(table.needs ?? {}).flat(2)]
  for (const name of names) {
    if (!fields.has(name)) throw new TypeError(`${what} speaks of a field '${name}' that its identity does not have`)
    if (readOnlyFields.has(name)) throw new TypeError(`${what} cannot build on '${name}', which is no rule key`)
  }
  if (table.pins.length === 0 && tenant.length === 0 && table.issuer !== undefined) {
    throw new TypeError(`${what} has a shared issuer and no pins: name the fields that tell one tenant from another`)
  }
  if (table.tenant !== undefined && !Object.hasOwn(tenantPatterns, table.tenant)) {
    throw new TypeError(
      `${what}: tenant is ${show(table.tenant)}, but must be ${Object.keys(tenantPatterns).join(' or ')}`,
    )
  }
  if (tenant.length > 1) throw new TypeError(`${what}: an issuer template has one tenant field`)
}

/** Without its ordinary events, a table that has events would trust every trigger. */
function checkEvents(what: string, { ordinary }: ProviderTable, fields: ReadonlyMap<string, Field>): void {
  if (fields.has('event') && (ordinary === undefined || ordinary.length === 0)) {
    throw new TypeError(`${what} has an event and must list the ordinary ones: those that need write access`)
  }
  if (ordinary !== undefined && !fields.has('event'))
    throw new TypeError(`${what} lists ordinary events, but its identity has no event`)
}
