/** CI rules that a service token with a scope satisfies, on routes that allow it. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { compiledRule, issuerChecks, notMadeHere, readOptions, registerRule, formatValue } from '@jobpass/core/internal'
import type { CompiledTable, RuleCheck } from '@jobpass/core/internal'
import { allowedChecks } from './allowed-checks.ts'
import type { Needed } from './allowed-checks.ts'
import { serviceTable } from './service-table.ts'
import type { ServiceWorkload } from './service-table.ts'

/** What a service token must have, a scope or details, and of which service. */
export interface ViaExchangeOptions extends Needed {
  /** Accepts tokens of this issuer only. Default: of every service that the verifier trusts. */
  readonly issuer?: string
}

/** @inline */
type SomethingNeeded = Required<Pick<ViaExchangeOptions, 'scope'>> | Required<Pick<ViaExchangeOptions, 'details'>>

/**
 * Makes a rule that admits service tokens with the scope or permission whose job the CI rule
 * admits. Ages are measured from the CI token. It carries the data of the CI rule. For routes only.
 *
 * @throws {TypeError} for anything except a CI trust rule, and for an invalid scope (RFC 6749
 * §3.3).
 *
 * @example
 * ```ts
 * const main = githubActions({ repositoryId: '74205118', branch: 'main' })
 * app.post('/deploy', requireWorkload(viaExchange(main, { scope: 'deploy' })), handler)
 * ```
 */
export function viaExchange<W extends AnyWorkload, D>(
  rule: TrustRule<W, D>,
  options: ViaExchangeOptions & SomethingNeeded,
): TrustRule<ServiceWorkload<W>, D> {
  const form = compiledRule(rule)
  if (form?.effect !== 'allow' || form.table === serviceTable)
    throw notMadeHere(rule, `viaExchange() takes a rule made by calling a CI provider, not ${formatValue(rule)}`)
  if (form.once !== undefined)
    throw new TypeError(
      'viaExchange(): the exchange claims the CI token; take oneTime() or notExchanged() off the rule',
    )
  const given = readOptions<ViaExchangeOptions>('viaExchange()', options, { scope: true, details: true, issuer: true })
  const allowed = allowedChecks('viaExchange()', given)
  const issuers = given.issuer === undefined ? undefined : [given.issuer]
  return registerRule({
    table: serviceTable,
    issuers,
    checks: [
      ...issuerChecks(issuers),
      jobCheck(form.table),
      ...form.checks.map((check) => checkOfJob(check, form.table)),
      ...allowed,
    ],
    settings: 'data' in form.settings ? { data: form.settings.data } : {},
    origins: form.origins,
    pinnedById: form.pinnedById,
    source: undefined,
    anyEvent: form.anyEvent,
    job: form,
    warnings: form.warnings,
  })
}

const jobCheck = (table: CompiledTable): RuleCheck => ({
  field: 'job.provider',
  operator: 'equals',
  expected: table.table.id,
  pin: true,
  read: ({ job }) => job?.issuer.table.table.id,
  passes: (id) => id === table.table.id,
})

/** Stands in for fields of another provider's job, which may mean something else. */
const elsewhere = Symbol('of another provider')

const readers = new WeakMap<CompiledTable, WeakMap<RuleCheck['read'], RuleCheck['read']>>()

/**
 * The reader of a field of the job. Each reader of that field has one, since the rule index
 * compares readers by identity.
 */
function readerOfJob(read: RuleCheck['read'], table: CompiledTable): RuleCheck['read'] {
  const ofTable = readers.get(table) ?? new WeakMap<RuleCheck['read'], RuleCheck['read']>()
  readers.set(table, ofTable)
  const known = ofTable.get(read)
  if (known !== undefined) return known
  const made: RuleCheck['read'] = ({ job }, now) => (job?.issuer.table === table ? read(job, now) : elsewhere)
  ofTable.set(read, made)
  return made
}

function checkOfJob(check: RuleCheck, table: CompiledTable): RuleCheck {
  return {
    ...check,
    field: `job.${check.field}`,
    read: readerOfJob(check.read, table),
    passes: (actual, tolerance) => actual !== elsewhere && check.passes(actual, tolerance),
  }
}
