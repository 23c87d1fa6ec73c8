/**
 * The words in which a provider's table is written, and the types that they mean.
 *
 * A claim row is one word for JSON type, mutability, letter case and separator. Run-time checks,
 * types and rule keys follow from the same word, and so cannot disagree.
 */

import { formatValue } from '../util/format.ts'
import { own } from '../util/objects.ts'

/** The TypeScript type of each word of a claim row. */
export interface Kinds {
  /** Immutable identifier: compared exactly, takes no patterns. */
  id: string
  /**
   * Mutable name that the platform treats as case-insensitive: compared without ASCII case,
   * separator `/`.
   */
  name: string
  /** Mutable text: compared exactly, separator `/`. */
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

/**
 * A claim row: a word, a list of it, a nullable one, a nested object, or a list of such objects. Or
 * a list of known values, for completion in the editor.
 *
 * A list that ends with `'*'` allows other values. Without it the vendor documents all values: a
 * rule on another value or on a pattern is a `TypeError`, while a token with another value is not
 * refused.
 */
export type ClaimRow = Kind | `${Kind}[]` | `${Kind}|null` | readonly string[] | ClaimRows | readonly [ClaimRows]

/**
 * Claim name to row; `'x_*'` is a family of claims. Each claim may be missing or empty unless the
 * table requires it.
 */
export interface ClaimRows {
  /** One claim, or a family of claims. */
  readonly [claim: string]: ClaimRow
}

/**
 * The claims without which a token is refused, each with the reason: what relies on the claim, or
 * which other tokens of the issuer it keeps out. Members of a nested claim are written nested; the
 * enclosing claim is then required too.
 */
export interface RequiredClaims {
  /** The reason, or those of the members. */
  readonly [claim: string]: string | RequiredClaims
}

type Value<Row, R> = Row extends Kind
  ? Kinds[Row]
  : Row extends `${infer K extends Kind}[]`
    ? readonly Kinds[K][]
    : Row extends `${infer K extends Kind}|null`
      ? Kinds[K] | null
      : Row extends readonly (infer Known extends string)[]
        ? Exclude<Known, '*'> | (string & {})
        : Row extends readonly [infer Inner]
          ? readonly ClaimsOf<Inner>[]
          : ClaimsOf<Row, R extends string ? unknown : R>

type Key<Name extends string> = Name extends `${infer Prefix}*` ? `${Prefix}${string}` : Name

/** The TypeScript type of a table's claims. Those that `R` requires are always present. */
export type ClaimsOf<C, R = unknown> = {
  readonly [K in keyof C as K extends keyof R & string ? Key<K> : never]: Value<C[K], R[K & keyof R]>
} & {
  readonly [K in keyof C as K extends string ? (K extends keyof R ? never : Key<K>) : never]?: Value<C[K], unknown>
}

/** What one claim row requires of a value: the parsed form of a word. */
export interface ClaimSpec {
  /** The name of the claim, or the prefix of a family. */
  readonly name: string
  /** Whether the claim may be missing. */
  readonly optional: boolean
  /** Whether the row is for all claims with that prefix. */
  readonly family: boolean
  /** The word of the row, or `'object'` for nested claims. */
  readonly kind: Kind | 'object'
  /** Whether the value is a list. */
  readonly list: boolean
  /** Whether the value may be `null`. */
  readonly nullable: boolean
  /** All values that rules may name; `undefined` where there may be others. */
  readonly values: readonly string[] | undefined
  /** The rows of a nested claim. */
  readonly rows: ClaimTable | undefined
}

/** The parsed rows of a table, or of a nested claim. */
export interface ClaimTable {
  /** All rows, in the order of the table. */
  readonly all: readonly ClaimSpec[]
  /** The rows for one claim each. */
  readonly single: readonly ClaimSpec[]
  /** The same rows by name. */
  readonly named: ReadonlyMap<string, ClaimSpec>
  /** The rows for a family each; their name is the prefix. */
  readonly families: readonly ClaimSpec[]
}

/** How messages name a table. */
export function nameOf({ id }: { readonly id: string }): string {
  return `The table of ${formatValue(id)}`
}

/** Parses the claim rows of a table that is known to be right, and its required claims. */
export function parseRows(rows: ClaimRows, requires: RequiredClaims = {}): ClaimTable {
  const all = Object.entries(rows).map(([key, row]): ClaimSpec => {
    const family = key.endsWith('*')
    const reason = own(requires, key) as string | RequiredClaims | undefined
    return { name: family ? key.slice(0, -1) : key, optional: reason === undefined, family, ...parseRow(row, reason) }
  })
  const families = all.filter(({ family }) => family)
  const single = all.filter(({ family }) => !family)
  return { all, single, named: new Map(single.map((row) => [row.name, row])), families }
}

function parseRow(
  row: ClaimRow,
  reason: string | RequiredClaims | undefined,
): Pick<ClaimSpec, 'kind' | 'list' | 'nullable' | 'values' | 'rows'> {
  if (typeof row === 'string') {
    const [kind, list, nullable] = row.split(/(\[\])|(\|null)/)
    return {
      kind: kind as Kind,
      list: list !== undefined,
      nullable: nullable !== undefined,
      values: closedValues(row),
      rows: undefined,
    }
  }
  const single = { list: false, nullable: false }
  if (!Array.isArray(row)) {
    const inner = typeof reason === 'object' ? reason : undefined
    return { kind: 'object', ...single, values: undefined, rows: parseRows(row as ClaimRows, inner) }
  }
  const [first] = row as readonly (string | ClaimRows)[]
  return typeof first === 'object'
    ? { kind: 'object', list: true, nullable: false, values: undefined, rows: parseRows(first) }
    : { kind: 'text', ...single, values: closedValues(row as string[]), rows: undefined }
}

/** All values of a claim, where its row allows no others. */
export function closedValues(row: ClaimRow): readonly string[] | undefined {
  if (typeof row === 'string') return /^flag\b/.test(row) ? ['true', 'false'] : undefined
  return Array.isArray(row) && typeof row[0] === 'string' && !row.includes('*') ? (row as readonly string[]) : undefined
}

/** The row for a claim name: the row of that name, else of the family that it belongs to. */
export function findRow({ named, families }: ClaimTable, name: string): ClaimSpec | undefined {
  return (
    named.get(name) ?? families.find((row) => name.startsWith(row.name) && name !== row.name && !name.includes('*'))
  )
}

/** The row at the end of a path of claim names. */
export function followPath(rows: ClaimTable, path: readonly string[]): ClaimSpec | undefined {
  const [head, ...rest] = path
  const row = head === undefined ? undefined : findRow(rows, head)
  if (rest.length === 0) return row
  return row?.rows && followPath(row.rows, rest)
}

/** Whether a claim, or a claim that encloses it, is controlled by an attacker. */
export function isAttackerControlled(
  attackerControlled: readonly (string | readonly string[])[],
  path: readonly string[],
): boolean {
  return attackerControlled.some((claim) => [claim].flat().every((name, index) => path[index] === name))
}
