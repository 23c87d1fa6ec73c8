/** Formats the outcomes: one table per API, at most 120 columns wide. */

import Table from 'cli-table3'
import type { Colors } from 'picocolors/types.js'
import type { Apis } from './apis.ts'
import type { Outcome } from './run.ts'
import { asExpected } from './run.ts'

const width = 120

/** One table per API, in the order of their first calls. */
export function renderTables(outcomes: readonly Outcome[], apis: Apis, color: Colors): string {
  const names = [...new Set(outcomes.map(({ api }) => api))]
  return names
    .map((name) => {
      const { title, rule, url } = apis[name]
      const rows = outcomes.filter(({ api }) => api === name)
      return `${color.bold(title)}  ${color.dim(url)}\n${rule}\n\n${renderTable(rows, color)}`
    })
    .join('\n\n\n')
}

/** A one-line summary. */
export function renderSummary(outcomes: readonly Outcome[], color: Colors): string {
  const wrong = outcomes.filter((outcome) => !asExpected(outcome)).length
  return wrong === 0
    ? color.green(`${outcomes.length} calls, each answered as expected.`)
    : color.red(`${outcomes.length} calls, ${wrong} not answered as expected.`)
}

function renderTable(outcomes: readonly Outcome[], color: Colors): string {
  const rows = outcomes.map((outcome) => cellsOf(outcome, color))
  const table = new Table({
    head: ['', '', 'caller', 'route', '', 'why'].map((name) => color.dim(name)),
    colWidths: widths(outcomes),
    wordWrap: true,
    chars: spaced,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rows)
  const lines = table.toString().split('\n')
  return lines.map((line) => line.trimEnd()).join('\n')
}

function cellsOf(outcome: Outcome, color: Colors): string[] {
  const { system, caller, route, status, why } = outcome
  const [first = '', ...rest] = why
  const letIn = status < 300
  const paint = letIn ? color.green : color.yellow
  const answer = [letIn ? first : paint(first), ...rest.map((line) => color.dim(line))]
  if (!asExpected(outcome)) answer.push(color.red(`expected ${outcome.expected}, got ${outcome.actual}`))
  return [paint(letIn ? '✓' : '✗'), system, caller, route, paint(String(status)), answer.join('\n')]
}

/** Each column is as wide as its cells; the last one takes the rest. */
function widths(outcomes: readonly Outcome[]): number[] {
  const longest = (name: 'system' | 'caller' | 'route'): number =>
    Math.max(...outcomes.map((outcome) => outcome[name].length))
  const fixed = [1, longest('system'), longest('caller'), longest('route'), 3]
  const gaps = gap.length * fixed.length
  return [...fixed, width - gaps - fixed.reduce((sum, each) => sum + each, 0)]
}

const gap = '  '

/** Columns are separated by spaces only. */
const spaced = {
  ...Object.fromEntries(
    ['top', 'bottom', 'mid', 'left', 'right']
      .flatMap((side) => ['', '-mid', '-left', '-right'].map((part) => side + part))
      .map((part) => [part, '']),
  ),
  middle: gap,
}
