/**
 * The page of one provider. Its table and its fixture's rule give the generated parts; the rest is
 * written by hand.
 */

import type { ProviderTable } from '@jobpass/core'
import { describeVersion, isAttackerControlled } from '@jobpass/core/internal'
import { markPart } from '../generated-parts.ts'
import type { Preset } from './presets.ts'
import { cell, claimsOf, duration } from './table-text.ts'

/** The generated parts of a page, by name. */
export interface PageParts {
  readonly rule: string
  /** Only if the table names refusals. */
  readonly refusals?: string
  readonly table: string
}

/** Writes the generated parts of a page as Markdown. */
export function partsOf(preset: Preset): PageParts {
  const { table } = preset.provider
  const refusals = [
    ...(table.otherTokens ?? []).map(({ hint }) => `- Refused as \`claims_invalid\`: ${hint}`),
    ...Object.entries(table.unsupported ?? {}).map(
      ([field, instead]) => `- There is no \`${field}\` here: ${instead}.`,
    ),
  ]
  return {
    rule: `\`\`\`ts\n${ruleCode(preset)}\n\`\`\``,
    ...(refusals.length === 0 ? {} : { refusals: refusals.join('\n') }),
    table: tableText(preset),
  }
}

/** A new page: its parts, and the headings of what is left to write. */
export function frame(title: string, { rule, refusals, table }: PageParts): string {
  return `${[
    `# ${title}`,
    '## A rule to copy',
    markPart('rule', rule),
    '## What the job does',
    '## What goes wrong',
    ...(refusals === undefined ? [] : [markPart('refusals', refusals)]),
    markPart('table', table),
    '## Sources',
  ].join('\n\n')}\n`
}

function tableText(preset: Preset): string {
  const { table } = preset.provider
  return [
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
  ].join('\n')
}

const tick = (holds: boolean): string => (holds ? '✓' : '')
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
