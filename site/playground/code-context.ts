/** The context of the caret in TypeScript and JSON: both have brackets and quotes. */

import type { Context } from './completion-context.ts'
import { unknownContext } from './completion-context.ts'
import { providersByName } from '@jobpass/policy/built-in'

/** An open bracket before the caret. */
interface Frame {
  readonly open: string
  /** The name before a `(`, without `.at(…)`. */
  readonly callee: string
  /** The key whose value this bracket begins. */
  readonly parentKey: string | undefined
  /** The number of commas so far. */
  commas: number
  /** The key whose value is being written. */
  key: string | undefined
  /** The keys so far. */
  readonly keys: string[]
  /** The values of keys that are texts. */
  readonly texts: Map<string, string>
}

interface Scan {
  readonly frames: readonly Frame[]
  /** The offset of the quote before the caret, where the caret is in a text. */
  readonly quote: number | undefined
}

const piece =
  /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^'\\\n]|\\[^])*(?:'|$|(?=\n))|"(?:[^"\\\n]|\\[^])*(?:"|$|(?=\n))|[\w$][\w$-]*|[^\s]/g

/** The context in TypeScript or JSON. */
export function contextInCode(text: string, caret: number, language: 'typescript' | 'json'): Context {
  const { frames, quote } = scan(text.slice(0, caret))
  const word = quote === undefined ? (/[\w$-]*$/.exec(text.slice(0, caret))?.[0] ?? '') : text.slice(quote + 1, caret)
  const from = caret - word.length
  const base = { ...unknownContext(from, word), quoted: quote !== undefined }
  return language === 'json' ? inJson(base, frames, text) : inTypeScript(base, frames)
}

function scan(before: string): Scan {
  const frames: Frame[] = [frameOf('', '', undefined)]
  let previous = ''
  let beforeCall = ''
  let quote: number | undefined
  for (const { 0: token, index } of before.matchAll(piece)) {
    const frame = frames.at(-1) as Frame
    const isOpen = /^['"]/.test(token) && (token.length === 1 || !token.endsWith(token[0] as string))
    quote = isOpen && index + token.length === before.length ? index : undefined
    if ('([{'.includes(token)) {
      const callee = token !== '(' ? '' : /^[\w$]+$/.test(previous) ? (previous === 'at' ? '' : previous) : beforeCall
      frames.push(frameOf(token, callee, frame.key))
    } else if (')]}'.includes(token)) {
      if (frames.length > 1) frames.pop()
    } else if (token === ':') {
      frame.key = unquoted(previous)
      frame.keys.push(frame.key)
    } else if (token === ',') {
      frame.commas++
      frame.key = undefined
    } else if (frame.key !== undefined && previous === ':') frame.texts.set(frame.key, unquoted(token))
    // `gitlab.at('…')` is the callee of the next bracket, too.
    if (token === '.') beforeCall = previous
    previous = token
  }
  return { frames, quote }
}

function frameOf(open: string, callee: string, parentKey: string | undefined): Frame {
  return { open, callee, parentKey, commas: 0, key: undefined, keys: [], texts: new Map() }
}

function unquoted(token: string): string {
  return token.replaceAll(/^['"]|['"]$/g, '')
}

function inTypeScript(base: Context, frames: readonly Frame[]): Context {
  const index = frames.findLastIndex(({ callee }) => Object.hasOwn(providersByName, callee))
  const call = frames[index]
  const inner = frames.slice(index + 1)
  if (call === undefined)
    return frames.every(({ open }) => open === '' || open === '[' || open === '(') && !base.quoted
      ? { ...base, place: 'rule' }
      : base
  const [object] = inner
  if (object?.open !== '{') return base
  const provider = providersByName[call.callee]?.id
  const inSettings = call.commas > 0
  return within({ ...base, provider, inSettings }, object, inner.slice(1), inSettings ? 'settings' : 'field')
}

function inJson(base: Context, frames: readonly Frame[], text: string): Context {
  const index = frames.findIndex(({ open, parentKey }, at) => at > 1 && open === '{' && parentKey === 'rules')
  const inSets = index < 0 ? [] : frames.slice(index + 1)
  const start = inSets.findIndex(({ open }) => open === '{')
  const object = inSets[start]
  if (object === undefined) return base
  const provider = object.texts.get('provider') ?? providerAfter(text, base.from)
  const [nested] = inSets.slice(start + 1)
  const isSettings = nested?.parentKey === 'settings'
  if (object.key === 'provider' && nested === undefined) return { ...base, place: 'provider', provider }
  if (isSettings) return within({ ...base, provider, inSettings: true }, nested, inSets.slice(start + 2), 'settings')
  return within({ ...base, provider }, object, inSets.slice(start + 1), 'field')
}

/** The provider, where it is written after the caret in the same object. */
function providerAfter(text: string, from: number): string | undefined {
  return /^[^{}]*"provider"\s*:\s*"([\w-]+)"/.exec(text.slice(from))?.[1]
}

/** The context in the object of conditions or settings, or in the value of one of its members. */
function within(base: Context, object: Frame, inner: readonly Frame[], place: 'field' | 'settings'): Context {
  const [first, ...rest] = inner
  if (object.key === undefined) return { ...base, place, used: object.keys }
  if (object.key === 'claims' && first?.open === '{' && place === 'field') {
    if (first.key === undefined) return { ...base, place: 'claims', inClaims: true, used: first.keys }
    return inValue({ ...base, inClaims: true, field: first.key }, rest)
  }
  return inValue({ ...base, field: object.key }, inner)
}

function inValue(base: Context, inner: readonly Frame[]): Context {
  const operator = inner.findLast(({ open }) => open === '{')
  if (operator !== undefined && operator === inner.at(-1) && operator.key === undefined && !base.inSettings)
    return { ...base, place: 'operator' }
  // A pattern is free text.
  const isPattern = operator?.key === 'glob' || inner.at(-1)?.callee === 'glob'
  return isPattern ? { ...base, place: 'none' } : { ...base, place: 'value' }
}
