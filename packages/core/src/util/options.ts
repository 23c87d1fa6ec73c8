/** Reads configuration: option bags, and numbers within bounds. */

import { isPlainObject } from './objects.ts'
import { formatType, formatValue } from './format.ts'
import { didYouMean } from './nearest.ts'

/**
 * A copy of an option bag: own members only, each read once. `known` lists the members of its type;
 * the values are not checked.
 *
 * @throws {TypeError} for a value that is not a plain object, an unknown key, and an `undefined` or
 * `null` value.
 */
export function readOptions<T extends object>(
  what: string,
  bag: unknown,
  known: Readonly<Record<keyof T, true>>,
): Readonly<Partial<T>> {
  if (!isPlainObject(bag)) throw new TypeError(`${what} must be an object, not ${formatType(bag)}`)
  const names = Object.keys(known)
  const copy = Object.create(null) as Record<string, unknown>
  for (const key of Reflect.ownKeys(bag)) {
    if (typeof key !== 'string' || !names.includes(key)) {
      throw new TypeError(
        `${what} has no '${String(key)}'${didYouMean(String(key), names) || '.'} Known: ${names.join(', ')}`,
      )
    }
    const value = bag[key]
    if (value === undefined || value === null) {
      throw new TypeError(`${what}: '${key}' is ${String(value)}: leave the key out, or give it a value`)
    }
    copy[key] = value
  }
  return Object.freeze(copy) as Readonly<Partial<T>>
}

/**
 * Checks an option that is `true` or left out.
 *
 * @throws {TypeError} for any other value.
 */
export function assertTrue(what: string, value: unknown): void {
  if (value !== undefined && value !== true) throw new TypeError(`${what} is true, or left out`)
}

/**
 * A number of seconds within bounds, both included.
 *
 * @throws {TypeError} for any other value.
 */
export function assertSeconds(what: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new TypeError(`${what} must be a number of seconds from ${least} to ${most}, not ${formatValue(value)}`)
  }
  return value
}
