/** The comments of a YAML text, with their places. Texts with `#` in them are no comments. */

import { Lexer } from 'yaml'

/** A comment. */
export interface Comment {
  /** The text after `#`. */
  readonly text: string
  /** The line, counted from 1. */
  readonly line: number
  /** The column of `#`, counted from 1. */
  readonly column: number
  /** Whether something is before it on its line. */
  readonly trailing: boolean
}

/** Marks of the lexer that have no text: the start of a document, the end of a flow, a scalar. */
const marks: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f', '\ufeff'])

/** Lists the comments of a text. */
export function commentsIn(text: string): readonly Comment[] {
  const comments: Comment[] = []
  let offset = 0
  let isScalar = false
  for (const lexeme of new Lexer().lex(text)) {
    if (marks.has(lexeme)) {
      isScalar = lexeme === '\u001f'
      continue
    }
    if (!isScalar && lexeme.startsWith('#')) comments.push(commentAt(text, offset, lexeme))
    isScalar = false
    offset += lexeme.length
  }
  return comments
}

function commentAt(text: string, offset: number, lexeme: string): Comment {
  const before = text.slice(0, offset).split('\n')
  const last = before.at(-1) ?? ''
  return { text: lexeme.slice(1).trim(), line: before.length, column: last.length + 1, trailing: last.trim() !== '' }
}
