/** The canonical form of a policy, which is equal for documents with the same meaning. */

/**
 * Canonical JSON of a policy. The order of keys and lists has no meaning, because every list is of
 * alternatives; a list of one equals its item.
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
