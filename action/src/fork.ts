/** Pull requests of forks, which get no token whatever the workflow says. */

import { readFile } from 'node:fs/promises'
import type { Environment } from './runner.ts'

/** Events of pull requests that run with the rights of the head's repository. */
const events = new Set(['pull_request', 'pull_request_review', 'pull_request_review_comment'])

interface Event {
  readonly pull_request?: { readonly head?: { readonly repo?: { readonly full_name?: string } | null } }
  readonly repository?: { readonly full_name?: string }
}

/** Whether the runner gave the job what it requests a token with. */
export function canRequestToken(env: Environment): boolean {
  return Boolean(env['ACTIONS_ID_TOKEN_REQUEST_URL'] && env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'])
}

/** Whether the run is of a pull request whose head is in another repository. */
export async function isForkPullRequest(env: Environment): Promise<boolean> {
  if (!events.has(env['GITHUB_EVENT_NAME'] ?? '')) return false
  const { pull_request: pullRequest, repository } = await readEvent(env['GITHUB_EVENT_PATH'] ?? '')
  if (pullRequest?.head === undefined || repository?.full_name === undefined) return false
  // A fork that was deleted is null.
  return pullRequest.head.repo?.full_name !== repository.full_name
}

async function readEvent(path: string): Promise<Event> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Event
  } catch {
    // Without the event, a missing token is an error and never skipped.
    return {}
  }
}
