/**
 * The checks that a rule has without a condition: on its issuers, and against runs that outsiders
 * can start.
 */

import type { CompiledTable } from '../table/compile-table.ts'
import type { RuleCheck } from './rule.ts'
import type { Target } from './condition-parts.ts'
import { fieldReader } from './condition-parts.ts'

/** The check that the token is of one of the rule's issuers. */
export function issuerChecks(issuers: readonly string[] | undefined): RuleCheck[] {
  if (issuers === undefined) return []
  const passes = (actual: unknown): boolean => issuers.includes(actual as string)
  return [
    {
      field: 'issuer',
      operator: 'oneOf',
      expected: issuers,
      pin: true,
      ofIssuer: true,
      read: ({ claims }) => claims.iss,
      passes,
    },
  ]
}

/**
 * The checks that refuse untrusted runs. A rule admits one only if it names what makes the run
 * untrusted: the event, by equality or list, or the field.
 */
export function ordinaryChecks(compiled: CompiledTable, targets: readonly Target[]): RuleCheck[] {
  const { table } = compiled
  const checks: RuleCheck[] = []
  const { trustedEvents } = table
  const namesEvent = targets.some(({ field, test }) => field === 'event' && test.exact !== undefined)
  if (trustedEvents !== undefined && !namesEvent) {
    const passes = (actual: unknown): boolean => trustedEvents.includes(actual as string)
    checks.push({
      field: 'event',
      operator: 'ordinary',
      expected: trustedEvents,
      read: fieldReader(compiled, 'event'),
      passes,
    })
  }
  for (const name of table.untrustedWhen ?? []) {
    if (targets.some(({ field }) => field === name)) continue
    const passes = (actual: unknown): boolean => actual === undefined || actual === false
    checks.push({
      field: name,
      operator: 'ordinary',
      expected: { present: false },
      read: fieldReader(compiled, name),
      passes,
    })
  }
  return checks
}
