/** Whether the audience is the name of one API. */

import { createVerifier, githubActions } from '@jobpass/core'
import { escapeForLog } from '@jobpass/core/internal'
import type { Policy } from '@jobpass/policy'
import { anyAudience, startProblem } from '../policy/start-problem.ts'
import type { Check } from './check.ts'
import { oneLine } from '../io/one-line.ts'

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
  if (/^https?:/i.test(audience) && !URL.canParse(audience)) return `${shown} begins like a URL but is not a valid one`
  if (/^http:/i.test(audience)) return `${shown} is a URL without TLS`
  return undefined
}

/** Why a server does not start with an audience. Without a policy, as one for GitHub Actions. */
function refusal(audience: string, policy: Policy | undefined): string | undefined {
  if (policy !== undefined && startProblem(policy, [anyAudience]) === undefined)
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
