/** Objects from outside: own members, plain copies. */

/** Whether a value is absent: missing, `null`, `''` or `[]`. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/**
 * Whether a value is a plain object: from a literal, from `JSON.parse`, or without a prototype; of
 * any realm, since test runners have several.
 */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Only the root prototype of a realm has this as an own member.
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'))
  )
}

/** Whether a value is a plain object with this member and no other. */
export function hasOnly<K extends string>(value: unknown, key: K): value is Readonly<Record<K, unknown>> {
  return isPlainObject(value) && Reflect.ownKeys(value).length === 1 && Object.hasOwn(value, key)
}

/** A copy without the members that are `undefined`. */
export function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T> & object
}

/** Reads an own property, never an inherited one. */
export function own(object: object, key: string): unknown {
  const value = (object as Record<string, unknown>)[key]
  return value === undefined || Object.hasOwn(object, key) ? value : undefined
}

/**
 * Copies plain objects and arrays deeply: own members only, each read once, frozen, without
 * prototype. Inherited members, later changes, and names of Object.prototype then have no effect.
 * Other values are kept.
 *
 * @throws {TypeError} beyond the depth limit.
 */
export function ownCopy<T>(value: T, depth = 16): T {
  const list = Array.isArray(value)
  if (!list && !isPlainObject(value)) return value
  if (depth === 0) throw new TypeError('nested deeper than 16 levels')
  if (list) return Object.freeze(Array.from(value as readonly unknown[], (item) => ownCopy(item, depth - 1))) as T
  const copy = Object.create(null) as Record<PropertyKey, unknown>
  for (const key of Reflect.ownKeys(value)) copy[key] = ownCopy((value as Record<PropertyKey, unknown>)[key], depth - 1)
  return Object.freeze(copy) as T
}
