/** Refuses options that are misspelled. */

/** Throws a `TypeError` for a value that is no object, and for an unknown option. */
export function checkOptions(what: string, options: unknown, known: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${what} takes an object of options`)
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  if (unknown === undefined) return
  throw new TypeError(`${what} has no option '${unknown}'. Known: ${Object.keys(known).join(', ')}`)
}
