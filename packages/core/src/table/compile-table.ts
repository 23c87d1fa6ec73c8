/**
 * A provider's table, compiled once: claim rows are parsed, and each field knows how to read and
 * compare its value.
 */

import type { Comparison, ValueForm } from './comparison.ts'
import { tenantFields } from '../model/issuer.ts'
import type { ProviderTable } from './provider-table.ts'
import type { ClaimSpec, ClaimTable } from './claim-rows.ts'
import { followPath, parseRows } from './claim-rows.ts'
import { ref, refName } from '../model/value-shape.ts'
import { own, ownCopy } from '../util/objects.ts'
import type { UnverifiedClaims } from '../model/token.ts'
import { fieldValues } from '../model/workload.ts'

/** Where the values of a field come from. */
interface ReadableField {
  readonly name: string
  /** The word of its claim, which says how the value is converted; of computed fields, `text`. */
  readonly kind: ClaimSpec['kind']
  /** The position of its claim among the single rows; -1 where `compute` finds the value. */
  readonly row: number
  /** Finds the value where no single row has it. */
  compute(token: FieldInput): unknown
}

/** One field of the identity. */
interface Field extends ReadableField {
  /** The path to the claim that the field mirrors; `undefined` when the field is computed. */
  readonly claim: readonly string[] | undefined
  /** Whether the value can never be reassigned to something else. */
  readonly immutable: boolean
  readonly comparison: Comparison
  /** What its values look like; `undefined` for the subject. */
  readonly form: ValueForm | undefined
}

/** What fields are read from. */
export interface FieldInput {
  /** The raw claims. */
  readonly claims: UnverifiedClaims
  /** The claims without the empty ones, as the functions of the table read them. */
  readonly present: UnverifiedClaims
}

/** A compiled table. */
export interface CompiledTable {
  /** The table itself. */
  readonly table: ProviderTable
  /** Its parsed claim rows. */
  readonly rows: ClaimTable
  /** Its fields by name. */
  readonly fields: ReadonlyMap<string, Field>
  /**
   * The same fields in their order, with those that are no rule keys. The values of a verified
   * token have the same order.
   */
  readonly fieldList: readonly ReadableField[]
  /** The database keys, each with the field of the id that it is made from. */
  readonly keys: readonly { readonly name: string; readonly id: string }[]
  /**
   * The positions of the fields that are read before a token counts as verified, since their
   * functions may throw; empty for the built-in tables, whose functions take all claims that match
   * the rows.
   */
  readonly early: readonly number[]
  /** The tenant fields of the issuer template. */
  readonly tenant: readonly string[]
  /** Makes an empty identity with all its members. */
  template(): Record<string, unknown>
}

/**
 * Compiles a table that is known to be right: those of the built-in providers, which the tests
 * check. `extra` are fields for which tables have no words.
 */
export function compileTable(
  given: ProviderTable,
  extra: Readonly<Record<string, (claims: UnverifiedClaims) => unknown>> = {},
): CompiledTable {
  const table = ownCopy(given)
  const rows = parseRows(table.claims, table.requiredClaims)
  const fields = new Map<string, Field>([['subject', subject]])
  for (const [name, source] of Object.entries(table.identity)) {
    fields.set(name, { ...compileField(name, source as FieldSource, rows), form: formOf(name, table) })
  }
  const tenant = table.issuer === undefined ? [] : tenantFields(table.issuer)
  const fieldList = [...fields.values(), ...Object.entries(extra).map(extraField)]
  const keys = databaseKeys.filter(({ id }) => fieldList.some(({ name }) => name === id))
  const names = [...fieldList, ...keys].map(({ name }) => name)
  return Object.freeze({ table, rows, fields, fieldList, keys, early: [], tenant, template: templatesOf(names) })
}

/**
 * Makes objects that keep one hidden class. An object that grows member by member, or that is
 * frozen after being copied, gets a hidden class of its own or V8's dictionary mode, depending on
 * the version: slower to make and to read, and several times the size. Objects made by
 * `JSON.parse` keep theirs, frozen or not.
 */
