/**
 * Reads the claims of a token by the table of its provider: finds the value of each row, compares
 * it with the row, and makes the fields of the identity from it.
 */

import type { ClaimSpec, ClaimTable } from './claim-rows.ts'
import { findRow } from './claim-rows.ts'
import type { CompiledTable, FieldInput } from './compile-table.ts'
import type { UnverifiedClaims } from '../model/token.ts'
import { isAbsent, isPlainObject, own } from '../util/objects.ts'

type Claims = Readonly<Record<string, unknown>>

/**
 * The name of the first claim that is missing or does not match its row, or of a member of it:
 * required claims must be present, each must have its type, and required strings must not be empty.
 */
export function wrongClaim(rows: ClaimTable, claims: Claims): string | undefined {
  return isAbsent(claims['sub']) ? 'sub' : firstWrong(rows, claims)
}

/** The first claim, or member of one, that does not match its row, in the order of the table. */
function firstWrong(rows: ClaimTable, claims: Claims): string | undefined {
  for (const row of rows.single) {
    const wrong = wrongAt(row, row.name, own(claims, row.name))
    if (wrong !== undefined) return wrong
  }
  for (const name of rows.families.length > 0 ? Object.keys(claims) : []) {
    const row = findRow(rows, name)
    const wrong = row?.family ? wrongAt(row, name, claims[name]) : undefined
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/**
 * The name of what is wrong with a claim: the claim, or a member of it. A required claim that is
 * nullable or a list may be `null` or empty, which are values of its type.
 */
function wrongAt(row: ClaimSpec, name: string, value: unknown): string | undefined {
  if (row.optional && (value === undefined || value === null || value === '')) return undefined
  if (value === undefined || value === '') return name
  const wrong = wrongWithin(row, value)
  if (wrong === undefined) return undefined
  return wrong === '' ? name : `${name}.${wrong}`
}

/**
 * The name of the wrong member of a nested claim, `''` for the claim itself, `undefined` when it
 * matches its row.
 */
function wrongWithin(row: ClaimSpec, value: unknown): string | undefined {
  if (value === null) return row.nullable ? undefined : ''
  if (!row.list) return wrongItem(row, value)
  if (!Array.isArray(value)) return ''
  return value.map((item) => wrongItem(row, item)).find((wrong) => wrong !== undefined)
}

function wrongItem(row: ClaimSpec, value: unknown): string | undefined {
  if (row.rows === undefined) return isOfKind(row, value) ? undefined : ''
  return isPlainObject(value) ? firstWrong(row.rows, value) : ''
}

function isOfKind({ kind }: ClaimSpec, value: unknown): boolean {
  if (kind === 'number') return Number.isFinite(value)
  if (kind === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && (kind !== 'flag' || value === 'true' || value === 'false')
}

/** What was read from the claims of one token. */
export interface ReadClaims {
  /** The values of all members, in their order. */
  readonly members: readonly unknown[]
  /** For each single row, the position of its member, or -1 if the token lacks the claim. */
  readonly positions: readonly number[]
}

/** How to read objects that have these members in this order. */
interface Layout extends Pick<ReadClaims, 'positions'> {
  /** The names of the members. */
  readonly names: readonly string[]
  /** For each member, whether its row takes any text, and whether the empty one as well. */
  readonly texts: Uint8Array
  /** What is checked by its row: all other members, and required claims that are missing. */
  readonly others: readonly (readonly [row: ClaimSpec, name: string, position: number])[]
}

/** Text, and text that may be empty: of most members, no more is checked. */
const [someText, anyText] = [1, 2] as const

/** The layouts of verified tokens. Most tokens of a platform have one of a few. */
const layouts = new WeakMap<ClaimTable, Layout[]>()
/** The most layouts that are kept of a table. */
const maxLayouts = 16

/**
 * Reads the own members of the claims of a verified token, or returns the name of the first that
 * does not match its row. Keeps their layout for the next token.
 */
export function readClaims(rows: ClaimTable, claims: Claims): ReadClaims | string {
  const { positions, texts, others } = layoutOf(rows, Object.keys(claims))
  const members = Object.values(claims)
  let matches = others.every(([row, name, position]) => wrongAt(row, name, members[position]) === undefined)
  for (let position = 0; position < members.length; position++) {
    const text = texts[position]
    const member = members[position]
    if (text && (typeof member !== 'string' || (member === '' && text !== anyText))) matches = false
  }
  return (matches ? undefined : firstWrong(rows, claims)) ?? { members, positions }
}

/** The value of a row; `undefined` where the token has no such claim. */
export function valueOf({ members, positions }: ReadClaims, row: number): unknown {
  const position = positions[row] as number
  return position < 0 ? undefined : members[position]
}

function layoutOf(rows: ClaimTable, names: readonly string[]): Layout {
  const known = layouts.get(rows) ?? []
  const found = known.find((each) => isEqual(each.names, names))
  if (found !== undefined) return found
  const texts = new Uint8Array(names.length)
  const others = rows.single
    .filter(({ name, optional }) => !optional && !names.includes(name))
    .map((row): Layout['others'][number] => [row, row.name, names.length])
  for (const [position, name] of names.entries()) {
    const row = findRow(rows, name)
    if (row === undefined) continue
    if (['id', 'name', 'text'].includes(row.kind) && !row.list && !row.nullable)
      texts[position] = row.optional ? anyText : someText
    else others.push([row, name, position])
  }
  const layout = { names, positions: rows.single.map(({ name }) => names.indexOf(name)), texts, others }
  layouts.set(rows, [layout, ...known.slice(0, maxLayouts - 1)])
  return layout
}

function isEqual(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false
  for (let index = 0; index < names.length; index++) if (names[index] !== others[index]) return false
  return true
}

/** The fields of one token: each is read when it is first asked for. */
export class TokenFields implements FieldInput {
  readonly claims: UnverifiedClaims
  readonly #read: ReadClaims
  readonly #table: CompiledTable
  /** The values that were read; `null` for a field without a value. */
  readonly #values: unknown[] = []
  #present: UnverifiedClaims | undefined

  constructor(claims: UnverifiedClaims, read: ReadClaims, table: CompiledTable) {
    this.claims = claims
    this.#read = read
    this.#table = table
  }

  /** A copy of the claims for the functions of the table, which cannot change the token's. */
  get present(): UnverifiedClaims {
    this.#present ??= withoutEmpty(this.#table.rows, this.claims, this.#read)
    return this.#present
  }

  /** The value of a field, by its position in `fieldList`. */
  at(index: number): unknown {
    const known = this.#values[index]
    if (known !== undefined) return known ?? undefined
    const field = this.#table.fieldList[index]
    if (field === undefined) return undefined
    const value = valueIn(field.kind, field.row < 0 ? field.compute(this) : valueOf(this.#read, field.row))
    this.#values[index] = value ?? null
    return value
  }
}

/** The value of a field from that of its claim. */
function valueIn(kind: ClaimSpec['kind'], value: unknown): unknown {
  if (kind === 'flag') return value === 'true' ? true : value === 'false' ? false : undefined
  if (kind === 'number') return typeof value === 'number' ? String(value) : undefined
  return value === null || value === '' ? undefined : value
}

/**
 * A copy of the claims, as a table's functions read them: `null` and `''` become `undefined` where
 * the types say that a claim may be missing.
 */
export function withoutEmpty<C extends object>({ single }: ClaimTable, claims: C, read: ReadClaims): C {
  const plain = { ...claims } as Record<string, unknown>
  // Without a prototype where the claims have none: one that is polluted adds members.
  if (Object.getPrototypeOf(claims) === null) Object.setPrototypeOf(plain, null)
  for (let index = 0; index < single.length; index++) {
    const { name, optional, nullable } = single[index] as ClaimSpec
    const value = valueOf(read, index)
    if (optional && (value === '' || (value === null && !nullable))) plain[name] = undefined
  }
  return plain as C
}
