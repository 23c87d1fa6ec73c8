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

/** Writes the page with the matrix. */
export function matrix(presets: readonly Preset[]): string {
  const head = ['Provider', 'issuer', ...columns.map(([title]) => title)]
  const rows = presets.map((preset) => [
    `[${preset.provider.title}](${preset.provider.id}.md)`,
    issuerOf(preset),
    ...columns.map(([, format]) => format(preset)),
  ])
  return [
    '# Providers',
    '',
    'What each CI system and platform proves about a job, generated from the tables in `packages/core/src/providers`. An empty cell means that its tokens do not name it, or do not',
    'prove it; a rule on such a field is a `TypeError` that says what to write instead. If the audience is fixed, every service that a job calls can',
    'replay its token to you, and the rule must acknowledge that. _Signed text_: tokens have no id, so they are identified by their signed content.',
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => ' --- ').join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    ...ownProvider,
    '',
    ...notYet,
    '',
  ].join('\n')
}

const ownProvider = [
  '## Your own provider',
  '',
  'Any platform whose tokens are signed OpenID Connect JWTs can be added with a table. It yields types, rule keys, run-time checks and test tokens:',
  '',
  '```ts',
  "import { defineProvider, requireWorkload, workloadAuth } from '@jobpass/express'",
  "import type { WorkloadFrom } from '@jobpass/express'",
  "import { createTestIssuer } from '@jobpass/testing'",
  "import express from 'express'",
  '',
  'export const acmeCi = defineProvider({',
  "  id: 'acme-ci',",
  "  title: 'Acme CI',",
  "  issuer: 'https://{team}.ci.acme.dev', // each team has an issuer, so every rule names a team",
  "  algorithms: ['ES256'],",
  '  claims: {',
  "    jti: 'id', // immutable: compares exactly",
  "    team: 'text',",
  "    team_id: 'id',",
  "    repo: 'name', // case-insensitive; patterns stop at a slash",
  "    'ref': 'text', // may be absent",
  "    trigger: ['push', 'schedule', 'pull_request'], // other values are accepted, editors complete these",
  "    attempt: 'number',",
  '    \'protected\': \'flag\', // "true" or "false", read as a boolean',
  "    'runner': { pool: 'text', 'labels': 'text[]' },",
  '  },',
  '  identity: {',
  "    tokenId: 'jti',",
  "    team: 'team',",
  "    ownerId: 'team_id',",
  "    repository: 'repo',",
  "    ref: 'ref',",
  '    branch: ({ ref, trigger }) =>',
  "      trigger !== 'pull_request' && ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined,",
  "    refProtected: 'protected',",
  "    runAttempt: 'attempt',",
  "    event: 'trigger',",
  '  },',
  "  shapes: { team: 'dns-label' },",
  "  pins: ['ownerId'], // names can be freed, so a rule names the id as well as the team",
  "  trustedEvents: ['push', 'schedule'], // need write access, and run the code of the ref they name",
  '  lifetime: { usual: 300, max: 3600 },',
  '})',
  '',
  "declare module '@jobpass/express' {",
  '  interface Workloads {',
  "    'acme-ci': WorkloadFrom<typeof acmeCi>",
  '  }',
  '}',
  '',
  'const issuer = await createTestIssuer(acmeCi) // signs tokens with sample claims of these types',
  'const app = express()',
  'app.use(',
  '  workloadAuth({',
  "    audience: 'https://api.acme.dev',",
  "    trust: acmeCi({ team: 'shop', ownerId: '7' }),",
  '    fetch: issuer.fetch,',
  '  }),',
  ')',
  "app.post('/deploy', requireWorkload(acmeCi({ team: 'shop', ownerId: '7', branch: 'main', refProtected: true })))",
  '```',
]

const notYet = [
  '## Not yet',
  '',
  'Platforms whose tokens are not documented well enough for a safe rule. In the meantime, make your own provider with `defineProvider`: see',
  '[CONTRIBUTING.md](../../CONTRIBUTING.md#add-a-provider).',
  '',
  '| Platform | What is missing |',
  '| --- | --- |',
  '| Gitea Actions | The feature was not released at the time of research: no server issues tokens. |',
  '| Bitrise | Whether a stranger can register an app for someone else’s repository, the only thing that the known claims name; which claim identifies a pull request. |',
  '| Scalr | How a run sends its token to another API, and every claim except `sub`, which consists of names. |',
  '| env zero | Whether claims have a prefix in the token; login tokens of people have the same issuer, and the audience is the vendor’s own for a day. |',
  '| Buddy | The unit of `exp` and `iat`: the vendor’s sample has milliseconds. Ids of pipelines are numbers, unique within a region’s issuer. |',
  '| Namespace | Every claim except `tenant_id`, so nothing distinguishes a workload from a person’s session of `nsc`. |',
  '| Devin | Every claim: the issuer `https://app.devin.ai` is known, but no page of the vendor describes its tokens. |',
  '| ActiveState | Lifetime, algorithm and how a job gets a token. |',
  '| Trigger.dev | The grammar of `sub`, which is copied from the dashboard, every other claim, and the algorithm. The issuer is `https://oidc.trigger.dev/ORG`. |',
]
