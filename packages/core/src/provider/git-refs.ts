/**
 * The refs of GitHub's events: branch, tag, pull request and merge queue distinguished once for all
 * tables that have them.
 */

import { after } from './define-provider.ts'

/** The claims from which the fields follow. */
interface RefClaims {
  readonly ref?: string | undefined
  readonly event_name: string
}

const queue = 'refs/heads/gh-readonly-queue/'

/**
 * The branch. A closed pull request runs with the ref of its base branch, and a merge queue's
 * temporary branch is not a branch of the repository.
 */
export function branchOf({ ref, event_name: event }: RefClaims): string | undefined {
  return event.startsWith('pull_request') || event === 'merge_group' || ref?.startsWith(queue)
    ? undefined
    : after('refs/heads/', ref)
}

/** The base branch of a merge queue. */
export function mergeQueueOf({ ref, event_name: event }: RefClaims): string | undefined {
  return event === 'merge_group' ? /^(.+)\/pr-\d+-[0-9a-f]+$/.exec(after(queue, ref) ?? '')?.[1] : undefined
}

/** The tag. */
export function tagOf({ ref, event_name: event }: RefClaims): string | undefined {
  return event.startsWith('pull_request') ? undefined : after('refs/tags/', ref)
}

/** The number of the pull request. */
export function pullRequestOf({ ref }: RefClaims): string | undefined {
  return after('refs/pull/', ref)?.split('/')[0]
}
