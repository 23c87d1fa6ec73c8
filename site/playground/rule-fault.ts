/** What is wrong with the text of a rule, and where. */

/** A fault with its place. */
export interface RuleFault {
  /** What is wrong, and what to write instead. */
  readonly message: string
  /** The place in the document, such as `rules.deploy[0].branch`; empty for the whole text. */
  readonly path: string
  /** Line, counted from 1; `undefined` for the text as a whole. */
  readonly line: number | undefined
  /** Column, counted from 1; `undefined` for the text as a whole. */
  readonly column: number | undefined
}

/** A fault at an offset of the text. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  /** The offset. */
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** The fault that an error describes, with line and column. */
export function faultAt(text: string, { message, offset }: RuleError): RuleFault {
  const before = text.slice(0, offset).split('\n')
  return { message, path: '', line: before.length, column: (before.at(-1) as string).length + 1 }
}
