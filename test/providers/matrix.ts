/**
 * The matrix of providers and the facts that their tokens prove, generated from the tables only.
 */

import type { Preset } from './presets.ts'
import { duration, isId } from './table-text.ts'

const columns: readonly (readonly [string, (preset: Preset) => string])[] = [
  ['branch', has('branch')],
  ['tag', has('tag')],
  ['pull request', has('pullRequest')],
  ['merge queue', has('mergeQueue')],
  ['environment', has('environment')],
  ['owner id', id('ownerId')],
  ['other ids', ids],
  ['event', has('event')],
  ['runner', has('runner')],
  ['replay key', ({ provider: { table } }) => ('tokenId' in table.identity ? '`jti`' : 'signed text')],
  ['audience', ({ provider: { table } }) => (table.fixedAudience === undefined ? 'chosen by the job' : '**fixed**')],
  ['lifetime', lifetime],
]

function has(field: string): (preset: Preset) => string {
  return ({ provider: { table } }) => (field in table.identity ? '✓' : '')
}

function id(...fields: readonly string[]): (preset: Preset) => string {
  return ({ provider: { table } }) =>
    fields
      .filter((field) => isId(table, field))
      .map((field) => `\`${field}\``)
      .join(', ')
}

/** Ids of things that belong to the owner, except those of a single run. */
function ids(preset: Preset): string {
  const ofOneRun = new Set(['ownerId', 'runId', 'jobId', 'actorId', 'tokenId', 'commit', 'subject'])
  const own = Object.keys(preset.provider.table.identity).filter(
    (field) => field.endsWith('Id') && !ofOneRun.has(field),
  )
  return id(...own)(preset)
}

function lifetime({ provider: { table } }: Preset): string {
  const { usual, max } = table.lifetime ?? {}
  const most = max === undefined ? '' : `at most ${duration(max)}`
  return [usual === undefined ? '' : duration(usual), most].filter((text) => text !== '').join(', ')
}

function issuerOf({ provider: { table } }: Preset): string {
  if (table.issuer === undefined) return 'self-hosted, set with `.at()`'
  return table.issuer.includes('{') ? 'one per tenant' : 'shared'
}

/** Writes the matrix as Markdown. */
export function matrix(presets: readonly Preset[]): string {
  const head = ['Platform', 'issuer', ...columns.map(([title]) => title)]
  const rows = presets.map((preset) => [
    `[${preset.provider.title}](${preset.provider.id}.md)`,
    issuerOf(preset),
    ...columns.map(([, format]) => format(preset)),
  ])
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
