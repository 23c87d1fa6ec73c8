/** Reads forms of trusted publishers: members by the names that a registry gives them. */

import { formatValue, isPlainObject } from '@jobpass/core/internal'
import type { Grant, ImportFinding, Reading } from '../model.ts'
import type { Members } from './document.ts'
import { listed, readValue } from './document.ts'

/** A publisher of a form that is not understood. */
export class UnknownForm extends Error {
  override readonly name = 'UnknownForm'
}

/** Reads the grant of one publisher. Throws `UnknownForm`. */
export type ReadPublisher = (members: Members, where: string) => Grant

/**
 * Reads one publisher, a list of them, or an answer of the registry that has them in one of the
 * `wrappers`.
 *
 * @throws {TypeError} for any other text.
 */
export function readPublishers(what: string, text: string, wrappers: readonly string[], read: ReadPublisher): Reading {
  const value = readValue(what, text)
  const wrapped = isPlainObject(value) ? wrappers.filter((name) => value[name] !== undefined) : []
  const entries: readonly (readonly [where: string, publisher: unknown])[] =
    isPlainObject(value) && wrapped.length > 0
      ? wrapped.flatMap((name) => placed(name, value[name]))
      : placed('publisher', value)
  const findings: ImportFinding[] = []
  const grants = entries.flatMap(([where, publisher]) => {
    if (!isPlainObject(publisher)) throw new TypeError(`${what} is an object, or a list of them, in JSON or YAML`)
    try {
      return [read(publisher, where)]
    } catch (error) {
      if (!(error instanceof UnknownForm)) throw error
      findings.push({ level: 'refused', where, message: error.message, fix: 'Write the rule by hand.' })
      return []
    }
  })
  return { grants, findings }
}

function placed(name: string, value: unknown): readonly (readonly [string, unknown])[] {
  return Array.isArray(value) ? value.map((each, index) => [`${name}[${index}]`, each]) : [[name, value]]
}

/**
 * The texts of a form by field. Each field has the names that forms use for it. A member that has a
 * value and is not listed makes the form unknown, since it may be a condition.
 */
export function fieldsOf<F extends string>(
  members: Members,
  fields: Readonly<Record<F, readonly string[]>>,
  others: readonly string[],
): Readonly<Partial<Record<F, string>>> {
  const entries = Object.entries<readonly string[]>(fields)
  const known = new Set([...others, ...entries.flatMap(([, names]) => names)])
  const unknown = Object.keys(members).find((name) => !known.has(name) && !isUnset(members[name]))
  if (unknown !== undefined) throw new UnknownForm(`The form has ${formatValue(unknown)}, which is not known.`)
  const found: Record<string, string> = {}
  for (const [field, names] of entries)
    for (const value of names.flatMap((name) => listed(members[name]))) {
      if (isUnset(value)) continue
      if (typeof value !== 'string' && typeof value !== 'number')
        throw new UnknownForm(`${formatValue(field)} of the form is no text.`)
      if (found[field] !== undefined && found[field] !== String(value))
        throw new UnknownForm(`The form has two values for ${formatValue(field)}.`)
      found[field] = String(value)
    }
  return found as Partial<Record<F, string>>
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/** A field that a form must have. */
export function needed(field: string, value: string | undefined): string {
  if (value === undefined) throw new UnknownForm(`The form has no ${formatValue(field)}.`)
  return value
}
