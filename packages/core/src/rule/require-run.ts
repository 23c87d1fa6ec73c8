/**
 * Rules that require a token to name its run: without it, uses could not be counted or revoked by
 * run.
 */

import type { CompiledTable } from '../table/compile-table.ts'
import { isAbsent } from '../util/objects.ts'
import type { RuleCheck, TrustRule } from './rule.ts'
import { compiledRule, registerRule } from './make-rule.ts'
import { fieldReader } from './condition-parts.ts'
import { notMadeHere } from '../util/copies.ts'

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

/**
 * The same rule, for jobs that name their run only.
 *
 * @throws {TypeError} for a platform whose tokens never do.
 */
export function requireRun<W>(what: string, rule: TrustRule<W>): TrustRule<W> {
  const form = compiledRule(rule)
  if (form === undefined) throw notMadeHere(rule, `${what} takes a rule made by calling a provider`)
  return registerRule({ ...form, checks: [...form.checks, runCheck(what, form.table)] })
}
