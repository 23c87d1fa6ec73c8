/** Parses a rule in TypeScript: calls, objects, lists and literals, with their places. */

import { RuleError } from './rule-fault.ts'
import type { Token } from './typescript-tokens.ts'
import { tokensOf } from './typescript-tokens.ts'

/** A part of a rule, with the offset of its first character. */
export type Node = { readonly start: number } & (
  | { readonly kind: 'value'; readonly value: string | number | boolean | null | undefined }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'member'; readonly of: Node; readonly name: string }
  | { readonly kind: 'call'; readonly callee: Node; readonly args: readonly Node[] }
)

/** A member of an object. */
interface Member {
  readonly name: string
  /** The offset of the name. */
  readonly start: number
  readonly value: Node
}

const words: Readonly<Record<string, boolean | null | undefined>> = {
  true: true,
  false: false,
  null: null,
  undefined,
}
/** Words that begin code, and so are no names. */
const code = /^(?:function|async|await|new|class|const|let|var|import|export|return|typeof|if)$/
const maxDepth = 32

/** Parses one or several expressions. @throws {RuleError} at the first fault. */
export function parseExpressions(text: string): readonly Node[] {
  const parser = new Parser(tokensOf(text))
  const nodes: Node[] = []
  while (parser.next.kind !== 'end') {
    nodes.push(parser.expression(0))
    while (parser.takes(',') || parser.takes(';'));
  }
  return nodes
}

class Parser {
  readonly #tokens: readonly Token[]
  #index = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get next(): Token {
    return this.#tokens[this.#index] as Token
  }

  takes(mark: string): boolean {
    const found = this.next.kind === 'mark' && this.next.value === mark
    if (found) this.#index++
    return found
  }

  expression(depth: number): Node {
    if (depth > maxDepth) throw new RuleError('this is nested too deeply for a rule', this.next.start)
    let node = this.#primary(depth)
    for (;;) {
      const { start } = node
      if (this.takes('(')) node = { kind: 'call', start, callee: node, args: this.#items(')', depth) }
      else if (this.takes('.')) node = { kind: 'member', start, of: node, name: this.#name() }
      else return node
    }
  }

  #primary(depth: number): Node {
    const token = this.next
    const { start, kind, value } = token
    if (this.takes('[')) return { kind: 'list', start, items: this.#items(']', depth) }
    if (this.takes('{')) return { kind: 'object', start, members: this.#members(depth) }
    if (kind !== 'text' && kind !== 'number' && kind !== 'name') throw unexpected(token, 'a rule or a value')
    this.#index++
    if (kind !== 'name') return { kind: 'value', start, value }
    const name = value as string
    if (Object.hasOwn(words, name)) return { kind: 'value', start, value: words[name] }
    if (code.test(name)) throw new RuleError(`\`${name}\` is code, which this page does not run`, start)
    return { kind: 'name', start, name }
  }

  #name(): string {
    const token = this.next
    if (token.kind !== 'name') throw unexpected(token, 'a name')
    this.#index++
    return token.value as string
  }

  #items(close: string, depth: number): readonly Node[] {
    const items: Node[] = []
    while (!this.takes(close)) {
      items.push(this.expression(depth + 1))
      if (!this.takes(',') && this.next.value !== close) throw unexpected(this.next, `\`,\` or \`${close}\``)
    }
    return items
  }

  #members(depth: number): readonly Member[] {
    const members: Member[] = []
    while (!this.takes('}')) {
      const token = this.next
      const { start, kind } = token
      if (kind !== 'name' && kind !== 'text') throw unexpected(token, 'the name of a condition')
      this.#index++
      const name = token.value as string
      if (members.some((member) => member.name === name)) throw new RuleError(`'${name}' occurs twice: keep one`, start)
      if (!this.takes(':'))
        throw name === 'where' ? whereIsCode(start) : unexpected(this.next, `\`:\` and the value of '${name}'`)
      if (name === 'where') throw whereIsCode(start)
      members.push({ name, start, value: this.expression(depth + 1) })
      if (!this.takes(',') && this.next.value !== '}') throw unexpected(this.next, '`,` or `}`')
    }
    return members
  }
}

function whereIsCode(start: number): RuleError {
  return new RuleError('`where` is code, which this page does not run: leave it out', start)
}

function unexpected({ kind, value, start }: Token, wanted: string): RuleError {
  if (kind === 'mark' && value === '...') return new RuleError('`...` is code: write the members out', start)
  const found = kind === 'end' ? 'the text ends here' : `\`${String(value).slice(0, 40)}\` is here`
  return new RuleError(`${found}, where ${wanted} should be`, start)
}
