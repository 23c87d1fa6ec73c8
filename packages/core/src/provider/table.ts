/**
 * The words a provider's table is written in, and the types they mean.
 *
 * A claim row is one word; it says JSON type, mutability, letter case and separator at once, so that the checks at run time, the types and the
 * rule keys of a provider follow from the same line and cannot disagree.
 */

import { own } from '../util/text.ts'

/** What each word of a claim row is in TypeScript. */
export interface Kinds {
  /** Immutable identifier: compares exactly, takes no patterns. */
  id: string
  /** Mutable name that the platform treats without letter case: compares without ASCII case, separator `/`. */
  name: string
  /** Mutable text: compares exactly, separator `/`. */
  text: string
  /** Boolean sent as text. */
  flag: 'true' | 'false'
  /** JSON number. */
  number: number
  /** JSON boolean. */
  boolean: boolean
}

/** A word for one value. */
export type Kind = keyof Kinds

/** A claim row: a word, a list of it, a nullable one, text whose known values complete in the editor, a nested object, or a list of such objects. */
export type ClaimRow = Kind | `${Kind}[]` | `${Kind}|null` | readonly string[] | ClaimRows | readonly [ClaimRows]

/** Claim name to row. `'x?'` may be missing or empty; `'x_*'` is a family of claims. */
export interface ClaimRows {
  readonly [claim: string]: ClaimRow
}

type Value<R> = R extends Kind
  ? Kinds[R]
  : R extends `${infer K extends Kind}[]`
    ? readonly Kinds[K][]
    : R extends `${infer K extends Kind}|null`
      ? Kinds[K] | null
      : R extends readonly (infer Known extends string)[]
        ? Known | (string & {})
        : R extends readonly [infer Row]
          ? readonly ClaimsOf<Row>[]
          : ClaimsOf<R>

type Key<Name extends string> = Name extends `${infer Prefix}*` ? `${Prefix}${string}` : Name

/** The claims a table describes, as TypeScript sees them. */
export type ClaimsOf<C> = {
  readonly [K in keyof C as K extends string ? (K extends `${string}?` ? never : Key<K>) : never]: Value<C[K]>
} & {
  readonly [K in keyof C as K extends `${infer Name}?` ? Key<Name> : never]?: Value<C[K]>
}

/** The claims RFC 7519 registers, which every token carries whatever its provider's table says. */
export interface RegisteredClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  readonly nbf?: number
  readonly jti?: string
}

/** What one claim row demands of a value; the parsed form of a word. */
export interface ClaimSpec {
  readonly name: string
  readonly optional: boolean
  readonly family: boolean
  readonly kind: Kind | 'object'
  readonly list: boolean
  readonly nullable: boolean
  readonly rows: ClaimTable | undefined
}

/** The rows of a table, or of a nested claim, made ready. */
export interface ClaimTable {
  readonly all: readonly ClaimSpec[]
  /** Rows of one claim each. */
  readonly single: readonly ClaimSpec[]
  /** The same by name. */
  readonly named: ReadonlyMap<string, ClaimSpec>
  /** Rows of a family each, by what its claims begin with. */
  readonly families: readonly ClaimSpec[]
}

const kinds: ReadonlySet<string> = new Set<Kind>(['id', 'name', 'text', 'flag', 'number', 'boolean'])

/** Parses a table's claim rows. Throws a `TypeError` that names the row when a word is unknown. */
export function parseRows(rows: ClaimRows, table: string): ClaimTable {
  const all = Object.entries(rows).map(([key, row]): ClaimSpec => {
    const optional = key.endsWith('?')
    const bare = optional ? key.slice(0, -1) : key
    const family = bare.endsWith('*')
    const name = family ? bare.slice(0, -1) : bare
    if (family && !optional) throw new TypeError(`${table}: the family '${key}' must be optional: write '${key}?'`)
    return { name, optional, family, ...parseRow(row, `${table}: claim '${key}'`) }
  })
  const families = all.filter(({ family }) => family)
  const single = all.filter(({ family }) => !family)
  return { all, single, named: new Map(single.map((row) => [row.name, row])), families }
}

function parseRow(row: ClaimRow, place: string): Pick<ClaimSpec, 'kind' | 'list' | 'nullable' | 'rows'> {
  if (typeof row !== 'string') {
    if (Array.isArray(row)) {
      const [first] = row as readonly (string | ClaimRows)[]
      return typeof first === 'object'
        ? { kind: 'object', list: true, nullable: false, rows: parseRows(first, place) }
        : { kind: 'text', list: false, nullable: false, rows: undefined }
    }
    return { kind: 'object', list: false, nullable: false, rows: parseRows(row as ClaimRows, place) }
  }
  const list = row.endsWith('[]')
  const nullable = row.endsWith('|null')
  const kind = list ? row.slice(0, -2) : nullable ? row.slice(0, -5) : row
  if (!kinds.has(kind)) throw new TypeError(`${place}: '${row}' is no word for a claim: use ${[...kinds].join(', ')}`)
  return { kind: kind as Kind, list, nullable, rows: undefined }
}

/** What a token says for each of the single rows, in their order: own members only. */
export function readRows({ single }: ClaimTable, claims: object): readonly unknown[] {
  const values: unknown[] = []
  for (const { name } of single) values.push(own(claims, name))
  return values
}

/** The row for a claim name: the row of that very name, else the family it belongs to. */
export function findRow({ named, families }: ClaimTable, name: string): ClaimSpec | undefined {
  return (
    named.get(name) ?? families.find((row) => name.startsWith(row.name) && name !== row.name && !name.includes('*'))
  )
}
