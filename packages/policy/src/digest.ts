/** A short name for a policy: the same for documents that mean the same. */

/**
 * A JSON value in one spelling: neither the order of keys nor that of lists means anything in a policy, where every list is of alternatives, and a
 * list of one is that one.
 */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const items = [...new Set(value.map(canonical))].toSorted()
    return items.length === 1 ? (items[0] as string) : `[${items.join(',')}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical((value as Record<string, unknown>)[key])}`)
  return `{${members.join(',')}}`
}
