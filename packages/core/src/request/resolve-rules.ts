/** Look-ups of stored rules at run time, with their failures told apart from denials. */

import type { Clock } from '../util/clock.ts'
import { within } from '../util/clock.ts'
import { providerForm } from '../provider/make-provider.ts'
import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { formatValue } from '../util/format.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Warnings } from '../model/warnings.ts'
import { kindOf } from '../config/warnings.ts'
import { notMadeHere } from '../util/copies.ts'

const timeout = 5_000
/** Seconds after which a caller may try again when rules could not be looked up. */
const retryAfter = 5

/**
 * Runs a look-up. Nothing found is an empty list; throwing, taking longer than 5 s, or finding something that is no trust rule is an outage, since
 * the stored rules, whatever they say, could not be read.
 */
export async function resolveRules(
  find: () => unknown,
  accept: (rule: CompiledRule) => void,
  context: { readonly clock: Clock; readonly workload: AnyWorkload } & Pick<Warnings, 'fault'>,
): Promise<readonly CompiledRule[] | Refusal> {
  const { clock, fault, workload } = context
  const failed = (detail: string, cause: unknown): Refusal => {
    fault('A look-up of rules failed', detail)
    return refuse('resolver_unavailable', { retryAfter, workload, cause })
  }
  let found: unknown
  try {
    found = await within(clock, timeout, async () => find())
  } catch (error) {
    // The text of a database's error may hold its secrets. The hook gets it, and a log does not.
    return failed(kindOf(error), error)
  }
  try {
    return listOf(found).map((rule) => {
      const form = compiledRule(rule)
      if (form?.effect !== 'allow') {
        const instead = providerForm(rule) === undefined ? formatValue(rule) : 'a provider that was not called'
        throw notMadeHere(rule, `it finds rules made by calling a provider, or undefined, not ${instead}`)
      }
      accept(form)
      return form
    })
  } catch (error) {
    return failed((error as TypeError).message, error)
  }
}

function listOf(found: unknown): readonly unknown[] {
  return Array.isArray(found) ? Array.from(found as unknown[]) : found === undefined ? [] : [found]
}
