/** JSON of other systems: only such as means the same to them and to JavaScript. */

import { isPlainObject, own } from '@jobpass/core/internal'

/**
 * Parses the text of a policy, which is named for messages.
 *
 * @throws {TypeError} for a text that is not JSON, and for a number that JavaScript would change.
 */
export function parseJson(name: string, text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new TypeError(`${name} is JSON, and this text is not`)
  }
  const numbers = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d[\d.eE+-]*/g) ?? []
  const changed = numbers.find((number) => String(Number(number)) !== number)
  if (changed === undefined) return value
  throw new TypeError(`${name}: the number ${changed.slice(0, 40)} loses digits when it is read`)
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
