/**
 * The pattern language of rules: it matches whole values, by segments, in at most pattern × value
 * steps.
 *
 * `*` and `?` stay inside a segment, and a segment that is only `*` is not empty. `**` must be a
 * whole segment and matches any number of non-empty segments, at the end at least one.
 */

/** A compiled pattern: segments as lists of characters, or `**`. */
export type GlobPattern = readonly (readonly string[] | '**')[]

/** Compares one literal character. A parameter, so that tests can count the steps. */
export type SameCharacter = (pattern: string, value: string) => boolean

const same: SameCharacter = (pattern, value) => pattern === value

/**
 * Compiles a pattern.
 *
 * @throws {TypeError} when `**` is not a whole segment.
 */
export function compileGlob(pattern: string, separator: string): GlobPattern {
  return pattern.split(separator).map((segment) => {
    if (segment === '**') return '**'
    if (segment.includes('**')) {
      throw new TypeError(`glob('${pattern}'): '**' must stand alone between separators ('${separator}')`)
    }
    return Array.from(segment)
  })
}

/** Whether the whole value matches, in time of at most pattern length × value length. */
export function matchGlob(
  pattern: GlobPattern,
  value: string,
  separator: string,
  equal: SameCharacter = same,
): boolean {
  const segments = value.split(separator).map((segment) => Array.from(segment))
  let p = 0
  let v = 0
  // Where to resume when a later segment fails: after the last `**`, one segment further. Only the
  // last one matters: an earlier `**` that takes more would only leave less to match.
  let resumeP = -1
  let resumeV = 0
  while (v < segments.length) {
    const part = pattern[p]
    if (part === '**') {
      // Also at the end, where `**` needs at least one segment.
      resumeP = p++
      resumeV = v
    } else if (part !== undefined && matchSegment(part, segments[v] as string[], equal)) {
      p++
      v++
    } else if (resumeP >= 0 && (segments[resumeV] as string[]).length > 0) {
      v = ++resumeV
      p = resumeP + 1
    } else {
      return false
    }
  }
  return p === pattern.length
}

function matchSegment(pattern: readonly string[], value: readonly string[], equal: SameCharacter): boolean {
  if (pattern.length === 1 && pattern[0] === '*') return value.length > 0
  let p = 0
  let v = 0
  let star = -1
  let resume = 0
  while (v < value.length) {
    const character = pattern[p]
    if (character === '*') {
      star = p++
      resume = v
    } else if (character !== undefined && (character === '?' || equal(character, value[v] as string))) {
      p++
      v++
    } else if (star >= 0) {
      v = ++resume
      p = star + 1
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/**
 * Whether a value may exist that both patterns match, with `/` as the separator. Two
 * segments with wildcards count as equal, so "no" is always correct; "yes" may be wrong.
 */
export function mayMeet(one: string, other: string): boolean {
  const [a, b] = [segmentsOf(one), segmentsOf(other)]
  // From the end, with one row for each segment of `one`: in at most one × other steps.
  let below: boolean[] = []
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = []
    for (let j = b.length; j >= 0; j--) {
      const [x, y] = [a[i], b[j]]
      if (x === '**') row[j] = below[j] === true || ((y ?? '') !== '' && row[j + 1] === true)
      else if (y === '**') row[j] = row[j + 1] === true || ((x ?? '') !== '' && below[j] === true)
      else row[j] = x === undefined || y === undefined ? x === y : below[j + 1] === true && mayBeSame(x, y)
    }
    below = row
  }
  return below[0] === true
}

/** With a segment before a last `**`, which needs one, each `**` may be empty. */
function segmentsOf(pattern: string): readonly string[] {
  return pattern.replace(/(^|\/)\*\*$/, '$1*/**').split('/')
}

function mayBeSame(one: string, other: string): boolean {
  const [wild, plain] = /[*?]/.test(one) ? [one, other] : [other, one]
  return /[*?]/.test(plain) || matchSegment(Array.from(wild), Array.from(plain), same)
}
