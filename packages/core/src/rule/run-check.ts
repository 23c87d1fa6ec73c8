/** The check that a token names its run, by which uses are counted and tokens revoked. */

import type { CompiledTable } from '../table/compile-table.ts'
import { isAbsent } from '../util/objects.ts'
import type { RuleCheck } from './rule.ts'
import { fieldReader } from './condition-parts.ts'

/**
 * A check that the token names its run.
 *
 * @throws {TypeError} for a platform whose tokens never do.
 */
export function runCheck(what: string, compiled: CompiledTable): RuleCheck {
  const { table, fields } = compiled
  if (!fields.has('runId')) throw new TypeError(`${what}: tokens of ${table.title} name no run`)
  return {
    field: 'runId',
    operator: 'present',
    expected: { present: true },
    read: fieldReader(compiled, 'runId'),
    passes: (runId) => !isAbsent(runId),
  }
}
