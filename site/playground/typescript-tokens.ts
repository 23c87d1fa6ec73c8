/**
 * The tokens of a rule in TypeScript: literals, names and punctuation. Anything else is code, which
 * the page does not run.
 */

import { RuleError } from './rule-fault.ts'

/** A token with its place in the text. */
export interface Token {
  /** `'end'` is the end of the text. */
  readonly kind: 'text' | 'number' | 'name' | 'mark' | 'end'
  /** The value of a literal, a name, or a mark such as `(`. */
  readonly value: string | number
  /** Offset of the first character. */
  readonly start: number
  /** Offset after the last character. */
  readonly end: number
}

const blank = /(?:[\s\ufeff]|\/\/[^\n]*|\/\*[^]*?\*\/)*/y
const name = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy
const number = /-?(?:0|[1-9][\d_]*)(?:\.\d+)?(?:e[+-]?\d+)?(?![\w$.])/iy
const quoted = /'((?:[^'\\\n]|\\[^])*)'|"((?:[^"\\\n]|\\[^])*)"|`((?:[^`\\]|\\[^])*)`/y
const marks = '(){}[],:;.'

/**
 * Splits a text into tokens.
 *
 * @throws {RuleError} for a text literal that is not complete, or contains code.
 */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  for (let offset = skip(text, 0); ; offset = skip(text, (tokens.at(-1) as Token).end)) {
    const token = tokenAt(text, offset)
    tokens.push(token)
    if (token.kind === 'end') return tokens
  }
}

function skip(text: string, offset: number): number {
  return offset + (match(blank, text, offset)?.[0].length ?? 0)
}

function match(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset
  return pattern.exec(text)
}

function tokenAt(text: string, start: number): Token {
  if (start >= text.length) return { kind: 'end', value: '', start, end: start }
  const made = (kind: Token['kind'], value: string | number, length: number): Token => ({
    kind,
    value,
    start,
    end: start + length,
  })
  const mark = text[start] as string
  const digits = match(number, text, start)?.[0]
  if (digits !== undefined) return made('number', Number(digits.replaceAll('_', '')), digits.length)
  if (marks.includes(mark)) {
    return text.startsWith('...', start) ? made('mark', '...', 3) : made('mark', mark, 1)
  }
  const word = match(name, text, start)?.[0]
  if (word !== undefined) return made('name', word, word.length)
  const literal = match(quoted, text, start)
  if (literal !== null) {
    const [all, single, double, template] = literal
    if (template?.includes('${') === true) throw new RuleError('`${…}` is code: write the text out', start)
    return made('text', unescape((single ?? double ?? template) as string, start), all.length)
  }
  if (`'"\``.includes(mark)) throw new RuleError('this text has no closing quote on its line', start)
  // The parser reports it, since what comes before may explain it.
  return made('mark', text.startsWith('=>', start) ? '=>' : mark, text.startsWith('=>', start) ? 2 : 1)
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', '\n': '' }

/** The value of a literal (ECMA-262 §12.9.4), without the octal escapes of old programs. */
function unescape(text: string, start: number): string {
  return text.replaceAll(
    /\\(?:u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|([^]))/g,
    (_, point?: string, unit?: string, byte?: string, other?: string) => {
      const code = Number.parseInt(point ?? unit ?? byte ?? '', 16)
      if (code > 0x10_ff_ff) throw new RuleError('this text has an escape above \\u{10FFFF}', start)
      if (point !== undefined) return String.fromCodePoint(code)
      if (!Number.isNaN(code)) return String.fromCharCode(code)
      if (/[ux\d]/.test(other ?? '')) throw new RuleError('this text has an escape that is not complete', start)
      return escapes[other as string] ?? (other as string)
    },
  )
}
