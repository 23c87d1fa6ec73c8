/** Reads the text of a document, in JSON or YAML. */

import { isPlainObject } from '@jobpass/core/internal'
import { parse } from 'yaml'

/** An object of a document. */
export type Members = Readonly<Record<string, unknown>>

/**
 * Reads a document of which the top level is an object.
 *
 * @throws {TypeError} for another text. `what` says what it should be.
 */
export function readMembers(what: string, text: string): Members {
  const value = readValue(what, text)
  if (!isPlainObject(value)) throw new TypeError(`${what} is an object in JSON or YAML`)
  return value
}

/**
 * Reads a document. A key that is there twice is an error, since systems differ in which one they
 * take.
 *
 * @throws {TypeError} for a text that is neither JSON nor YAML.
 */
export function readValue(what: string, text: string): unknown {
  try {
    return parse(text, { uniqueKeys: true, maxAliasCount: 0, logLevel: 'error' }) as unknown
  } catch (error) {
    throw new TypeError(`${what} is neither JSON nor YAML: ${(error as Error).message}`, { cause: error })
  }
}

/** One value as a list of it; a list as it is. */
export function listed(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value]
}
