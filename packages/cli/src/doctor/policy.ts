/** Whether the policy is one that a server starts with. */

import { escapeForLog } from '@jobpass/core/internal'
import type { Policy } from '@jobpass/policy'
import type { Context } from '../context.ts'
import { exists } from '../io/exists.ts'
import { CommandError } from '../io/exit.ts'
import { readPolicy } from '../policy/read-policy.ts'
import { anyAudience, startProblem } from '../policy/start-problem.ts'
import type { Check } from './check.ts'
import { oneLine } from '../io/one-line.ts'

/** The policy, where it can be read, and what was found. */
export interface PolicyChecks {
  /** The policy; `undefined` if the file is missing or invalid. */
  readonly policy: Policy | undefined
  /** What was found. */
  readonly checks: readonly Check[]
}

/** Reads the policy. One that no flag names may be missing. */
export async function checkPolicy(context: Context, given: string | undefined): Promise<PolicyChecks> {
  const path = given ?? 'policy.yaml'
  if (given === undefined && !(await exists(context, path)))
    return { policy: undefined, checks: [{ name: 'policy', status: 'skipped', text: `there is no ${path} here` }] }
  try {
    const { policy } = await readPolicy(context, path)
    const read: Check = { name: 'policy', status: 'ok', text: `${escapeForLog(path)} is valid` }
    return { policy, checks: [read, ...trustCheck(policy)] }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { policy: undefined, checks: [{ name: 'policy', status: 'problem', text: oneLine(error.message) }] }
  }
}

/** Whether a server starts that trusts all jobs of the policy. Silent where it does. */
function trustCheck(policy: Policy): readonly Check[] {
  const problem = startProblem(policy, [anyAudience])
  return problem === undefined ? [] : [{ name: 'trust', status: 'problem', text: oneLine(problem) }]
}
