/**
 * Reads the claims of a token by the table of its provider: finds the value of each row, and
 * compares it with the row.
 */

import type { ClaimSpec, ClaimTable } from './claim-rows.ts'
import { findRow } from './claim-rows.ts'
import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import { isAbsent, isPlainObject } from '../util/objects.ts'

/** Where the rows of a table are in objects that have these members in this order. */
interface Layout {
  /** The names of the members. */
  readonly names: readonly string[]
  /** For each single row, the position of its member; -1 where there is none. */
  readonly positions: readonly number[]
  /** Whether a required claim is missing. */
  readonly lacks: boolean
  /** For each member, whether it must be text: most are, and need no look at their row. */
  readonly texts: Uint8Array
  /** All other members that have a row. */
  readonly others: readonly Member[]
}

/** A member with its row. */
interface Member {
  readonly row: ClaimSpec
  readonly name: string
  readonly position: number
}

/** Not text by its row, text, or text that may be empty. */
const [notText, someText, anyText] = [0, 1, 2] as const

/** What is read from the claims of one token. */
export interface ReadClaims {
  /** The values of all members, in their order. */
  readonly members: readonly unknown[]
  /** For each single row, the position of its member; -1 where there is none. */
  readonly positions: readonly number[]
  /** The name of the first claim, or member of one, that does not match its row. */
  readonly wrong: string | undefined
}

/** The layouts of verified tokens. Most tokens of a platform have one of a few. */
const layouts = new WeakMap<ClaimTable, Layout[]>()
/** The most layouts that are kept of a table. */
const maxLayouts = 16

/** Reads the claims of a verified token, and keeps their layout for the next one. */
export function readVerified(rows: ClaimTable, claims: object): ReadClaims {
  const names = Object.keys(claims)
  const known = layouts.get(rows) ?? []
  let layout = known.find((each) => isEqual(each.names, names))
  if (layout === undefined) {
    layout = layoutOf(rows, names)
    layouts.set(rows, [layout, ...known.slice(0, maxLayouts - 1)])
  }
  return readClaims(rows, claims, layout)
}

/**
 * Compares claims with the rows of the table: required ones must be present, each must have its
 * type, and required strings must not be empty.
 */
export function checkTable(rows: ClaimTable, claims: Readonly<Record<string, unknown>>): Refusal | undefined {
  const { wrong } = readClaims(rows, claims)
  const claim = hasSubject(claims) ? wrong : 'sub'
  return claim === undefined ? undefined : refuse('claims_invalid', { claim })
}

/** Whether the claims have a subject. */
export function hasSubject({ sub }: { readonly sub?: unknown }): boolean {
  return !isAbsent(sub)
}

/** The value of a row; `undefined` where the token has no such claim. */
export function valueOf({ members, positions }: Pick<ReadClaims, 'members' | 'positions'>, row: number): unknown {
  const position = positions[row] as number
  return position < 0 ? undefined : members[position]
}

/** Reads own members only. */
export function readClaims(
  rows: ClaimTable,
  claims: object,
  layout: Layout = layoutOf(rows, Object.keys(claims)),
): ReadClaims {
  const { positions, texts, others } = layout
  const members = Object.values(claims) as readonly unknown[]
  let isWrong = layout.lacks
  for (let position = 0; position < members.length; position++) {
    const text = texts[position]
    const member = members[position]
    if (text === notText || (typeof member === 'string' && member !== '')) continue
    if (text !== anyText || (member !== '' && member !== null)) isWrong = true
  }
  isWrong ||= others.some(({ row, name, position }) => wrongAt(row, name, members[position]) !== undefined)
  return { members, positions, wrong: isWrong ? firstWrong(rows, members, layout) : undefined }
}

/** The first claim, or member of one, that does not match its row, in the order of the table. */
function firstWrong({ single }: ClaimTable, members: readonly unknown[], layout: Layout): string | undefined {
  const { positions, others } = layout
  return [
    ...single.map((row, index) => wrongAt(row, row.name, valueOf({ members, positions }, index))),
    ...others.map(({ row, name, position }) => (row.family ? wrongAt(row, name, members[position]) : undefined)),
  ].find((wrong) => wrong !== undefined)
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

function layoutOf(rows: ClaimTable, names: readonly string[]): Layout {
  const listed = names.flatMap((name, position): readonly Member[] => {
    const row = findRow(rows, name)
    return row === undefined ? [] : [{ row, name, position }]
  })
  const texts = new Uint8Array(names.length)
  for (const { row, position } of listed.filter(isText)) texts[position] = row.optional ? anyText : someText
  return {
    names,
    positions: rows.single.map(({ name }) => names.indexOf(name)),
    lacks: rows.single.some(({ name, optional }) => !optional && !names.includes(name)),
    texts,
    others: listed.filter((member) => !isText(member)),
  }
}

function isText({ row: { kind, list, nullable, family } }: Member): boolean {
  return (kind === 'id' || kind === 'name' || kind === 'text') && !list && !nullable && !family
}

function isEqual(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false
  for (let index = 0; index < names.length; index++) if (names[index] !== others[index]) return false
  return true
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
  return isPlainObject(value) ? readClaims(row.rows, value).wrong : ''
}

function isOfKind({ kind }: ClaimSpec, value: unknown): boolean {
  if (kind === 'number') return Number.isFinite(value)
  if (kind === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && (kind !== 'flag' || value === 'true' || value === 'false')
}
