/** The page of one provider, generated from its table and its fixture. */

import type { ProviderTable } from '@jobpass/core'
import { describeVersion, isAttackerControlled } from '@jobpass/core/internal'
import type { Preset } from './presets.ts'
import { cell, claimsOf, duration } from './table-text.ts'

/** Writes the page as Markdown. */
export function page(preset: Preset): string {
  const { provider, fixture } = preset
  const { table } = provider
  const { about, job, traps, unsure = [], sources, where = {} } = fixture.page
  return [
    `# ${provider.title}`,
    '',
    `<!-- Made from packages/core/src/providers/${provider.id}.ts and packages/testing/src/fixtures/${provider.id}.ts by \`npx vitest run test/providers -u\`. -->`,
    '',
    about,
    '',
    '## A rule to copy',
    '',
    fence('ts', ruleCode(preset)),
    '',
    ...Object.entries(where).map(([field, place]) => `- \`${field}\`: ${place}`),
    '',
    '## What the job does',
    '',
    fence(job.language, job.code),
    '',
    '## What goes wrong',
    '',
    ...traps.map((trap) => `- ${trap}`),
    ...(table.otherTokens ?? []).map(({ hint }) => `- Refused as \`claims_invalid\`: ${hint}`),
    ...Object.entries(table.unsupported ?? {}).map(
      ([field, instead]) => `- There is no \`${field}\` here: ${instead}.`,
    ),
    '',
    '## Facts',
    '',
    ...facts(preset).map(([what, value]) => `- **${what}**: ${value}`),
    '',
    '## Fields',
    '',
    '| Field | From | Rule key |',
    '| --- | --- | --- |',
    ...fields(table),
    '',
    '## Claims',
    '',
    '| Claim | Type | Never changes its meaning | Proves nothing | Required, and why |',
    '| --- | --- | --- | --- | --- |',
    ...claimsOf(table.claims, table.requiredClaims).map(({ name, type, reason = '', immutable, path }) => {
      const outsider = isAttackerControlled(table.attackerControlled ?? [], path)
      return `| \`${name}\` | ${cell(type)} | ${tick(immutable)} | ${tick(outsider)} | ${cell(reason)} |`
    }),
    '',
    '_Required_: a token without the claim is refused. Any other claim may be absent; a rule that names it then does not match.',
    '',
    '_Proves nothing_: a stranger, any author of a workflow, or the job itself chooses the value.',
    '',
    ...(unsure.length === 0 ? [] : ['## Not confirmed', '', ...unsure.map((text) => `- ${text}`), '']),
    '## Sources',
    '',
    ...sources.map((source) => `- ${source.startsWith('https://') ? `<${source}>` : source}`),
    '',
  ].join('\n')
}

const tick = (holds: boolean): string => (holds ? '✓' : '')
const fence = (language: string, code: string): string => `\`\`\`${language}\n${code}\n\`\`\``
const list = (values: readonly string[]): string => values.map((value) => `\`${value}\``).join(', ')

function ruleCode({ name, provider, fixture: { rule, issuer } }: Preset): string {
  const make = provider.issuer === undefined ? `${name}.at('${issuer}')` : name
  const settings = rule.settings === undefined ? '' : `, ${literal(rule.settings)}`
  const call = `${make}(${literal(rule.conditions)}${settings})`
  const helpers = ['absent', 'glob', 'not', 'present'].filter((helper) => call.includes(`${helper}(`))
  return `import { ${[...helpers, name].toSorted().join(', ')} } from '@jobpass/express'\n\n${call}`
}

/** Formats a value as TypeScript. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "\\'")}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value)
  const [key, inner] = entries[0] ?? []
  if (entries.length === 1 && (key === 'glob' || key === 'not')) return `${key}(${literal(inner)})`
  if (entries.length === 1 && key === 'present') return inner === true ? 'present()' : 'absent()'
  const members = entries.map(
    ([name, each]) => `${/^[a-z_$][\w$]*$/i.test(name) ? name : `'${name}'`}: ${literal(each)}`,
  )
  return `{ ${members.join(', ')} }`
}

function facts({ provider: { table } }: Preset): readonly (readonly [string, string])[] {
  const {
    issuer,
    algorithms,
    pins,
    trustedEvents,
    untrustedWhen,
    defaultAudiences,
    fixedAudience,
    lifetime = {},
  } = table
  const versions = [table.minimumVersion ?? []].flat()
  const added = table.appendedAudience === undefined ? '' : '; added to the audience that a job requests'
  return [
    [
      'Issuer',
      issuer === undefined
        ? 'self-hosted, set with `.at(issuer)`'
        : `\`${issuer}\`${issuer.includes('{') ? ', one per tenant' : ', shared by all customers'}`,
    ],
    ...versions.map((needed) => ['Self-hosted server', describeVersion(needed)] as const),
    ['Algorithms', list(algorithms)],
    ...(pins.length === 0 ? [] : [['Every rule pins', pins.map((pin) => `\`${pin}\``).join(' or ')] as const]),
    ...(fixedAudience === undefined
      ? []
      : [
          [
            'Audience',
            `fixed${fixedAudience.audience === undefined ? '' : `, \`${fixedAudience.audience}\``}: the rule's settings must contain \`audience\` and \`replay\`, and tokens older than ${duration(fixedAudience.maxTokenAge)} are refused unless it sets \`maxTokenAge\``,
          ] as const,
        ]),
    ...(defaultAudiences === undefined
      ? []
      : [['Default audiences, refused as the name of an API', `${list(defaultAudiences)}${added}`] as const]),
    ...(lifetime.usual === undefined ? [] : [['Lifetime', duration(lifetime.usual)] as const]),
    ['Longest accepted lifetime', `${duration(lifetime.max ?? 86_400)}, unless a rule sets \`maxLifetime\``],
    ...(trustedEvents === undefined ? [] : [['Trusted events', list(trustedEvents)] as const]),
    ...(untrustedWhen === undefined
      ? []
      : [['Fields of untrusted runs, which a rule must name to admit them', list(untrustedWhen)] as const]),
    ['Tokens are identified by', 'tokenId' in table.identity ? '`jti`' : 'their signed content'],
  ]
}

const readOnly = new Set(['tokenId', 'runUrl', 'actor', 'actorId'])

function fields({ identity }: ProviderTable): readonly string[] {
  return Object.entries(identity).map(([name, source]) => {
    const from =
      typeof source === 'string'
        ? `\`${source}\``
        : Array.isArray(source)
          ? `\`${source.join(' › ')}\``
          : 'computed from the claims'
    return `| \`${name}\` | ${from} | ${tick(!readOnly.has(name))} |`
  })
}
