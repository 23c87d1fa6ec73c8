/** Where a rule names a claim, and how it compares there. */

import { findRow, formFault, readOnlyFields } from '@jobpass/core/internal'
import type { CompiledTable } from '@jobpass/core/internal'
import type { ClaimPath, Scalar } from '../requirement.ts'

type Row = NonNullable<ReturnType<typeof findRow>>

/** A claim of a table. */
export interface Slot {
  /** The field that mirrors the claim; else the path of the claim. */
  readonly key: string | readonly string[]
  /** The parsed row of the claim. */
  readonly row: Row
  /** Whether every accepted token has the claim. */
  readonly required: boolean
  /** Whether a token may have the claim with an empty text, or with `null`. */
  readonly mayBeEmpty: boolean
  /** Whether rules take globs for it. */
  readonly globs: boolean
  /** Whether rules ignore ASCII letter case. */
  readonly foldsCase: boolean
  /** Whether a value has the name of a repository in it, and is compared by letter case. */
  readonly hasNames: boolean
  /**
   * All values that rules may name, in the type of the token; `undefined` where there are others.
   */
  readonly values: readonly Scalar[] | undefined
  /**
   * Whether a token may have the value, or a value that the glob matches: an id has digits only.
   */
  readonly mayBe: (text: string, isGlob: boolean) => boolean
  /** A glob that each value matches. */
  readonly every: string
  /** Whether a value of the token is of the type that the claim has. */
  readonly hasType: (value: Scalar) => boolean
  /** Writes a value of the token as the rule has it. */
  readonly write: (value: Scalar) => Scalar
}

/** Claims such as `acme/shop/.github/workflows/ci.yml@refs/heads/main`. */
const withNames: ReadonlySet<string> = new Set(['workflow_ref', 'job_workflow_ref', 'ci_config_ref_uri'])

/** The slot of a claim; `undefined` for a claim that the table does not list. */
export function slotOf({ rows, fields }: CompiledTable, path: ClaimPath): Slot | undefined {
  const found = followed(rows, path)
  if (found === undefined) return undefined
  const { row, required } = found
  const field = [...fields.values()].find(
    ({ name, claim }) => !readOnlyFields.has(name) && JSON.stringify(claim) === JSON.stringify(path),
  )
  const { kind, values } = row
  const globs = values === undefined && (kind === 'name' || kind === 'text')
  const shapes = field?.form?.shape?.globs ?? []
  const isFlag = kind === 'flag' && field !== undefined
  return {
    key: field?.name ?? path,
    row,
    required,
    mayBeEmpty: row.nullable || (kind === 'text' && values === undefined),
    globs,
    mayBe: (text, isPattern) => formFault({ text, isPattern, globs }, field?.form) === undefined,
    every: shapes.length === 1 ? (shapes[0] ?? '**') : '**',
    foldsCase: kind === 'name',
    hasNames: path.length === 1 && withNames.has(path[0] ?? ''),
    values: kind === 'boolean' ? [true, false] : values,
    hasType: (value) =>
      kind === 'number' || kind === 'boolean' ? typeof value === kind : typeof value === 'string' && value !== '',
    write: (value) => (isFlag ? value === 'true' : kind === 'number' && field !== undefined ? String(value) : value),
  }
}

function followed(
  rows: CompiledTable['rows'],
  [head = '', ...rest]: ClaimPath,
): { readonly row: Row; readonly required: boolean } | undefined {
  const row = findRow(rows, head)
  if (row === undefined) return undefined
  if (rest.length === 0) return row.kind === 'object' ? undefined : { row, required: !row.optional }
  const inner = row.rows && !row.list ? followed(row.rows, rest) : undefined
  return inner && { row: inner.row, required: inner.required && !row.optional }
}
