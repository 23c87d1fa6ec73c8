/** What keeps a provider's table from contradicting itself. */

import { checkIssuer } from './issuer.ts'
import { checkMinimumVersion } from './minimum-version.ts'
import { checkOtherTokens } from './other-tokens.ts'
import type { ProviderTable } from './provider.ts'
import type { ClaimTable } from './table.ts'
import { followPath } from './table.ts'
import { valueShapes } from './value-shape.ts'
import { ownCopy, readOptions, seconds, show } from '../util/text.ts'
import { readOnlyFields } from '../identity/workload.ts'
import { longestLifetime } from '../rule/rule-settings.ts'

/** RFC 7518 §3.1 and RFC 8037: signatures by a key pair. There is no symmetric algorithm here, and none can be configured. */
export const asymmetric: ReadonlySet<string> = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
])

const tableKeys: readonly (keyof ProviderTable)[] = [
  ...([
    'id',
    'title',
    'issuer',
    'shapes',
    'algorithms',
    'tokenType',
    'claims',
    'requires',
    'identity',
    'pins',
    'ordinary',
  ] as const),
  ...(['outsiders', 'unusual', 'needs', 'defaultAudiences', 'appendedAudience', 'fixedAudience', 'lifetime'] as const),
  ...(['keyHosts', 'lacks', 'optIn', 'suggests', 'contradiction', 'minimumVersion', 'otherTokens'] as const),
]
const taken: ReadonlySet<string> = new Set(
  'issuer subject audience issuedAt expiresAt provider claims where ownerKey repositoryKey settings reportOnly deny'.split(
    ' ',
  ),
)

/** How messages call a table. */
export function nameOf({ id }: ProviderTable): string {
  return `The table of ${show(id)}`
}

/** Reads a table's own members. Throws a `TypeError` for one that is missing, misspelt or taken. */
export function readTable(given: ProviderTable): ProviderTable {
  const table = ownCopy(readOptions('A provider table', given, tableKeys) as unknown as ProviderTable)
  const what = nameOf(table)
  if (typeof table.id !== 'string' || table.id === '') throw new TypeError('A provider table needs an id')
  if (!Array.isArray(table.algorithms) || table.algorithms.length === 0) throw new TypeError(`${what} needs algorithms`)
  for (const algorithm of table.algorithms) {
    if (!asymmetric.has(algorithm)) {
      throw new TypeError(`${what}: ${show(algorithm)} is no signature algorithm here: ${[...asymmetric].join(', ')}`)
    }
  }
  for (const name of ['claims', 'identity', 'pins'] as const) {
    if (typeof table[name] !== 'object') throw new TypeError(`${what} needs ${name}`)
  }
  const own = Object.keys(table.identity).find((name) => taken.has(name))
  if (own !== undefined) throw new TypeError(`${what}: the field '${own}' is taken; call yours otherwise`)
  return table
}

/** Compares what a table says with its claims and its fields. Throws a `TypeError` where they do not fit. */
export function checkFacts(
  table: ProviderTable,
  rows: ClaimTable,
  tenant: readonly string[],
  fields: ReadonlySet<string>,
): void {
  const what = nameOf(table)
  if (table.issuer !== undefined) checkIssuer(table.issuer.replaceAll(/\{\w+\}/g, 'tenant'), false)
  checkNames(what, table, tenant, fields)
  checkShapes(what, table, tenant)
  checkTimes(what, table)
  checkEvents(what, table, fields)
  if (table.otherTokens !== undefined) checkOtherTokens(what, table.otherTokens, rows)
  if (table.minimumVersion !== undefined) checkMinimumVersion(what, table.minimumVersion)
  if (table.appendedAudience !== undefined && table.defaultAudiences === undefined)
    throw new TypeError(`${what} has an appendedAudience, which is one of its defaultAudiences: list them`)
  const strange = table.outsiders?.find((claim) => followPath(rows, [claim].flat()) === undefined)
  if (strange !== undefined)
    throw new TypeError(`${what}: outsiders names '${[strange].flat().join('.')}', which is no claim`)
}

function checkNames(what: string, table: ProviderTable, tenant: readonly string[], fields: ReadonlySet<string>): void {
  const { unusual = [], needs = {}, shapes = {}, suggests = [] } = table
  const names = [
    ...table.pins,
    ...unusual,
    ...tenant,
    ...suggests,
    ...Object.entries(needs).flat(2),
    ...Object.keys(shapes),
  ]
  for (const name of names) {
    if (!fields.has(name)) throw new TypeError(`${what} speaks of a field '${name}' that its identity does not have`)
    if (readOnlyFields.has(name)) throw new TypeError(`${what} cannot build on '${name}', which is no rule key`)
  }
  if (table.pins.length === 0 && tenant.length === 0 && table.issuer !== undefined) {
    throw new TypeError(`${what} has a shared issuer and no pins: name the fields that tell one tenant from another`)
  }
  if (tenant.length > 1) throw new TypeError(`${what}: an issuer template has one tenant field`)
  const strange = Object.keys(table.optIn ?? {}).find((name) => !fields.has(name))
  if (strange !== undefined)
    throw new TypeError(`${what} says how to ask for '${strange}', which its identity does not have`)
  const told = Object.keys(table.lacks ?? {}).find((name) => fields.has(name))
  if (told !== undefined) throw new TypeError(`${what} lacks '${told}', which its identity has`)
}

function checkShapes(what: string, { shapes = {} }: ProviderTable, [tenant]: readonly string[]): void {
  const known = Object.keys(valueShapes).join(', ')
  for (const [name, shape] of Object.entries(shapes)) {
    if (!Object.hasOwn(valueShapes, shape))
      throw new TypeError(`${what}: the shape of '${name}' is ${show(shape)}, but must be one of ${known}`)
  }
  if (tenant !== undefined && !Object.hasOwn(shapes, tenant)) {
    throw new TypeError(
      `${what} puts '${tenant}' into its issuer, and must say what it looks like: shapes: { ${tenant}: … }, one of ${known}`,
    )
  }
}

function checkTimes(what: string, { lifetime = {}, fixedAudience }: ProviderTable): void {
  for (const [name, value] of Object.entries(lifetime)) seconds(`${what}: lifetime.${name}`, value, 1, longestLifetime)
  if (fixedAudience !== undefined) seconds(`${what}: fixedAudience.maxTokenAge`, fixedAudience.maxTokenAge, 1, 86_400)
}

/** Without its ordinary events, a table that has events would trust every trigger. */
function checkEvents(what: string, { ordinary }: ProviderTable, fields: ReadonlySet<string>): void {
  if (fields.has('event') && (ordinary === undefined || ordinary.length === 0)) {
    throw new TypeError(`${what} has an event and must list the ordinary ones: those that need write access`)
  }
  if (ordinary !== undefined && !fields.has('event'))
    throw new TypeError(`${what} lists ordinary events, but its identity has no event`)
}
