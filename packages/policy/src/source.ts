/**
 * Parses text, YAML 1.2 or JSON, to a plain value with positions. One parser reads both; JSON is
 * checked strictly as well.
 */

import type { Document, Pair, ParsedNode, YAMLMap } from 'yaml'
import { Composer, CST, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml'
import { broken } from './document.ts'
import type { Path, PolicyFault, Position } from './fault.ts'
import { PolicyError, pathText } from './fault.ts'
import { findNoJson } from './strict-json.ts'
import { quote } from './text.ts'

/** Language of a text. */
export type PolicyFormat = 'yaml' | 'json'

/** The content of a text, with positions. */
export interface DocumentText {
  /** The parsed value. */
  readonly value: unknown
  /** Faults that only the text shows. */
  readonly faults: readonly PolicyFault[]
  /** Start of a value or its key; for an absent one, the start of the nearest enclosing value. */
  readonly locate: (path: Path, part: 'key' | 'value') => Position
  /** How a value is spelled, without quotes; `undefined` if there is no such value. */
  readonly written: (path: Path) => string | undefined
}

/** Parses a text. Throws a `PolicyError` if it is not a document. */
export function readText(given: string, format: PolicyFormat, maxBytes: number): DocumentText {
  if (typeof given !== 'string') throw new TypeError(`parsePolicy() takes a text, not ${typeof given}`)
  if (given.length > maxBytes || new TextEncoder().encode(given).length > maxBytes)
    throw new PolicyError([{ path: '', message: tooLong(maxBytes) }])
  const text = given.replace(/^\ufeff/, '')
  const lines = new LineCounter()
  const faultAt: FaultAt = (message, offset = 0) =>
    new PolicyError([{ path: '', message, ...positionAt(lines, offset) }])
  if (format === 'json') checkJson(text)
  const root = compose(text, lines, faultAt)
  const faults: PolicyFault[] = []
  const report = (path: Path, offset: number, message: string): void => {
    faults.push({ path: pathText(path), message, ...positionAt(lines, offset) })
  }
  return {
    value: valueOf(root, [], report),
    faults,
    locate: (path, part) => positionAt(lines, offsetOf(root, path, part)),
    written: (path) => {
      const node = find(root, path).value
      return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined
    },
  }
}

/** The message for a text over the size limit. */
export function tooLong(maxBytes: number): string {
  return `is longer than ${maxBytes} bytes: split it, or set maxBytes, at most ${mostBytes}`
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** Text that is not JSON may still be YAML, and must not be accepted as JSON. */
function checkJson(text: string): void {
  const offset = findNoJson(text)
  if (offset === undefined) return
  const before = text.slice(0, offset).split('\n')
  const message = 'is not JSON from here on: text needs double quotes, and there are no comments and no trailing commas'
  throw new PolicyError([{ path: '', message, line: before.length, column: (before.at(-1) ?? '').length + 1 }])
}

type FaultAt = (message: string, offset?: number) => PolicyError
type Fail = (message: string, offset?: number) => never

/**
 * The only document of a text. Throws a `PolicyError` if the text is invalid, or is not exactly one
 * document.
 */
function compose(text: string, lines: LineCounter, faultAt: FaultAt): ParsedNode {
  const tooDeep = 'is nested deeper than 16 levels'
  const fail: Fail = (message, offset) => {
    throw faultAt(message, offset)
  }
  if (isSteep(text)) fail(tooDeep)
  const tokens = tokensOf(text, lines, fail)
  const deep = findDeep(tokens)
  if (deep !== undefined) fail(tooDeep, deep)
  const directive = tokens.find(({ type }) => type === 'directive')
  if (directive !== undefined) fail('has a directive (%): leave it out, the text is YAML 1.2', directive.offset)
  // Duplicate keys are found while reading values: the parser's own check takes quadratic time.
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false })
  // The parser continues after an error, and collects thousands with a stack each: stop at the
  // first.
  Object.assign(composer, { onError: stopAtFirst(faultAt) })
  const [document, second] = [...composer.compose(tokens)] as Document.Parsed[]
  const [problem] = document?.errors ?? []
  if (problem !== undefined) fail(`is not YAML: ${problem.message}`, problem.pos[0])
  if (second !== undefined) fail('is several documents in one: write one', second.range[0])
  if (document?.contents == null || document.contents.range[0] === document.contents.range[1]) fail('is empty')
  return document?.contents
}

/** Position of an error, as reported by the YAML parser. */
type ErrorSource = number | readonly [number, number] | { readonly offset: number }

function stopAtFirst(faultAt: FaultAt): (source: ErrorSource, code: string, message: string) => void {
  let first: PolicyError | undefined
  return (source, code, message) => {
    if (code === 'TAG_RESOLVE_FAILED') return
    const [offset] = typeof source === 'number' ? [source] : 'offset' in source ? [source.offset] : source
    // The parser catches exceptions thrown here, and reports them as its own errors.
    first ??= faultAt(`is not YAML: ${message}`, offset)
    throw first
  }
}

/** The tokens of a text, up to the first error. */
function tokensOf(text: string, lines: LineCounter, fail: Fail): readonly CST.Token[] {
  const tokens: CST.Token[] = []
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'error') fail(`is not YAML: ${token.message}`, token.offset)
    tokens.push(token)
  }
  return tokens
}

