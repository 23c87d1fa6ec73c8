/** Reads JSON of other systems: only such as means the same to them and to JavaScript. */

import { isPlainObject, own } from '@jobpass/core/internal'

/** The content of a text, or why it is refused. */
export type JsonText = { readonly value: unknown } | { readonly refused: string }

/** Parses a text. A number that JavaScript would change makes it refused. */
export function parseJson(text: string): JsonText {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { refused: 'it is not JSON' }
  }
  const numbers = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d[\d.eE+-]*/g) ?? []
  const changed = numbers.find((number) => String(Number(number)) !== number)
  return changed === undefined ? { value } : { refused: `the number ${changed} loses digits when it is read` }
}

/** A member of an object; `undefined` where it is missing, `null` or empty, which mean the same. */
export function member(object: unknown, name: string): unknown {
  const value = isPlainObject(object) ? own(object, name) : undefined
  return value === null || value === '' || isEmpty(value) ? undefined : value
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isPlainObject(value) && Object.keys(value).length === 0
}

/** Whether a value is a list of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
