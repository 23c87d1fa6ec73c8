/** CI rules that a service token satisfies: the route says so, and names the scope. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import {
  compiledRule,
  issuerChecks,
  notMadeHere,
  jobOf,
  verifiedTokenOf,
  readOptions,
  registerRule,
  formatValue,
} from '@jobpass/core/internal'
import type { CompiledTable, RuleCheck } from '@jobpass/core/internal'
import { scopeList } from './scope.ts'
import { serviceTable } from './service-table.ts'
import type { ServiceWorkload } from './service-table.ts'

/** What a service token must be good for. */
export interface ViaExchangeOptions {
  /** The scope, or several, all of which the token must have. */
  readonly scope: string | readonly string[]
  /** Takes tokens of this service alone. Default: of each that the verifier trusts. */
  readonly issuer?: string
}

/**
 * Makes a rule that admits callers with a service token that has the scope, and whose origin the CI rule admits; ages are measured from the CI token. On routes only.
 *
 * Throws a `TypeError` for something that is no trust rule, and for a scope that is none (RFC 6749 §3.3).
 *
 * @example
 * ```ts
 * app.post('/deploy', requireWorkload(viaExchange(githubActions({ repositoryId: '74205118', branch: 'main' }), { scope: 'deploy' })), handler)
 * ```
 */
export function viaExchange<W extends AnyWorkload>(
  rule: TrustRule<W>,
  options: ViaExchangeOptions,
): TrustRule<ServiceWorkload<W>> {
  const form = compiledRule(rule)
  if (form?.effect !== 'allow' || form.table === serviceTable)
    throw notMadeHere(rule, `viaExchange() takes a rule made by calling a CI provider, not ${formatValue(rule)}`)
  if (form.once !== undefined)
    throw new TypeError("viaExchange(): the exchange claims the CI token; leave replay: 'once' out of the rule")
  const given = readOptions('viaExchange()', options, ['scope', 'issuer']) as unknown as ViaExchangeOptions
  const scopes = scopeList('viaExchange(): scope', given.scope)
  const issuers = given.issuer === undefined ? undefined : [given.issuer]
  return registerRule({
    table: serviceTable,
    issuers,
    checks: [
      ...issuerChecks(issuers),
      originCheck(form.table),
      ...form.checks.map((check) => checkOfOrigin(check, form.table)),
      ...scopes.map(scopeCheck),
    ],
    settings: {},
    pinnedById: form.pinnedById,
    source: undefined,
    anyEvent: form.anyEvent,
    origin: form,
    warnings: form.warnings,
  })
}

const scopeCheck = (scope: string): RuleCheck => ({
  field: 'scopes',
  operator: 'includes',
  expected: [scope],
  pin: false,
  enforcedInReportOnly: true,
  read: (identity) => (identity as ServiceWorkload).scopes,
  passes: (scopes) => (scopes as readonly string[]).includes(scope),
})

const tableOfOrigin = (identity: AnyWorkload): CompiledTable | undefined => {
  const origin = jobOf(identity)
  return origin && verifiedTokenOf(origin)?.issuer.table
}

const originCheck = (table: CompiledTable): RuleCheck => ({
  field: 'origin.provider',
  operator: 'equals',
  expected: table.table.id,
  pin: true,
  enforcedInReportOnly: true,
  read: (identity) => tableOfOrigin(identity)?.table.id,
  passes: (id) => id === table.table.id,
})

/** What a check reads where the origin is another platform's, whose fields may mean something else. */
const elsewhere = Symbol('of another provider')

const readers = new WeakMap<CompiledTable, WeakMap<RuleCheck['read'], RuleCheck['read']>>()

/** The one function that reads of the origin what another reads of the CI job itself: rules are found by them. */
function readerOfOrigin(read: RuleCheck['read'], table: CompiledTable): RuleCheck['read'] {
  const ofTable = readers.get(table) ?? new WeakMap<RuleCheck['read'], RuleCheck['read']>()
  readers.set(table, ofTable)
  const known = ofTable.get(read)
  if (known !== undefined) return known
  const made: RuleCheck['read'] = (identity, now) => {
    const origin = tableOfOrigin(identity) === table ? jobOf(identity) : undefined
    return origin === undefined ? elsewhere : read(origin, now)
  }
  ofTable.set(read, made)
  return made
}

function checkOfOrigin(check: RuleCheck, table: CompiledTable): RuleCheck {
  return {
    ...check,
    field: `origin.${check.field}`,
    read: readerOfOrigin(check.read, table),
    passes: (actual, tolerance) => actual !== elsewhere && check.passes(actual, tolerance),
  }
}