function templatesOf(fields: readonly string[]): () => Record<string, unknown> {
  const names = ['provider', 'issuer', 'audience', 'issuedAt', 'expiresAt', ...fields, 'claims']
  let text: string | undefined
  let ready: Record<string, unknown>[] = []
  return () => {
    text ??= pool(names)
    if (ready.length === 0) ready = JSON.parse(text) as Record<string, unknown>[]
    return ready.pop() as Record<string, unknown>
  }
}

/** JSON of a list of objects with these members: the parser is faster from the second one on. */
function pool(names: readonly string[]): string {
  const one = `{${names.map((name) => `${JSON.stringify(name)}:null`).join()}}`
  return `[${Array.from({ length: 16 }, () => one).join()}]`
}

/** Keys under which databases store records, each from an id that is unique per issuer. */
const databaseKeys = [
  { name: 'ownerKey', id: 'ownerId' },
  { name: 'repositoryKey', id: 'repositoryId' },
] as const

function extraField([name, compute]: [string, (claims: UnverifiedClaims) => unknown]): ReadableField {
  return { name, ...computed(({ present }) => compute(present)) }
}

/** The source of a field that no row has. */
function computed(compute: ReadableField['compute']): Omit<ReadableField, 'name'> {
  return { kind: 'text', row: -1, compute }
}

type FieldSource = string | readonly string[] | ((claims: UnverifiedClaims) => unknown)

const subject: Field = {
  name: 'subject',
  claim: ['sub'],
  immutable: false,
  comparison: { label: 'subject', type: 'string', foldCase: false, separator: undefined },
  form: undefined,
  ...computed(({ claims }) => claims.sub),
}

function compileField(name: string, source: FieldSource, rows: ClaimTable): Omit<Field, 'form'> {
  if (typeof source === 'function') {
    const values = own(fieldValues, name) as readonly string[] | undefined
    const compares = values === undefined ? { separator: '/' } : { separator: undefined, values }
    const comparison: Comparison = { label: name, type: 'string', foldCase: false, ...compares }
    return {
      name,
      claim: undefined,
      immutable: false,
      comparison,
      ...computed(({ present }) => onlyText(source(present))),
    }
  }
  const path = typeof source === 'string' ? [source] : source
  const spec = followPath(rows, path) as ClaimSpec
  const { kind } = spec
  const { values: _, ...boolean } = comparisonOf(spec, name)
  const comparison: Comparison =
    kind === 'flag' || kind === 'boolean'
      ? { ...boolean, type: 'boolean' }
      : { ...comparisonOf(spec, name), type: 'string' }
  return {
    name,
    claim: path,
    immutable: kind === 'id',
    comparison,
    kind,
    row: path.length === 1 ? rows.single.findIndex((row) => row.name === path[0]) : -1,
    compute: ({ claims }) => readPath(claims, path),
  }
}

/** The shapes of common fields, which are the same at all platforms. */
const fieldShapes = { ref, branch: refName, tag: refName } as const

/** Beginnings of full refs, each with the field for the rest. */
const shortened = { 'refs/heads/': 'branch', 'refs/tags/': 'tag' } as const

/** What is known of a field's values. */
export function formOf(field: string, { identity, shapes = {}, temporaryBranches = {} }: ProviderTable): ValueForm {
  const name = field.replace(/Id$/, '')
  return {
    field,
    shape: (own(shapes, field) ?? own(fieldShapes, field)) as ValueForm['shape'],
    name: name !== field && Object.hasOwn(identity, name) ? name : undefined,
    never: {
      ...(field === 'branch' && temporaryBranches),
      ...((field === 'branch' || field === 'tag') && shortened),
    },
  }
}

/**
 * How a claim compares under its own name: by its JSON type, with the case rule and separator of
 * its word.
 */
export function comparisonOf({ kind, values }: ClaimSpec, label: string): Comparison {
  return {
    label,
    type: kind === 'number' || kind === 'boolean' ? kind : 'string',
    foldCase: kind === 'name',
    separator: values === undefined && (kind === 'name' || kind === 'text') ? '/' : undefined,
    ...(values && { values }),
  }
}

/** Reads a nested claim; own members only. */
export function readPath(claims: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? own(value, name) : undefined),
    claims,
  )
}

/** Functions of a table must return text; anything else counts as missing. */
function onlyText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
