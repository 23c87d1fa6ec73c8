/** The union of all workloads, open to providers of users' own. */

import type { CircleCIWorkload } from '../providers/circleci.ts'
import type { GitHubActionsWorkload } from '../providers/github-actions.ts'
import type { GitLabWorkload } from '../providers/gitlab.ts'

/**
 * The workload type of each provider, by its id. Augment it with your own:
 *
 * @example
 * ```ts
 * declare module '@jobpass/express' {
 *   interface Workloads { 'acme-ci': WorkloadFrom<typeof acmeCi> }
 * }
 * ```
 */
export interface Workloads {
  'github-actions': GitHubActionsWorkload
  gitlab: GitLabWorkload
  circleci: CircleCIWorkload
}

/** A verified caller: who, from where, by which event. Frozen all the way down; a union by `provider`. */
export type WorkloadIdentity = Workloads[keyof Workloads]
