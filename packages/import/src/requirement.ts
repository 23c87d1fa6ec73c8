/**
 * What a trust policy of another system requires of a token, in one language: the readers of the
 * sources write it, and one translator makes rules of it. Types and the functions that join them.
 */

/** A claim by its path: `['repository_id']`, `['kubernetes.io', 'namespace']`. */
export type ClaimPath = readonly string[]

/** A JSON value that is neither a list nor an object. */
export type Scalar = string | number | boolean | null

/**
 * A pattern for the whole of a text, piece by piece: literal text, `any` for any number of any
 * characters (`*` of most systems), `one` for exactly one character.
 */
export type Pattern = readonly (string | typeof any | typeof one)[]

/** Any number of any characters, separators included. */
export const any: unique symbol = Symbol('*')

/** Exactly one character, separators included. */
export const one: unique symbol = Symbol('?')

/** How the value of a claim is compared. */
export type Comparison =
  /** Equal to one of the values, of the same JSON type. */
  | { readonly kind: 'equals'; readonly values: readonly Scalar[] }
  /** A text that is equal to one of the values, whatever the letter case. */
  | { readonly kind: 'equalsIgnoringCase'; readonly values: readonly string[] }
  /** A text that one of the patterns matches. */
  | { readonly kind: 'like'; readonly patterns: readonly Pattern[] }
  /** A list of which one item passes. */
  | { readonly kind: 'hasItem'; readonly item: Comparison }
  /** Any value. */
  | { readonly kind: 'present' }

/** One test of one claim. */
export interface ClaimTest {
  /** The claim. */
  readonly claim: ClaimPath
  /** The comparison. */
  readonly comparison: Comparison
  /** Whether a value that the comparison does not match passes, instead of one that it matches. */
  readonly negated: boolean
  /** Whether a token without the claim passes. */
  readonly absentPasses: boolean
  /** Place in the source, for messages: `Statement[0].Condition.StringLike`. */
  readonly where: string
}

/** What a token must satisfy: one test, all of several requirements, or any of them. */
export type Requirement =
  ClaimTest | { readonly all: readonly Requirement[] } | { readonly any: readonly Requirement[] }

/** A requirement that every token satisfies. */
export const everything: Requirement = { all: [] }

/** A requirement that no token satisfies. */
export const nothing: Requirement = { any: [] }
