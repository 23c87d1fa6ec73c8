/** Writes ids behind the names of a policy. Every other character of the text stays as it is. */

import type { Pair, YAMLMap } from 'yaml'
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Path } from '../policy/places.ts'
import type { PolicyText } from '../policy/read-policy.ts'

/** Ids for a rule. */
export interface RuleIds {
  /** The path of the rule. */
  readonly path: Path
  /** The ids by field: `{ repositoryId: ['74205118'] }`. */
  readonly ids: Readonly<Record<string, readonly string[]>>
}

interface Edit {
  readonly offset: number
  readonly text: string
}

/** The text with the ids of its rules. A field that a rule has already stays. */
export function writeIds({ text, format }: Pick<PolicyText, 'text' | 'format'>, rules: readonly RuleIds[]): string {
  const document = parseDocument(text, { lineCounter: new LineCounter() })
  const edits = rules.flatMap(({ path, ids }) => {
    const rule = document.getIn(path, true) ?? document.getIn(path.slice(0, -1), true)
    if (!isMap(rule)) return []
    return Object.entries(ids).flatMap(([field, values]) => {
      const pair = rule.items.find(({ key }) => isScalar(key) && key.value === field.replace(/Id$/, ''))
      return rule.has(field) || pair === undefined ? [] : [insertion(text, { rule, pair, field, values, format })]
    })
  })
  return edits
    .toSorted((a, b) => b.offset - a.offset)
    .reduce((result, { offset, text: added }) => result.slice(0, offset) + added + result.slice(offset), text)
}

interface Addition {
  readonly rule: YAMLMap
  readonly pair: Pair
  readonly field: string
  readonly values: readonly string[]
  readonly format: PolicyText['format']
}

function insertion(text: string, { rule, pair, field, values, format }: Addition): Edit {
  const list = values.map((value) => (format === 'json' ? JSON.stringify(value) : `'${value}'`))
  const value = list.length === 1 ? list[0] : `[${list.join(', ')}]`
  const member = `${format === 'json' ? JSON.stringify(field) : field}: ${value}`
  const start = rangeOf(pair.key)[0]
  const end = rangeOf(pair.value)[1]
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  // The indentation of the first key of a list item includes its dash.
  const indent = text.slice(lineStart, start).replaceAll(/[^\s]/g, ' ')
  if (rule.flow === true) {
    const before = text.slice(rangeOf(rule)[0], start)
    return { offset: end, text: before.includes('\n') ? `,${lineBreak}${indent}${member}` : `, ${member}` }
  }
  // Behind a comment on the line of the value.
  const lineEnd = /[^\r\n]*/y
  lineEnd.lastIndex = text[end - 1] === '\n' ? end - 1 : end
  lineEnd.exec(text)
  return { offset: lineEnd.lastIndex, text: `${lineBreak}${indent}${member}` }
}

function rangeOf(node: unknown): readonly [start: number, end: number] {
  const [start, end] = (node as { readonly range: readonly [number, number, number] }).range
  return [start, end]
}
