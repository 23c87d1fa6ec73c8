/** The context of the caret in YAML, by the indentation of the lines above. */

import type { Context } from './completion-context.ts'
import { unknownContext } from './completion-context.ts'

interface Line {
  /** The column of the key. */
  readonly indent: number
  readonly key: string
  readonly value: string
  /** Whether the line starts an item of a list. */
  readonly item: boolean
}

const form = /^(\s*)(- +)?(?:(['"]?)([\w$./-]+)\3\s*:(?:\s+(.*))?)?$/

function lineOf(text: string): Line | undefined {
  const [all, space = '', dash = '', , key, value = ''] = form.exec(text) ?? []
  if (all === undefined || key === undefined) return undefined
  return { indent: space.length + dash.length, key, value: value.replace(/\s+#.*$/, '').trim(), item: dash !== '' }
}

/** The context in YAML in block style, with values and operators in flow style. */
export function contextInYaml(text: string, caret: number): Context {
  const start = text.lastIndexOf('\n', caret - 1) + 1
  const current = text.slice(start, caret)
  const word = /[\w$./-]*$/.exec(current)?.[0] ?? ''
  const base = unknownContext(caret - word.length, word)
  const lines = text.split('\n')
  const row = text.slice(0, start).split('\n').length - 1
  const [key, space = '', dash = ''] = /^(\s*)(- +)?['"]?[\w$./-]*$/.exec(current) ?? []
  const written = lineOf(current)
  const indent = key === undefined ? (written?.indent ?? 0) : space.length + dash.length
  const parents = parentsOf(lines, row, indent, dash !== '')
  const rule = ruleAt(parents)
  if (rule === undefined) return base
  const known = { ...base, provider: providerOf(lines, row, rule.indent ?? indent, indent, dash !== ''), ...rule.flags }
  if (key !== undefined) return { ...known, place: rule.place, used: siblings(lines, row, indent, dash !== '') }
  if (written === undefined) return base
  return valueContext(known, written, current)
}

function valueContext(known: Context, { key, value }: Line, current: string): Context {
  if (key === 'provider' && !known.inClaims && !known.inSettings) return { ...known, place: 'provider' }
  const quoted = /(?:^|[[{,:]\s*)['"][\w$./-]*$/.test(current)
  const field = { ...known, field: key, quoted }
  if (/\{\s*[\w$]*$/.test(value)) return { ...field, place: 'operator' }
  return /\bglob['"]?\s*:\s*\S*$/.test(value) ? { ...field, place: 'none' } : { ...field, place: 'value' }
}

/** The keys above the caret that contain it, the outermost first. */
function parentsOf(lines: readonly string[], row: number, indent: number, item: boolean): readonly Line[] {
  const parents: Line[] = []
  // An item of a list may have the indentation of the key that it belongs to.
  let limit = item ? indent - 1 : indent
  for (const text of lines.slice(0, row).toReversed()) {
    const line = lineOf(text)
    if (line === undefined || line.indent >= limit) continue
    parents.unshift(line)
    limit = line.indent
  }
  return parents
}

interface RulePlace {
  readonly place: 'field' | 'claims' | 'settings'
  readonly indent?: number
  readonly flags: Partial<Context>
}

/** Which part of a rule has these parents: `rules`, the name of a set, then perhaps a key. */
function ruleAt(parents: readonly Line[]): RulePlace | undefined {
  const [rules, set, inner, ...more] = parents
  if (rules?.key !== 'rules' || set === undefined || more.length > 0) return undefined
  if (inner === undefined) return { place: 'field', flags: {} }
  const { key, indent } = inner
  if (key === 'claims') return { place: 'claims', indent, flags: { inClaims: true } }
  return key === 'settings' ? { place: 'settings', indent, flags: { inSettings: true } } : undefined
}

/** The lines of the mapping around a row: those with its indentation, up to the next item. */
function mapping(lines: readonly string[], row: number, indent: number, item: boolean): readonly Line[] {
  const found: Line[] = []
  const visit = (text: string): 'stop' | 'first' | 'next' => {
    const line = lineOf(text)
    if (line === undefined) return /^\s*(?:#.*)?$/.test(text) ? 'next' : 'stop'
    if (line.indent < indent) return 'stop'
    if (line.indent === indent) found.push(line)
    return line.indent === indent && line.item ? 'first' : 'next'
  }
  if (!item) for (const text of lines.slice(0, row).toReversed()) if (visit(text) !== 'next') break
  for (const text of lines.slice(row + 1)) {
    if (lineOf(text)?.item === true && lineOf(text)?.indent === indent) break
    if (visit(text) === 'stop') break
  }
  return found
}

function siblings(lines: readonly string[], row: number, indent: number, item: boolean): readonly string[] {
  return mapping(lines, row, indent, item).map(({ key }) => key)
}

/** The provider of the rule whose keys have an indentation. */
function providerOf(
  lines: readonly string[],
  row: number,
  ruleIndent: number,
  indent: number,
  item: boolean,
): string | undefined {
  const current = lineOf(lines[row] ?? '')
  const around = mapping(lines, row, ruleIndent, item && ruleIndent === indent)
  const named = [...around, ...(current === undefined ? [] : [current])].find(({ key }) => key === 'provider')
  return named === undefined ? undefined : named.value.replaceAll(/['"]/g, '')
}
