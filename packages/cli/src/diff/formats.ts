/** Differences between policies in the formats that people and programs read. */

import { escapeForLog } from '@jobpass/core/internal'
import { markdownCell } from '../io/markdown.ts'
import type { Style } from '../io/style.ts'
import type { Change } from './compare.ts'
import type { Replayed } from './replay.ts'

/** What was found. */
export interface DiffReport {
  /** The path of the old policy. */
  readonly before: string
  /** The path of the new policy. */
  readonly after: string
  /** The differences of the rules. */
  readonly changes: readonly Change[]
  /** The recorded jobs that gain or lose access. */
  readonly replayed: readonly Replayed[]
}

const titles = {
  gained: 'Gains access',
  lost: 'Loses access',
  unclear: 'Differs, and no job was found that shows how',
} as const

/** For people. */
export function asText(report: DiffReport, style: Style): string {
  const paint = { gained: style.warn, lost: style.bad, unclear: style.dim }
  const lines = report.changes.flatMap((change) => [
    `${paint[change.kind](titles[change.kind])}: ${escapeForLog(change.set)}, ${placeOf(change, report)}`,
    `  ${escapeForLog(conditionsOf(change))}`,
    ...(change.job === undefined ? [] : [`  for example ${escapeForLog(exampleOf(change))}`]),
  ])
  const recorded = report.replayed.map(
    ({ set, kind, jobs, count, line }) =>
      `${paint[kind](titles[kind])}: ${escapeForLog(set)}, ${count} recorded, last in line ${line}: ${jobs}`,
  )
  const all = [...lines, ...recorded]
  return all.length === 0 ? 'no difference: the same jobs have access' : all.join('\n')
}

/** For the comment of a pull request. */
export function asMarkdown(report: DiffReport): string {
  const { changes, replayed } = report
  const rows = [
    ...changes.map((change) => [
      titles[change.kind],
      change.set,
      placeOf(change, report),
      conditionsOf(change),
      change.job === undefined ? '' : exampleOf(change),
    ]),
    ...replayed.map(({ set, kind, jobs, count, line }) => [
      titles[kind],
      set,
      `${count} recorded, line ${line}`,
      '',
      jobs,
    ]),
  ]
  if (rows.length === 0) return '**jobpass diff**: no difference, the same jobs have access'
  const table = rows.map((row) => `| ${row.map(markdownCell).join(' | ')} |`)
  return [
    '**jobpass diff**: access changes',
    '',
    '| | Route | Rule | Jobs | For example |',
    '| --- | --- | --- | --- | --- |',
    ...table,
  ].join('\n')
}

/** For programs. */
export function asJson({ changes, replayed }: DiffReport): unknown {
  return {
    equal: changes.length === 0 && replayed.length === 0,
    changes: changes.map(({ part, job, ...change }) => ({
      ...change,
      conditions: part,
      ...(job !== undefined && { claims: job.claims }),
    })),
    recorded: replayed,
  }
}

function placeOf({ in: side, line, column }: Change, { before, after }: DiffReport): string {
  return `${escapeForLog(side === 'old' ? before : after)}:${line}:${column}`
}

/** The conditions of the part of a rule. */
function conditionsOf({ part }: Change): string {
  const { provider, issuer: _, ...conditions } = part.toJSON()
  return [provider, ...Object.entries(conditions).map(([name, value]) => `${name} ${JSON.stringify(value)}`)].join(', ')
}

const shown = ['repository', 'ref', 'branch', 'tag', 'pullRequest', 'environment', 'event'] as const

/** The job, by the fields that people know it by. */
function exampleOf({ job }: Change): string {
  const fields = job?.workload as unknown as Readonly<Record<string, unknown>>
  const parts = shown.flatMap((name) => (fields[name] === undefined ? [] : [`${name} ${String(fields[name])}`]))
  return parts.length > 0 ? parts.join(', ') : String(fields['subject'])
}
