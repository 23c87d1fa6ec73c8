/** Values that are made once for an object and a name, and kept as long as the object. */

export type Kept<V> = WeakMap<object, Map<string, V>>

/** The kept value, which is made at the first call. */
export function keptAt<V>(kept: Kept<V>, owner: object, name: string, make: () => V): V {
  const byName = kept.get(owner) ?? new Map<string, V>()
  const known = byName.get(name)
  if (known !== undefined) return known
  const made = make()
  kept.set(owner, byName.set(name, made))
  return made
}