const deepest = 16

/**
 * Whether a text is nested so deeply that parsing, which is recursive, could exhaust the stack; V8
 * may then end the process. A rough measure from the flat token stream, far above what any document
 * needs.
 */
function isSteep(text: string): boolean {
  let open = 0
  let onLine = 0
  let atStart = true
  for (const word of new Lexer().lex(text)) {
    const type = CST.tokenType(word)
    if (type === 'flow-map-start' || type === 'flow-seq-start') open++
    else if (type === 'flow-map-end' || type === 'flow-seq-end') open = Math.max(0, open - 1)
    else if (type === 'newline') onLine = 0
    else if (open === 0 && (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind'))
      onLine++
    if (open > deepest || onLine > 32 || (atStart && open === 0 && type === 'space' && word.length > 256)) return true
    atStart = type === 'newline'
  }
  return false
}

/** Start of the first collection that is nested too deeply. */
function findDeep(tokens: readonly CST.Token[]): number | undefined {
  const waiting = tokens.map((token) => ({ token, depth: 0 })).toReversed()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next
    if (token.type === 'document' && token.value) waiting.push({ token: token.value, depth })
    if (!('items' in token)) continue
    if (depth === deepest) return token.offset
    for (const { key, value } of token.items) {
      for (const part of [value, key]) if (part) waiting.push({ token: part, depth: depth + 1 })
    }
  }
  return undefined
}

type ReportAt = (path: Path, offset: number, message: string) => void

function valueOf(node: ParsedNode | null, path: Path, report: ReportAt): unknown {
  if (node === null) return null
  const [offset] = node.range
  if (isAlias(node)) return refuse(path, offset, `is an alias (*${node.source}): write the value out`, report)
  if (node.tag !== undefined) return refuse(path, offset, 'has a tag (!): leave it out', report)
  if (node.anchor !== undefined) report(path, offset, `has an anchor (&${node.anchor}): leave it out`)
  if (isSeq(node)) return node.items.map((item, index) => valueOf(item, [...path, index], report))
  if (isMap(node)) return objectOf(node.items, path, report)
  return node.value
}

function refuse(path: Path, offset: number, message: string, report: ReportAt): typeof broken {
  report(path, offset, message)
  return broken
}

function objectOf(items: readonly ParsedPair[], path: Path, report: ReportAt): unknown {
  const object = Object.create(null) as Record<PropertyKey, unknown>
  for (const { key, value } of items) {
    const [offset] = key.range
    const name = isScalar(key) ? key.value : undefined
    const fault = faultOfKey(key, name)
    if (fault === undefined && !Object.hasOwn(object, name as string)) {
      object[name as string] = valueOf(value, [...path, name as string], report)
      continue
    }
    report(
      typeof name === 'string' && name !== '<<' ? [...path, name] : path,
      offset,
      fault ?? 'occurs twice: keep one',
    )
    object[broken] = true
  }
  return object
}

function faultOfKey(key: ParsedNode, name: unknown): string | undefined {
  if (typeof name !== 'string')
    return `has a key that is not text${isScalar(key) && key.source ? `: quote it, ${quote(key.source)}` : ''}`
  if (isAlias(key) || key.anchor !== undefined || key.tag !== undefined)
    return 'has an anchor or a tag on its key: leave it out'
  return name === '<<' && isScalar(key) && key.type === 'PLAIN' ? 'has a merge key (<<): write the keys out' : undefined
}

interface Found {
  /** The deepest existing pair or value on the path. */
  readonly key: ParsedNode | undefined
  readonly value: ParsedNode | null | undefined
  /** Where the value would be if it existed. */
  readonly around: number
}

type ParsedPair = Pair<ParsedNode, ParsedNode | null>

const pairs = new WeakMap<object, ReadonlyMap<unknown, ParsedPair>>()

/**
 * First pair of an object for each key; cached, because a document may have as many faults as keys.
 */
function pairsOf(map: YAMLMap.Parsed<ParsedNode, ParsedNode | null>): ReadonlyMap<unknown, ParsedPair> {
  const known = pairs.get(map)
  if (known !== undefined) return known
  const byKey = new Map(map.items.toReversed().map((pair) => [isScalar(pair.key) ? pair.key.value : undefined, pair]))
  pairs.set(map, byKey)
  return byKey
}

function find(root: ParsedNode, path: Path): Found {
  let found: Found = { key: undefined, value: root, around: root.range[0] }
  for (const part of path) {
    const { value, around } = found
    const offset = value?.range[0] ?? around
    if (isMap(value)) {
      const pair = pairsOf(value).get(part)
      found = { key: pair?.key, value: pair?.value, around: pair?.key.range[0] ?? offset }
    } else if (isSeq(value)) {
      const item = value.items[part as number]
      found = { key: undefined, value: item, around: item?.range[0] ?? offset }
    } else found = { key: undefined, value: undefined, around: offset }
  }
  return found
}

function offsetOf(root: ParsedNode, path: Path, part: 'key' | 'value'): number {
  const { key, value, around } = find(root, path)
  const node = part === 'key' ? (key ?? value) : value
  // An omitted value has an empty range, whose position would not help.
  return node == null || node.range[0] === node.range[1] ? around : node.range[0]
}

/** Largest value of `maxBytes`. */
export const mostBytes = 1_048_576
