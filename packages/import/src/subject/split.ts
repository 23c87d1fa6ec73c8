/**
 * Splits a pattern for subjects at the parts of a form: all ways in which values of the parts make
 * a subject that the pattern matches.
 */

import { characters, matchesAll } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any, one } from '../requirement.ts'

/** A part of a subject that differs between jobs. */
export interface Hole {
  /** Its name, unique in the form. */
  readonly hole: string
  /** The characters that its values have. */
  readonly of: RegExp
}

/** A form of subjects: fixed text and holes. */
export type Form = readonly (string | Hole)[]

/** A pattern for each hole. Values that match them make a subject that the whole pattern matches. */
export interface Split {
  /** The patterns by hole. */
  readonly holes: Readonly<Record<string, Pattern>>
  /** How many characters of the form's fixed text are text of the pattern, too. */
  readonly literal: number
}

/** The most splits that are looked at. */
const mostSplits = 512

interface Walk {
  readonly place: number
  readonly literal: number
  readonly holes: Readonly<Record<string, Pattern>>
}

/** All splits, without those that another one includes; `undefined` for too many. */
export function splitsOf(pattern: Pattern, form: Form): readonly Split[] | undefined {
  const pieces = characters(pattern)
  let walks: readonly Walk[] = [{ place: 0, literal: 0, holes: {} }]
  for (const [index, part] of form.entries()) {
    const isLast = index === form.length - 1
    walks = walks.flatMap((walk) =>
      typeof part === 'string' ? overText(pieces, walk, part) : overHole(pieces, walk, part, isLast),
    )
    if (walks.length > mostSplits) return undefined
  }
  const splits = walks.filter(({ place }) => pieces.slice(place).every((piece) => piece === any))
  return splits.filter(
    (split, index) => !splits.some((other, at) => at !== index && includes(other, split, at < index)),
  )
}

/** Where the walk may be after a fixed text. */
function overText(pieces: Pattern, from: Walk, text: string): readonly Walk[] {
  let walks = new Map([[from.place, from.literal]])
  for (const character of text) {
    const next = new Map<number, number>()
    const reach = (place: number, literal: number): void => {
      next.set(place, Math.max(literal, next.get(place) ?? 0))
    }
    for (const [place, literal] of skipping(pieces, walks)) {
      const piece = pieces[place]
      if (piece === any) reach(place, literal)
      else if (piece === one) reach(place + 1, literal)
      else if (piece === character) reach(place + 1, literal + 1)
    }
    walks = next
  }
  return [...walks].map(([place, literal]) => ({ ...from, place, literal }))
}

function skipping(pieces: Pattern, walks: Map<number, number>): Map<number, number> {
  for (const [place, literal] of walks)
    if (pieces[place] === any) walks.set(place + 1, Math.max(literal, walks.get(place + 1) ?? 0))
  return walks
}

function overHole(pieces: Pattern, from: Walk, { hole, of }: Hole, isLast: boolean): readonly Walk[] {
  const walks: Walk[] = []
  for (let end = from.place + 1; end <= pieces.length; end++) {
    const last = pieces[end - 1]
    if (typeof last === 'string' && !of.test(last)) break
    if (isLast && end < pieces.length) continue
    // A wildcard at the end of a hole may also match what follows the hole.
    const place = last === any ? end - 1 : end
    walks.push({ ...from, place, holes: { ...from.holes, [hole]: pieces.slice(from.place, end) } })
  }
  return walks
}

/** Whether a split admits all that another one does; of two equal ones, the first includes. */
function includes(wide: Split, narrow: Split, isFirst: boolean): boolean {
  const names = Object.keys(narrow.holes)
  const same = (name: string): boolean => {
    const [a = [], b = []] = [wide.holes[name], narrow.holes[name]]
    return a.length === b.length && a.every((piece, index) => piece === b[index])
  }
  if (!names.every((name) => matchesAll(wide.holes[name] ?? []) || same(name))) return false
  return isFirst || !names.every(same)
}
