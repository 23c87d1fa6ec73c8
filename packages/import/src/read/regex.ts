/**
 * Regular expressions of RE2 in the subset that has an exact meaning as patterns: literal text,
 * `.`, `.*`, `.+`, `[^/]+`, small classes, `?`, groups, alternatives and anchors.
 *
 * Syntax: https://github.com/google/re2/wiki/Syntax
 */

/** An anchor. */
export interface Anchor {
  /** The beginning of the text, or its end. */
  readonly kind: 'start' | 'end'
}

/** A piece of an alternative that matches characters. */
export type Matcher =
  /** Literal text. */
  | string
  /** One character, or any number of them, that are not line breaks: `.`, `.*`. */
  | { readonly kind: 'one' | 'any' }
  /** At least one character, each of which is another one: `[^/]+`. */
  | { readonly kind: 'other'; readonly than: string }

/** A piece of an alternative. */
export type Piece = Matcher | Anchor

/** One way to match: pieces in their order. */
export type Alternative = readonly Piece[]

/** What a regular expression means, or why it is refused. */
export type ParsedRegex = { readonly alternatives: readonly Alternative[] } | { readonly refused: string }

const mostAlternatives = 64

class Unsupported extends Error {}

/** Parses a regular expression: the alternatives that it is a short form of. */
export function parseRegex(source: string): ParsedRegex {
  const reader = new RegexReader(source)
  try {
    const alternatives = reader.alternation()
    return reader.isDone ? { alternatives } : { refused: 'a group is not closed, or closed twice' }
  } catch (error) {
    if (error instanceof Unsupported) return { refused: error.message }
    throw error
  }
}

/** Recursive descent over the characters. */
class RegexReader {
  readonly #characters: readonly string[]
  #at = 0

  constructor(source: string) {
    this.#characters = Array.from(source)
  }

  get isDone(): boolean {
    return this.#at === this.#characters.length
  }

  alternation(): readonly Alternative[] {
    let found = this.#sequence()
    while (this.#takes('|')) found = limited([...found, ...this.#sequence()])
    return found
  }

  #sequence(): readonly Alternative[] {
    let found: readonly Alternative[] = [[]]
    while (!this.isDone && this.#peek !== '|' && this.#peek !== ')') {
      const next = this.#quantified(this.#atom())
      found = limited(found.flatMap((before) => next.map((after) => [...before, ...after])))
    }
    return found
  }

  #atom(): readonly Alternative[] {
    const character = this.#next()
    if (character === '^') return [[{ kind: 'start' }]]
    if (character === '$') return [[{ kind: 'end' }]]
    if (character === '.') return [[{ kind: 'one' }]]
    if (character === '[') return this.#class()
    if (character === '(') return this.#group()
    if (character === '\\') return [[this.#escaped()]]
    if (/[*+?{}\]]/.test(character)) throw new Unsupported(`"${character}" is not understood`)
    return [[character]]
  }

  #group(): readonly Alternative[] {
    if (this.#takes('?') && !this.#takes(':')) throw new Unsupported('flags and named groups are not understood')
    const found = this.alternation()
    if (!this.#takes(')')) throw new Unsupported('a group is not closed')
    return found
  }

  #class(): readonly Alternative[] {
    const isNegated = this.#takes('^')
    const members: string[] = []
    do {
      const character = this.#next()
      const isRange = character === '-' && members.length > 0 && this.#peek !== ']'
      if (character === '[' || character === ']' || isRange)
        throw new Unsupported('ranges of characters have no counterpart')
      members.push(character === '\\' ? this.#escaped() : character)
    } while (!this.#takes(']'))
    if (!isNegated) return limited(members.map((member) => [member]))
    const [than = '', ...more] = members
    if (more.length > 0 || !this.#takes('+'))
      throw new Unsupported('of negated classes, only one like [^/]+ is understood')
    // A lazy quantifier matches the same texts.
    this.#takes('?')
    return [[{ kind: 'other', than }]]
  }

  #escaped(): string {
    const character = this.#next()
    if (/[\p{L}\p{N}]/u.test(character)) throw new Unsupported(`\\${character} has no counterpart`)
    return character
  }

  #quantified(atom: readonly Alternative[]): readonly Alternative[] {
    const mark = ['*', '+', '?'].find((mark) => this.#takes(mark))
    if (mark === undefined) return atom
    // A lazy quantifier matches the same texts.
    this.#takes('?')
    if (mark === '?') return limited([...atom, []])
    const [piece, ...more] = atom[0] ?? []
    if (atom.length > 1 || more.length > 0 || typeof piece !== 'object' || piece.kind !== 'one')
      throw new Unsupported(`"${mark}" is understood after "." only`)
    return mark === '*' ? [[{ kind: 'any' }]] : [[piece, { kind: 'any' }]]
  }

  get #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #takes(character: string): boolean {
    if (this.#peek !== character) return false
    this.#at++
    return true
  }

  #next(): string {
    const character = this.#peek
    if (character === undefined) throw new Unsupported('it is incomplete')
    this.#at++
    return character
  }
}

function limited(alternatives: readonly Alternative[]): readonly Alternative[] {
  if (alternatives.length > mostAlternatives) throw new Unsupported('it has too many alternatives')
  return alternatives
}
