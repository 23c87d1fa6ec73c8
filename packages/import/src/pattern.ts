/** Patterns of requirements: comparing them with texts, and writing them as globs of rules. */

import type { Pattern } from './requirement.ts'
import { any, one } from './requirement.ts'

type Piece = Pattern[number]

/** The same pattern without empty texts, with neighbouring texts and wildcards joined. */
export function joined(pattern: Pattern): Pattern {
  const pieces: Piece[] = []
  for (const piece of pattern) {
    const last = pieces.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') pieces[pieces.length - 1] = last + piece
    else if (piece !== '' && !(piece === any && last === any)) pieces.push(piece)
  }
  return pieces
}

/** The one text that a pattern without wildcards matches; `undefined` for one with wildcards. */
export function exactText(pattern: Pattern): string | undefined {
  return pattern.every((piece) => typeof piece === 'string') ? pattern.join('') : undefined
}

/** Whether a pattern matches every text. */
export function matchesAll(pattern: Pattern): boolean {
  return pattern.includes(any) && pattern.every((piece) => piece === any || piece === '')
}

/** Whether a pattern matches the whole of a text. */
export function matchesText(pattern: Pattern, text: string): boolean {
  return includesPattern(pattern, [text])
}

/** Whether a pattern matches all that another one matches; "no" may be wrong. */
export function includesPattern(wide: Pattern, narrow: Pattern): boolean {
  const pieces = characters(wide)
  // The places in the wide pattern that can be reached with the narrow one so far.
  let places = skipped(pieces, new Set([0]))
  for (const symbol of characters(narrow)) {
    const next = new Set<number>()
    for (const place of places) {
      const piece = pieces[place]
      if (piece === any) next.add(place)
      else if (piece !== undefined && symbol !== any && (piece === one || piece === symbol)) next.add(place + 1)
    }
    places = skipped(pieces, next)
  }
  return places.has(pieces.length)
}

/** A pattern by single characters. */
export function characters(pattern: Pattern): Pattern {
  return pattern.flatMap((piece): Pattern => (typeof piece === 'string' ? Array.from(piece) : [piece]))
}

function skipped(pieces: Pattern, places: Set<number>): Set<number> {
  for (const place of places) if (pieces[place] === any) places.add(place + 1)
  return places
}

/** A text that the pattern matches, with `filling` for each part that is free. */
export function sampleOf(pattern: Pattern, filling = 'x'): string {
  return pattern.map((piece) => (piece === any ? filling : piece === one ? 'x' : piece)).join('')
}

/** The most wildcards of which each may cross segments; the globs double with each. */
const mostCrossing = 3

/** What stands for `any` in globs: within a segment, or across several. */
const anyIn: readonly string[] = ['*', '*/**/*']

/**
 * Globs that match nothing that the pattern does not match; `undefined` where the text of the
 * pattern has a character that globs cannot say. `segments` is whether values may have several.
 */
export function globsWithin(pattern: Pattern, segments = true): readonly string[] | undefined {
  const crossing = segments && pattern.filter((piece) => piece === any).length <= mostCrossing
  return written(pattern, crossing ? anyIn : ['*'], ['?'])
}

/**
 * Globs that match everything without an empty segment that the pattern matches; `undefined` where
 * these are too many, or cannot be said.
 */
export function globsAround(pattern: Pattern): readonly string[] | undefined {
  if (pattern.filter((piece) => typeof piece !== 'string').length > mostCrossing) return undefined
  return written(pattern, anyIn, ['?', '/'])
}

function written(
  pattern: Pattern,
  forAny: readonly string[],
  forOne: readonly string[],
): readonly string[] | undefined {
  if (pattern.some((piece) => typeof piece === 'string' && /[*?]/.test(piece))) return undefined
  let globs: readonly string[] = ['']
  for (const piece of joined(pattern)) {
    const ways = piece === any ? forAny : piece === one ? forOne : [piece]
    globs = globs.flatMap((glob) => ways.map((way) => glob + way))
  }
  return shortened(globs.map((glob) => glob.replace(/\*\/\*\*\/\*$/, '*/**')))
}

// Where a list has both of release/* and release/*/**, the glob release/** says the same.
function shortened(globs: readonly string[]): readonly string[] {
  const short = globs.flatMap((glob) => {
    if (!/(?:^|\/)\*$/.test(glob) || !globs.includes(`${glob}/**`)) return [glob]
    return [`${glob}*`]
  })
  return short.filter((glob) => !(/(?:^|\/)\*\/\*\*$/.test(glob) && short.includes(glob.slice(0, -3).concat('*'))))
}
