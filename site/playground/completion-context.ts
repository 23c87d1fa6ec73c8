/** Where the caret is in the text of a rule. */

/** What is expected at the caret, and what is known of the rule around it. */
export interface Context {
  /** The offset where the word before the caret starts. */
  readonly from: number
  /** The word before the caret; may be empty. */
  readonly word: string
  /** What is expected. `'none'`: nothing is known. */
  readonly place: 'rule' | 'provider' | 'field' | 'claims' | 'settings' | 'operator' | 'value' | 'none'
  /** The id of the rule's provider, where it is known. */
  readonly provider: string | undefined
  /** The field whose value or operator is expected. */
  readonly field: string | undefined
  /** Whether the field is one of `claims`. */
  readonly inClaims: boolean
  /** Whether the field is one of `settings`. */
  readonly inSettings: boolean
  /** Whether the caret is inside of quotes. */
  readonly quoted: boolean
  /** The keys that the object already has. */
  readonly used: readonly string[]
}

/** A context in which nothing is known. */
export function unknownContext(from: number, word: string): Context {
  return {
    from,
    word,
    place: 'none',
    provider: undefined,
    field: undefined,
    inClaims: false,
    inSettings: false,
    quoted: false,
    used: [],
  }
}
