/** Options as users write them: a name that is misspelt must not be ignored. */

/**
 * The options, if they are an object with these names only.
 *
 * @throws {TypeError} that names what is unknown.
 */
export function readOptions<T extends object>(
  what: string,
  given: T,
  names: { readonly [K in keyof T]-?: unknown },
): T {
  if (typeof given !== 'object' || given === null) throw new TypeError(`${what}: its options must be an object`)
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(names, name))
  if (unknown !== undefined)
    throw new TypeError(`${what}: its options have no '${unknown}'. Known: ${Object.keys(names).join(', ')}`)
  return given
}
