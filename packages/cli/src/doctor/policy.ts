/** Whether the policy and the audience are ones that a server starts with. */

import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { githubActions } from '@jobpass/core'
import { createVerifier } from '@jobpass/core'
import { escapeForLog } from '@jobpass/core/internal'
import type { Policy } from '@jobpass/policy'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { readPolicy } from '../policy/read-policy.ts'
import { startProblem } from '../policy/start-problem.ts'
import type { Check } from './check.ts'

/** An audience that no platform gives by default. */
const placeholder = 'https://api.example'

/** The policy, where it can be read, and what was found. */
export interface PolicyChecks {
  /** The policy; `undefined` where there is none. */
  readonly policy: Policy | undefined
  /** What was found. */
  readonly checks: readonly Check[]
}

/** Reads the policy. One that no flag names may be missing. */
export async function checkPolicy(context: Context, given: string | undefined): Promise<PolicyChecks> {
  const path = given ?? 'policy.yaml'
  if (given === undefined && !(await exists(resolve(context.cwd, path))))
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
  const problem = startProblem(policy, [placeholder])
  return problem === undefined ? [] : [{ name: 'trust', status: 'problem', text: oneLine(problem) }]
}

/** Checks the names of the API. */
export function checkAudience(audience: readonly string[], policy: Policy | undefined): readonly Check[] {
  if (audience.length === 0)
    return [{ name: 'audience', status: 'skipped', text: 'not checked', fix: 'name the API with --audience' }]
  return audience.map((each) => {
    const text = escapeForLog(each)
    const fault = formFault(each) ?? refusal(each, policy)
    if (fault === undefined) return { name: 'audience', status: 'ok', text }
    return {
      name: 'audience',
      status: 'problem',
      text: fault,
      fix: "choose a name of the API, such as 'https://api.acme.dev'",
    }
  })
}

/** Why a text is no name of an API. */
function formFault(audience: string): string | undefined {
  const shown = escapeForLog(audience)
  if (!/^[\u0021-\u007e]+$/.test(audience)) return `${JSON.stringify(shown)} has characters that are easily mistyped`
  if (audience.includes('*')) return `${shown} is a pattern, and audiences are compared as they are`
  if (/^https?:/i.test(audience) && !URL.canParse(audience)) return `${shown} begins as a URL and is none`
  if (/^http:/i.test(audience)) return `${shown} is a URL without TLS`
  return undefined
}

/** Why a server does not start with an audience. Without a policy, as one for GitHub Actions. */
function refusal(audience: string, policy: Policy | undefined): string | undefined {
  if (policy !== undefined && startProblem(policy, [placeholder]) === undefined)
    return shortened(startProblem(policy, [audience]))
  try {
    createVerifier({ audience, trust: githubActions({ owner: 'acme' }), onWarning: () => {} })
    return undefined
  } catch (error) {
    return shortened((error as Error).message)
  }
}

/** The message without the advice, which is in `fix`. */
function shortened(message: string | undefined): string | undefined {
  return message && oneLine(message).split(': choose', 1)[0]
}

function oneLine(message: string): string {
  return message.replaceAll(/\s*\n\s*/g, ' ')
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
