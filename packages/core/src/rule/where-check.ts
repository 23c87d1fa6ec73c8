/** The check for the `where` function of a rule. */

import type { RuleCheck } from './rule.ts'
import { formatValue } from '../util/format.ts'
import { isPromise } from '../util/awaitable.ts'
import type { AnyWorkload } from '../model/workload.ts'

/**
 * Makes the check. Only `true` passes in a trust rule, and only `false` fails in a deny rule, so a
 * promise or an exception always refuses.
 */
export function whereCheck(what: string, where: unknown, effect: 'allow' | 'deny'): RuleCheck {
  if (typeof where !== 'function')
    throw new TypeError(`${what}: where must be a function of the workload, not ${formatValue(where)}`)
  const read: RuleCheck['read'] = ({ identity }) => ask(where as (workload: AnyWorkload) => unknown, identity)
  const passes = effect === 'allow' ? (actual: unknown) => actual === true : (actual: unknown) => actual !== false
  const code = where as (...args: never[]) => unknown
  return {
    field: 'where',
    operator: 'where',
    expected: true,
    onlyReported: true,
    code,
    read,
    passes,
  }
}

/** The result of `where`, or text that says what it did instead. */
function ask(where: (workload: AnyWorkload) => unknown, identity: AnyWorkload): boolean | string {
  let answer: unknown
  try {
    answer = where(identity)
  } catch {
    return 'threw'
  }
  if (typeof answer === 'boolean') return answer
  if (!isPromise(answer)) return 'answered something else'
  // The promise is not awaited; an unhandled rejection would end the process.
  answer.then(undefined, () => {})
  return 'answered a Promise'
}
