/** Finds the known name that a misspelt one probably means. */

/** `; did you mean 'x'?` for the nearest known name; an empty text when none is near. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const best = nearest(name, known)
  return best === undefined ? '' : `; did you mean '${best}'?`
}

/**
 * The known name that begins with the given one, else the one with the fewest different letters, up
 * to `most`; `undefined` when none is near.
 */
export function nearest(
  name: string,
  known: Iterable<string>,
  most: number = Math.max(2, Math.ceil(name.length / 3)),
): string | undefined {
  // Longer than any known name. The cost of comparing grows with the length.
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
