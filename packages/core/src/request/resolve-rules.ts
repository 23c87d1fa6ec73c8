/** Look-ups of stored rules at run time. A look-up that fails is an outage, not a denial. */

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

/** The longest that a look-up may take: milliseconds. */
const timeout = 5_000
/** The `Retry-After` of a failed look-up: seconds. */
const retryAfter = 5

/**
 * Runs a look-up. Finding nothing gives an empty list. Throwing, taking longer than 5 s, or
 * returning anything other than trust rules is an outage, since the stored rules could not be read.
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
    // The error of a database may contain its secrets: the hook gets it, and warnings do not.
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
