/** The rules and look-ups of `trust`, and what all of them are checked for. */

import type { TrustEntry } from './audiences.ts'
import { checkAudiences, checkFixedAudience } from './audiences.ts'
import type { ResolvedOptions } from './options.ts'
import { checkDemands } from './rule-demands.ts'
import { extensionOf } from './trusted-issuers.ts'
import { compiledLookup, providerForm } from '../provider/make-provider.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { notMadeHere } from '../util/copies.ts'
import { formatValue, importName } from '../util/format.ts'

/**
 * The compiled form of a rule or look-up.
 *
 * @throws {TypeError} for any other value.
 */
export function trustEntry(value: unknown): TrustEntry {
  const rule = compiledRule(value)
  if (rule?.effect === 'deny') throw new TypeError('A deny rule belongs in `deny`, not in `trust`')
  if (rule?.issuers === undefined && rule !== undefined)
    throw new TypeError('viaExchange() is for a route; trust takes serviceTokens() of the same service')
  const entry = rule ?? compiledLookup(value)
  if (entry !== undefined) return entry
  const form = providerForm(value)
  const instead =
    form === undefined ? formatValue(value) : `the provider itself: call it, ${importName(form.table.table.id)}({ … })`
  throw notMadeHere(
    value,
    `trust takes rules made by calling a provider, such as githubActions({ ownerId: '1234567' }), not ${instead}`,
  )
}

/**
 * Checks entries against the options of a verifier, and gives their warnings.
 *
 * @throws {TypeError} for an entry that the options do not allow.
 */
export function checkEntries(entries: readonly TrustEntry[], resolved: ResolvedOptions): void {
  for (const entry of entries) {
    checkFixedAudience(entry)
    if ('checks' in entry) checkDemands(entry, resolved)
    extensionOf(entry)?.checkOptions(resolved)
  }
  checkAudiences(resolved.audiences, entries)
  for (const entry of entries) if ('warnings' in entry) entry.warnings.forEach((warning) => resolved.warn(warning))
}
