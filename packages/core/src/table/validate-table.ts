/** Checks that a provider's table does not contradict itself. */

import { checkIssuer } from '../model/issuer.ts'
import type { ProviderTable } from './provider-table.ts'
import type { ClaimTable } from './claim-rows.ts'
import { followPath, nameOf, parseRows } from './claim-rows.ts'
import { checkTenantShape, readShapes } from './validate-shapes.ts'
import { checkRows, checkSources } from './validate-rows.ts'
import type { CompiledTable } from './compile-table.ts'
import { compileTable } from './compile-table.ts'
import { ownCopy } from '../util/objects.ts'
import { readOptions, assertSeconds } from '../util/options.ts'
import { formatValue } from '../util/format.ts'
import { readOnlyFields } from '../model/workload.ts'
import { longestLifetime } from './limits.ts'
import { asymmetric } from '../model/algorithms.ts'
import { checkOtherTokens } from './other-tokens.ts'
import { checkMinimumVersion } from './minimum-version.ts'

const tableKeys = {
  id: true,
  title: true,
  issuer: true,
  shapes: true,
  temporaryBranches: true,
  serverIssuer: true,
  subjectForms: true,
  algorithms: true,
  tokenType: true,
  claims: true,
  requiredClaims: true,
  identity: true,
  pins: true,
  trustedEvents: true,
  attackerControlled: true,
  untrustedWhen: true,
  requires: true,
  defaultAudiences: true,
  appendedAudience: true,
  fixedAudience: true,
  lifetime: true,
  keyHosts: true,
  unsupported: true,
  optInClaims: true,
  suggestedFields: true,
  validate: true,
  minimumVersion: true,
  otherTokens: true,
} as const satisfies Record<keyof ProviderTable, true>

const taken = [
  'issuer',
  'subject',
  'audience',
  'issuedAt',
  'expiresAt',
  'provider',
  'claims',
  'where',
  'ownerKey',
  'repositoryKey',
  'settings',
  'reportOnly',
  'deny',
] as const

/**
 * Compiles and checks a table.
 *
 * @throws {TypeError} for a member that is missing, misspelt or reserved, and where the words of
 * the table contradict each other.
 */
export function compileChecked(given: ProviderTable): CompiledTable {
  const compiled = compileTable(readTable(given))
  const { table, rows, tenant, fields } = compiled
  checkFacts(table, rows, tenant, new Set(fields.keys()))
  const early = compiled.fieldList.flatMap(({ row }, index) => (row < 0 ? [index] : []))
  return Object.freeze({ ...compiled, early })
}

function readTable(given: ProviderTable): ProviderTable {
  const table = ownCopy(readOptions<ProviderTable>('A provider table', given, tableKeys) as ProviderTable)
  const what = nameOf(table)
  if (typeof table.id !== 'string' || table.id === '') throw new TypeError('A provider table needs an id')
  if (!Array.isArray(table.algorithms) || table.algorithms.length === 0) throw new TypeError(`${what} needs algorithms`)
  for (const algorithm of table.algorithms) {
    if (!asymmetric.has(algorithm)) {
      throw new TypeError(
        `${what}: ${formatValue(algorithm)} is not a supported signature algorithm: ${[...asymmetric].join(', ')}`,
      )
    }
  }
  for (const name of ['claims', 'identity', 'pins'] as const) {
    if (typeof table[name] !== 'object') throw new TypeError(`${what} needs ${name}`)
  }
  const own = taken.find((name) => Object.hasOwn(table.identity, name))
  if (own !== undefined) throw new TypeError(`${what}: the field '${own}' is reserved; choose another name`)
  checkRows(table.claims, what, table.requiredClaims)
  checkSources(table.identity, what, parseRows(table.claims))
  return { ...table, shapes: readShapes(what, table.shapes) }
}

/** Compares the words of a table with its claims and fields. */
function checkFacts(
  table: ProviderTable,
  rows: ClaimTable,
  tenant: readonly string[],
  fields: ReadonlySet<string>,
): void {
  const what = nameOf(table)
  if (table.issuer !== undefined) checkIssuer(table.issuer.replaceAll(/\{\w+\}/g, 'tenant'), false)
  checkNames(what, table, tenant, fields)
  if (tenant[0] !== undefined) checkTenantShape(what, table, tenant[0])
  checkTimes(what, table)
  checkEvents(what, table, fields)
  if (table.otherTokens !== undefined) checkOtherTokens(what, table.otherTokens, rows)
  if (table.minimumVersion !== undefined) checkMinimumVersion(what, table.minimumVersion)
  if (table.appendedAudience !== undefined && table.defaultAudiences === undefined)
    throw new TypeError(`${what} has an appendedAudience, which is one of its defaultAudiences: list them`)
  const strange = table.attackerControlled?.find((claim) => followPath(rows, [claim].flat()) === undefined)
  if (strange !== undefined)
    throw new TypeError(`${what}: attackerControlled names '${[strange].flat().join('.')}', which is no claim`)
}

function checkNames(what: string, table: ProviderTable, tenant: readonly string[], fields: ReadonlySet<string>): void {
  const { untrustedWhen = [], requires = {}, shapes = {}, suggestedFields = [] } = table
  const names = [
    ...table.pins,
    ...untrustedWhen,
    ...tenant,
    ...suggestedFields,
    ...Object.entries(requires).flat(2),
    ...Object.keys(shapes),
  ]
  for (const name of names) {
    if (!fields.has(name)) throw new TypeError(`${what} names a field '${name}' that its identity does not have`)
    if (readOnlyFields.has(name)) throw new TypeError(`${what} cannot use '${name}', which is not a rule key`)
  }
  if (table.pins.length === 0 && tenant.length === 0 && table.issuer !== undefined) {
    throw new TypeError(`${what} has a shared issuer and no pins: name the fields that identify a tenant`)
  }
  if (tenant.length > 1) throw new TypeError(`${what}: an issuer template has one tenant field`)
  const instead = Object.values(table.temporaryBranches ?? {}).find((name) => !fields.has(name))
  if (instead !== undefined)
    throw new TypeError(`${what} has temporaryBranches for '${instead}', which its identity does not have`)
  const strange = Object.keys(table.optInClaims ?? {}).find((name) => !fields.has(name))
  if (strange !== undefined)
    throw new TypeError(`${what} says how to ask for '${strange}', which its identity does not have`)
  const known = Object.keys(table.unsupported ?? {}).find((name) => fields.has(name))
  if (known !== undefined) throw new TypeError(`${what} says that '${known}' is unsupported, but its identity has it`)
}

function checkTimes(what: string, { lifetime = {}, fixedAudience }: ProviderTable): void {
  for (const [name, value] of Object.entries(lifetime))
    assertSeconds(`${what}: lifetime.${name}`, value, 1, longestLifetime)
  if (fixedAudience !== undefined)
    assertSeconds(`${what}: fixedAudience.maxTokenAge`, fixedAudience.maxTokenAge, 1, 86_400)
}

/** Without trusted events, a table that has events would trust every trigger. */
function checkEvents(what: string, { trustedEvents }: ProviderTable, fields: ReadonlySet<string>): void {
  if (fields.has('event') && (trustedEvents === undefined || trustedEvents.length === 0)) {
    throw new TypeError(`${what} has an event and must list its trustedEvents: those that need write access`)
  }
  if (trustedEvents !== undefined && !fields.has('event'))
    throw new TypeError(`${what} lists trustedEvents, but its identity has no event`)
}
