/** Lower-cases ASCII letters only: hosts fold names this way, and Unicode folding would make different names equal. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
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

/** A value for a message about configuration: short, and on one line. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `[${value.map(show).join(', ')}]` : 'an object'
  }
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : String(value)
}

/**
 * Whether a parser may have read other digits than were written: `709e7420` is infinite, 2^53 + 1 is 2^53, and
 * `1.10` is 1.1.
 */
function hasLostDigits(value: unknown): boolean {
  return typeof value === 'number' && !Number.isSafeInteger(value)
}

/**
 * How a number or another bare value is to be written as text, or that its digits are lost. `written` is how it reads in its
 * document, where there is one.
 */
export function asText(
  value: unknown,
  written?: string,
  quote: (text: string) => string = (text) => `'${text}'`,
): string {
  if (written === undefined && hasLostDigits(value))
    return 'quote it where it is written: as a number it has lost its digits'
  return `quote it, ${quote(written ?? String(value))}`
}

/** A bare value by its type, and as it is written unless that is lost: `the number 7`, `a number`. */
export function showBare(value: unknown, written?: string): string {
  return written === undefined && hasLostDigits(value) ? 'a number' : `the ${typeof value} ${written ?? String(value)}`
}

/** A value for a message where text is expected: of a number, how to write it as text. */
export function showForText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(showForText).join(', ')}]`
  return typeof value === 'number' ? `${showBare(value)} (${asText(value)})` : show(value)
}

/** The type and size of a value, for a message about an option that may hold a secret. */
export function showType(value: unknown): string {
  if (typeof value === 'string') return `text of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`
  // Numbers and truth values are no secrets.
  return typeof value === 'symbol' ? 'a symbol' : show(value)
}

/** An address, for a message: without its query, and by its type where it may have user info. */
export function showUrl(value: unknown): string {
  if (typeof value === 'number') return showForText(value)
  if (typeof value !== 'string' || value.includes('@')) return showType(value)
  return show(value.replace(/[?#].*$/s, (rest) => `${rest.charAt(0)}…`))
}

/** `; did you mean 'x'?` for the nearest known name, or nothing when none is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const best = nearest(name, known)
  return best === undefined ? '' : `; did you mean '${best}'?`
}

/** The known name that begins so, else the one that differs least, by `most` letters; or nothing when none is near. */
export function nearest(
  name: string,
  known: Iterable<string>,
  most: number = Math.max(2, Math.ceil(name.length / 3)),
): string | undefined {
  // Longer than any name there is: nothing is near, and comparing would cost its length.
  if (name.length > 100) return undefined
  const list = [...known]
  let best = name.length < 3 ? undefined : list.find((candidate) => candidate.startsWith(name))
  let least = best === undefined ? most + 1 : 0
  for (const candidate of list) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(change, (previous[j] as number) + 1, (current[j - 1] as number) + 1))
    }
    previous = current
  }
  return previous[b.length] as number
}

/**
 * A copy of an option bag, own members only, each read once. Throws a `TypeError` for something that is no plain object, for a key nobody reads, and for
 * a value that is `undefined` or `null`.
 */
export function readOptions(what: string, bag: unknown, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (!isPlainObject(bag)) throw new TypeError(`${what} must be an object, not ${showType(bag)}`)
  const copy = Object.create(null) as Record<string, unknown>
  for (const key of Reflect.ownKeys(bag)) {
    if (typeof key !== 'string' || !known.includes(key)) {
      throw new TypeError(
        `${what} has no '${String(key)}'${didYouMean(String(key), known) || '.'} Known: ${known.join(', ') || 'none'}`,
      )
    }
    const value = bag[key]
    if (value === undefined || value === null) {
      throw new TypeError(`${what}: '${key}' is ${String(value)}: leave the key out, or give it a value`)
    }
    copy[key] = value
  }
  return Object.freeze(copy)
}

/** A number of seconds within bounds, both included. */
export function seconds(what: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !(value >= least && value <= most)) {
    throw new TypeError(`${what} must be a number of seconds from ${least} to ${most}, not ${show(value)}`)
  }
  return value
}
