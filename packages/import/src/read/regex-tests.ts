/**
 * Tests of a claim by a regular expression, as requirements: one that holds where a text matches,
 * and one that holds where a text does not match. Neither is ever wider, for texts without line
 * breaks: `.` does not match those, and no claim of a platform has one.
 */

import { joined } from '../pattern.ts'
import { any, one } from '../requirement.ts'
import type { ClaimPath, Comparison, Pattern, Requirement } from '../requirement.ts'
import { isText, test } from './claim-tests.ts'
import type { Alternative, Anchor, Matcher, Piece } from './regex.ts'
import { parseRegex } from './regex.ts'

/** A regular expression as requirements on a claim. */
export interface RegexTests {
  /** Where the claim is a text that matches. */
  readonly matches: Requirement
  /** Where the claim is a text that does not match. */
  readonly differs: Requirement
  /** A text that matches only because an anchor is missing, where there is one. */
  readonly loose: string | undefined
}

/** Makes the tests of a claim, or says why the expression is refused. */
export function regexTests(source: string, claim: ClaimPath, where: string): RegexTests | { readonly refused: string } {
  const parsed = parseRegex(source)
  if ('refused' in parsed) return parsed
  const anchored = parsed.alternatives.map(anchorsOf)
  const shapes: Shape[] = []
  for (const each of anchored) {
    const shape = each === undefined ? undefined : shapeOf(each)
    if (each === undefined || shape === undefined) return { refused: 'its anchors or classes have no counterpart' }
    shapes.push(shape)
  }
  const like = (patterns: readonly Pattern[], negated: boolean): Requirement =>
    test({ claim, comparison: comparisonOf(patterns), negated, where })
  const plain = shapes.filter(({ except }) => except === undefined).map(({ pattern }) => pattern)
  const limited = shapes.flatMap(({ pattern, except }) => (except === undefined ? [] : [{ pattern, except }]))
  return {
    matches: anyOf([
      ...(plain.length > 0 ? [like(plain, false)] : []),
      ...limited.map(({ pattern, except }) => ({ all: [like([pattern], false), like([except], true)] })),
    ]),
    differs: {
      all: [
        isText(claim, where),
        ...(plain.length > 0 ? [like(plain, true)] : []),
        ...limited.map(({ pattern, except }) => ({ any: [like([pattern], true), like([except], false)] })),
      ],
    },
    loose: parsed.alternatives.map(looseText).find((text) => text !== undefined),
  }
}

/** Patterns without wildcards are values. */
function comparisonOf(patterns: readonly Pattern[]): Comparison {
  const texts = patterns.map((pattern) =>
    pattern.every((piece) => typeof piece === 'string') ? pattern.join('') : undefined,
  )
  return texts.every((each) => each !== undefined) ? { kind: 'equals', values: texts } : { kind: 'like', patterns }
}

const anyOf = (parts: readonly Requirement[]): Requirement =>
  parts.length === 1 && parts[0] ? parts[0] : { any: parts }

/** The pieces between the anchors, and which anchors are there. */
interface Anchored {
  readonly pieces: readonly Matcher[]
  readonly start: boolean
  readonly end: boolean
}

function anchorsOf(alternative: Alternative): Anchored | undefined {
  const isAt = (index: number, kind: Anchor['kind']): boolean => {
    const piece = alternative[index]
    return typeof piece === 'object' && piece.kind === kind
  }
  let from = 0
  let to = alternative.length
  while (isAt(from, 'start')) from++
  while (to > from && isAt(to - 1, 'end')) to--
  const pieces: Matcher[] = []
  for (const piece of alternative.slice(from, to)) {
    if (isAnchor(piece)) return undefined
    pieces.push(piece)
  }
  return { pieces, start: from > 0, end: to < alternative.length }
}

const isAnchor = (piece: Piece): piece is Anchor =>
  typeof piece === 'object' && (piece.kind === 'start' || piece.kind === 'end')

/** What an alternative matches: a pattern, except the texts that match another one. */
interface Shape {
  readonly pattern: Pattern
  readonly except: Pattern | undefined
}

function shapeOf({ pieces, start, end }: Anchored): Shape | undefined {
  const others = pieces.flatMap((piece) => (typeof piece === 'object' && piece.kind === 'other' ? [piece.than] : []))
  const isMixed = pieces.some((piece) => typeof piece === 'object' && piece.kind !== 'other')
  const [than] = others
  const pattern = joined([
    ...(start ? [] : anything),
    ...pieces.flatMap((piece): Pattern => (typeof piece === 'string' ? [piece] : patternOf[piece.kind])),
    ...(end ? [] : anything),
  ])
  if (than === undefined) return { pattern, except: undefined }
  // Where each variable part excludes the same character, and nothing else varies, a text matches
  // if it has that character as often as the literal parts have it.
  if (isMixed || !start || !end || others.some((other) => other !== than)) return undefined
  const literal = pieces.filter((piece) => typeof piece === 'string').join('')
  const count = literal.split(than).length
  return {
    pattern,
    except: others.length === 1 ? exceptOf(pieces, than) : timesOf(than, count),
  }
}

const anything: Pattern = [any]
const patternOf: Readonly<Record<'one' | 'any' | 'other', Pattern>> = { one: [one], any: [any], other: [one, any] }

/** Any text that has a character so many times, or more. */
const timesOf = (character: string, count: number): Pattern =>
  joined(Array.from({ length: count }, (): Pattern => [any, character, any]).flat())

/** With one variable part: the same pattern, with the excluded character within that part. */
const exceptOf = (pieces: Anchored['pieces'], than: string): Pattern =>
  joined(pieces.flatMap((piece): Pattern => (typeof piece === 'string' ? [piece] : [any, than, any])))

/** A text that matches because an anchor is missing, and no `.*` asks for more. */
export function looseText(alternative: Alternative): string | undefined {
  const { pieces, start, end } = anchorsOf(alternative) ?? { pieces: [], start: true, end: true }
  const isOpen = (piece: Matcher | undefined): boolean => typeof piece === 'object' && piece.kind === 'any'
  const before = !start && !isOpen(pieces[0])
  const after = !end && !isOpen(pieces.at(-1))
  if (!before && !after) return undefined
  return `${before ? 'evil-' : ''}${pieces.map(sampleOf).join('')}${after ? '-evil' : ''}`
}

const sampleOf = (piece: Matcher): string =>
  typeof piece === 'string' ? piece : piece.kind === 'other' && piece.than === 'x' ? 'y' : 'x'
