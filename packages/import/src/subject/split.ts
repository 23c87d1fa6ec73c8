/**
 * Splits a pattern for subjects at the parts of a form: all ways in which values of the parts make
 * a subject that the pattern matches.
 */

import { characters, includesPattern } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any, one } from '../requirement.ts'

/** A part of a subject that differs between jobs. */
export interface Hole {
  /** Its name, unique in the form. */
  readonly hole: string
  /** The characters that its values have. */
  readonly of: RegExp
  /** Text that its values may have, and that is also fixed text of the form. Default: none. */
  readonly alsoFixed?: RegExp
}

/** A form of subjects: fixed text and holes. */
export type Form = readonly (string | Hole)[]

/**
 * A pattern for each hole. Values that match them make a subject that the whole pattern matches.
 */
export type Split = Readonly<Record<string, Pattern>>

/** The most splits that are looked at. */
const mostSplits = 512

interface Walk {
  readonly place: number
  readonly holes: Split
}

/** All splits, without those that another one includes; `undefined` for too many. */
export function splitsOf(pattern: Pattern, form: Form): readonly Split[] | undefined {
  const pieces = characters(pattern)
  let walks: readonly Walk[] = [{ place: 0, holes: {} }]
  for (const [index, part] of form.entries()) {
    const isLast = index === form.length - 1
    walks = walks.flatMap((walk) =>
      typeof part === 'string' ? overText(pieces, walk, part) : overHole(pieces, walk, part, isLast),
    )
    if (walks.length > mostSplits) return undefined
  }
  const splits = walks
    .filter(({ place }) => pieces.slice(place).every((piece) => piece === any))
    .map(({ holes }) => holes)
  return splits.filter(
    (split, index) =>
      !splits.some((other, at) => at !== index && includes(other, split) && (at < index || !includes(split, other))),
  )
}

/** Where the walk may be after a fixed text. */
function overText(pieces: Pattern, { place, holes }: Walk, text: string): readonly Walk[] {
  let places = new Set([place])
  for (const character of text) {
    const next = new Set<number>()
    for (const at of places) {
      const piece = pieces[at]
      // A wildcard takes the character, or nothing.
      if (piece === any) next.add(at)
      if (piece === any) places.add(at + 1)
      else if (piece === one || piece === character) next.add(at + 1)
    }
    places = next
  }
  return Array.from(places, (at) => ({ place: at, holes }))
}

function overHole(pieces: Pattern, { place, holes }: Walk, { hole, of }: Hole, isLast: boolean): readonly Walk[] {
  const walks: Walk[] = []
  for (let end = place + 1; end <= pieces.length; end++) {
    const last = pieces[end - 1]
    if (typeof last === 'string' && !of.test(last)) break
    // With a wildcard that follows, the hole has more values.
    if (pieces[end] === any || (isLast && end < pieces.length)) continue
    // A wildcard at the end of a hole may also match what follows the hole.
    walks.push({ place: last === any ? end - 1 : end, holes: { ...holes, [hole]: pieces.slice(place, end) } })
  }
  return walks
}

/** Whether a split has all values of another one. */
function includes(wide: Split, narrow: Split): boolean {
  return Object.entries(narrow).every(([name, pattern]) => includesPattern(wide[name] ?? [], pattern))
}
