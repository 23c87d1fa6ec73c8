/**
 * The checks that a rule has without a condition: on its issuers, and against runs that outsiders
 * can start.
 */

import type { CompiledTable } from '../table/compile-table.ts'
import type { RuleCheck } from './rule.ts'
import { isOneOf } from './compile-condition.ts'
import type { Target } from './condition-parts.ts'
import { fieldReader, readIssuer } from './condition-parts.ts'

/** The check that the token is of one of the rule's issuers. */
export function issuerChecks(issuers: readonly string[] | undefined): RuleCheck[] {
  if (issuers === undefined) return []
  return [
    {
      field: 'issuer',
      operator: 'oneOf',
      expected: issuers,
      pin: true,
      ofIssuer: true,
      read: readIssuer,
      passes: isOneOf(issuers),
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
    checks.push({
      field: 'event',
      operator: 'ordinary',
      expected: trustedEvents,
      read: fieldReader(compiled, 'event'),
      passes: isOneOf(trustedEvents),
    })
  }
  for (const name of table.untrustedWhen ?? []) {
    if (targets.some(({ field }) => field === name)) continue
    checks.push({
      field: name,
      operator: 'ordinary',
      expected: { present: false },
      read: fieldReader(compiled, name),
      passes: isOneOf([undefined, false]),
    })
  }
  return checks
}
