/**
 * Detects two copies of this package in one process, which do not recognize each other's rules,
 * verifiers and callers. Each copy registers itself, so that a message can name both. Nothing else
 * depends on the registry.
 */

/** One copy, as other copies see it. */
interface Copy {
  /** Where it is installed. */
  readonly at: string
  /** Whether this copy made an object. */
  readonly knows: (value: unknown) => boolean
}

/** The part of `WeakRef` that is used; some Workers runtimes lack the class. */
interface Held {
  deref(): Copy | undefined
}

const makers: ((value: unknown) => boolean)[] = []
const self: Copy = { at: whereFrom(new Error('where').stack), knows: (value) => makers.some((made) => made(value)) }
const registry = join(self)

/** Registers a function that recognizes one kind of object of this copy. */
export function recognize(made: (value: unknown) => boolean): void {
  makers.push(made)
}

/**
 * Makes a `TypeError` about an object that this copy did not make. Its message is `message`, or
 * that another copy made the object.
 */
export function notMadeHere(value: unknown, message: string): TypeError {
  return new TypeError(twoCopies(value) ?? message)
}

/**
 * Refuses an object of another copy, which would otherwise be mistaken for something else.
 *
 * @throws {TypeError} that names both copies.
 */
export function refuseOtherCopy(value: unknown): void {
  const message = twoCopies(value)
  if (message !== undefined) throw new TypeError(message)
}

/** The message for an object of another copy; `undefined` for all other values. */
function twoCopies(value: unknown): string | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || self.knows(value))
    return undefined
  for (const held of registry) {
    const copy = held.deref()
    if (copy === undefined) registry.delete(held)
    else if (copy !== self && copy.knows(value))
      return `two copies of @jobpass/core, at ${self.at} and ${copy.at}: install one`
  }
  return undefined
}

/**
 * Adds a copy to those of this process. They are held weakly, since development servers load many.
 */
function join(copy: Copy): Set<Held> {
  const key = Symbol.for('@jobpass/core')
  const world = globalThis as { [key]?: Set<Held> }
  const known = Object.hasOwn(world, key) ? world[key] : undefined
  const copies = known ?? new Set<Held>()
  copies.add(typeof WeakRef === 'undefined' ? { deref: () => copy } : new WeakRef(copy))
  // Hardened programs have a frozen global object.
  if (known === undefined && Object.isExtensible(world)) Object.defineProperty(world, key, { value: copies })
  return copies
}

/**
 * The package's folder, or the bundle's file, from the stack of an error. `import.meta` would be a
 * syntax error where a test runner or bundler converts this module to CommonJS.
 */
function whereFrom(stack = ''): string {
  const [, place] = /(?:\(|@|at )((?:[a-z]+:\/\/|\/|[A-Z]:[\\/]).*?):\d+(?::\d+)?\)?$/m.exec(stack) ?? []
  return (
    place?.replace(/([\\/]@jobpass[\\/]core)[\\/].*$/, '$1').replace(/[\\/](?:src|dist)[\\/].*$/, '') ??
    'an unknown place'
  )
}
