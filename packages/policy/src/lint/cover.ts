/**
 * Whether one pattern matches everything that another pattern, or a value, matches. A `*` of the
 * narrow pattern must meet a `*` of the wide one, so "yes" is always correct; "no" may be wrong.
 */

/**
 * Whether `wide` matches everything that `narrow` matches. With `literal`, `narrow` is a value, and
 * the answer is exact.
 */
export function covers(wide: string, narrow: string, literal = false): boolean {
  const wild = (part: string): boolean => !literal && part === '**'
  return sequence(wide.split('/'), narrow.split('/'), {
    isRun: (part) => part === '**',
    // At the end, `**` means at least one segment.
    least: 1,
    inRun: (part) => part !== '',
    one: (part, other) => !wild(other) && coversSegment(part, other, literal),
  })
}

function coversSegment(wide: string, narrow: string, literal: boolean): boolean {
  if (wide === '*') return narrow !== ''
  return sequence(Array.from(wide), Array.from(narrow), {
    isRun: (character) => character === '*',
    least: 0,
    inRun: () => true,
    one: (character, other) => (character === '?' ? literal || other !== '*' : character === other),
  })
}

interface Matching {
  readonly isRun: (wide: string) => boolean
  /** Minimum number of parts that a trailing run matches. */
  readonly least: 0 | 1
  readonly inRun: (narrow: string) => boolean
  readonly one: (wide: string, narrow: string) => boolean
}

/** Compares from the end, with one row per part of `wide`: cost is wide × narrow. */
function sequence(wide: readonly string[], narrow: readonly string[], by: Matching): boolean {
  const { length } = narrow
  let below = Array.from({ length: length + 1 }, (_, j) => j === length)
  for (let i = wide.length - 1; i >= 0; i--) {
    const part = wide[i] as string
    const row = Array.from({ length: length + 1 }, () => false)
    const mayBeEmpty = by.least === 0 || i < wide.length - 1
    for (let j = length; j >= 0; j--) {
      const other = narrow[j]
      if (by.isRun(part)) {
        const more = other !== undefined && by.inRun(other) && (row[j + 1] === true || below[j + 1] === true)
        row[j] = (mayBeEmpty && below[j] === true) || more
      } else {
        row[j] = other !== undefined && by.one(part, other) && below[j + 1] === true
      }
    }
    below = row
  }
  return below[0] === true
}

/** How much a pattern for refs, branches or environments matches. */
export type Looseness = 'everything' | 'loose' | 'tidy'

/**
 * Says whether anyone who may create a branch (or name an environment) can create one that matches.
 * `release/*` is tidy: a branch protection rule can use the same pattern. `release*`, and patterns
 * that begin with a wildcard, are loose: the rest of the name is free.
 */
export function loosenessOf(pattern: string): Looseness {
  const segments = pattern.split('/')
  const rest =
    segments[0] === 'refs' ? segments.slice(segments[1] === 'heads' || segments[1] === 'tags' ? 2 : 1) : segments
  const wild = (segment: string): boolean => segment === '*' || segment === '**'
  if (rest.length > 0 && rest.every(wild)) return 'everything'
  const mixed = (segment: string): boolean => !wild(segment) && hasWildcard(segment)
  return rest.some(mixed) || wild(rest[0] ?? '') ? 'loose' : 'tidy'
}

/** Whether a pattern contains a wildcard. */
export function hasWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?')
}
