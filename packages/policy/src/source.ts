/** A text, YAML 1.2 or JSON, as a plain value with the place of each part. Both are read by the one parser; JSON must be JSON besides. */

import type { Document, Pair, ParsedNode, YAMLMap } from 'yaml'
import { Composer, CST, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml'
import { broken } from './document.ts'
import type { Path, PolicyFault, Position } from './fault.ts'
import { PolicyError, pathText } from './fault.ts'
import { findNoJson } from './strict-json.ts'
import { quote } from './text.ts'

/** The language of a text. */
export type PolicyFormat = 'yaml' | 'json'

/** What a text says, and where. */
export interface DocumentText {
  readonly value: unknown
  /** What is wrong that only the text shows. */
  readonly faults: readonly PolicyFault[]
  /** Where a value or its key begins; of what is not there, where the nearest thing around it begins. */
  readonly locate: (path: Path, part: 'key' | 'value') => Position
  /** How a value is written without quotes; `undefined` where it is no such value. */
  readonly written: (path: Path) => string | undefined
}

/** Reads a text. Throws a `PolicyError` when it is no document at all. */
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

/** What a text is that has more bytes than it may have. */
export function tooLong(maxBytes: number): string {
  return `is longer than ${maxBytes} bytes: split it, or set maxBytes, at most ${mostBytes}`
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

/** What is no JSON may still be YAML, and must not pass for JSON. */
function checkJson(text: string): void {
  const offset = findNoJson(text)
  if (offset === undefined) return
  const before = text.slice(0, offset).split('\n')
  const message =
    'is no JSON from here on: text stands in double quotes, and there are no comments and no trailing commas'
  throw new PolicyError([{ path: '', message, line: before.length, column: (before.at(-1) ?? '').length + 1 }])
}

type FaultAt = (message: string, offset?: number) => PolicyError
type Fail = (message: string, offset?: number) => never

/** The one document of a text. Throws a `PolicyError` where the text is broken, or is none or several documents. */
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
  // Keys are compared while values are read, which takes no time that grows with their square.
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false })
  // The parser goes on after an error, and collects thousands, each with its stack: the first one is enough.
  Object.assign(composer, { onError: stopAtFirst(faultAt) })
  const [document, second] = [...composer.compose(tokens)] as Document.Parsed[]
  const [problem] = document?.errors ?? []
  if (problem !== undefined) fail(`is no YAML: ${problem.message}`, problem.pos[0])
  if (second !== undefined) fail('is several documents in one: write one', second.range[0])
  if (document?.contents == null || document.contents.range[0] === document.contents.range[1]) fail('is empty')
  return document?.contents
}

/** Where the parser of YAML says an error is. */
type ErrorSource = number | readonly [number, number] | { readonly offset: number }

function stopAtFirst(faultAt: FaultAt): (source: ErrorSource, code: string, message: string) => void {
  let first: PolicyError | undefined
  return (source, code, message) => {
    if (code === 'TAG_RESOLVE_FAILED') return
    const [offset] = typeof source === 'number' ? [source] : 'offset' in source ? [source.offset] : source
    // The parser catches what is thrown here, and reports it as an error of its own.
    first ??= faultAt(`is no YAML: ${message}`, offset)
    throw first
  }
}

/** All tokens of a text, up to the first that is an error. */
function tokensOf(text: string, lines: LineCounter, fail: Fail): readonly CST.Token[] {
  const tokens: CST.Token[] = []
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'error') fail(`is no YAML: ${token.message}`, token.offset)
    tokens.push(token)
  }
  return tokens
}

const deepest = 16

/**
 * Whether a text is nested so deeply that parsing it, which is recursive, could exhaust the stack: V8 may then end the process. Told by the flat stream of
 * words, it is a rough measure, far beyond what any document needs.
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

/** Where the first collection begins that lies too deep. */
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
      fault ?? 'is there twice: keep one',
    )
    object[broken] = true
  }
  return object
}

function faultOfKey(key: ParsedNode, name: unknown): string | undefined {
  if (typeof name !== 'string')
    return `has a key that is no text${isScalar(key) && key.source ? `: quote it, ${quote(key.source)}` : ''}`
  if (isAlias(key) || key.anchor !== undefined || key.tag !== undefined)
    return 'has an anchor or a tag on its key: leave it out'
  return name === '<<' && isScalar(key) && key.type === 'PLAIN' ? 'has a merge key (<<): write the keys out' : undefined
}

interface Found {
  /** The deepest pair or value on the way. */
  readonly key: ParsedNode | undefined
  readonly value: ParsedNode | null | undefined
  /** Where the value would be, were it there. */
  readonly around: number
}

type ParsedPair = Pair<ParsedNode, ParsedNode | null>

const pairs = new WeakMap<object, ReadonlyMap<unknown, ParsedPair>>()

/** The pairs of an object by key, the first of each; kept, since a document may have as many faults as it has keys. */
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
  // A value that is not written has a place of no length, behind which nobody would look.
  return node == null || node.range[0] === node.range[1] ? around : node.range[0]
}

/** The most bytes that `maxBytes` may allow. */
export const mostBytes = 1_048_576
