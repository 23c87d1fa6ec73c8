/** Objects that come from outside: own members, plain copies. */

/** Missing, `null`, `''` and `[]` are all absent. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** A plain object: made by a literal, by `JSON.parse`, or without a prototype; of any realm, since test runners have several. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Only the root of a realm's prototypes has this member of its own.
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'))
  )
}

/** Reads an own property, never an inherited one. */
export function own(object: object, key: string): unknown {
  const value = (object as Record<string, unknown>)[key]
  return value === undefined || Object.hasOwn(object, key) ? value : undefined
}

/**
 * Copies plain objects and arrays all the way down: own members only, each read once, frozen and without prototype, so that nothing inherited, changed later or
 * named like a member of objects can mean anything. Everything else stays itself. Throws a `TypeError` past the depth limit.
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
