/**
 * Finds where a text stops being JSON (RFC 8259). The YAML parser accepts more than JSON, and not
 * every runtime reports where its JSON parser stopped.
 */

const string = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/u
const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/
const word = new RegExp(`(?<mark>[{}[\\],:])|(?<string>${string.source})|(?<literal>${literal.source})`, 'uy')
const space = /[ \t\r\n]*/y

type Kind = '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'literal'
type State = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'more' | 'end'
/** The next state, or the effect of a token on the nesting. */
type Step = State | 'open' | 'close' | 'done' | 'next'

const value = { '{': 'open', '[': 'open', string: 'done', literal: 'done' } as const
const steps: Readonly<Record<State, Readonly<Partial<Record<Kind, Step>>>>> = {
  value,
  'first value': { ...value, ']': 'close' },
  key: { string: 'colon' },
  'first key': { string: 'colon', '}': 'close' },
  colon: { ':': 'value' },
  more: { ',': 'next', '}': 'close', ']': 'close' },
  end: {},
}

/** Offset of the first token that is not JSON, or `undefined` if all of the text is JSON. */
export function findNoJson(text: string): number | undefined {
  const open: ('{' | '[')[] = []
  let state: State = 'value'
  for (let offset = skipSpace(text, 0); offset < text.length; offset = skipSpace(text, word.lastIndex)) {
    word.lastIndex = offset
    const found = word.exec(text)?.groups
    if (found === undefined) return offset
    const kind = (found['mark'] ?? (found['string'] === undefined ? 'literal' : 'string')) as Kind
    const step: Step | undefined = steps[state][kind]
    const fits = step !== 'close' || (open.at(-1) === '{') === (kind === '}')
    if (step === undefined || !fits) return offset
    if (step === 'open') open.push(kind as '{' | '[')
    if (step === 'close') open.pop()
    if (step === 'open') state = kind === '{' ? 'first key' : 'first value'
    else if (step === 'next') state = open.at(-1) === '{' ? 'key' : 'value'
    else if (step === 'close' || step === 'done') state = open.length === 0 ? 'end' : 'more'
    else state = step
  }
  return state === 'end' ? undefined : text.length
}

function skipSpace(text: string, from: number): number {
  space.lastIndex = from
  space.exec(text)
  return space.lastIndex
}
