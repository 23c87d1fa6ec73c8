// `instance_vars` has no row: it is text or an object of any shape, depending on the server.
const claims = {
  team: 'text',
  pipeline: 'text',
  job: 'text', // empty where no job requests the token, such as in the check of a resource
} as const
const requiredClaims = {
  team: 'rules pin it, and handlers store it',
}

const identity = {
  team: 'team',
  pipeline: 'pipeline',
  job: 'job',
} as const

/** A step of a Concourse pipeline. Teams, pipelines and jobs have names only. */
export interface ConcourseWorkload extends WorkloadOf<
  'concourse',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Concourse, by a var source of type `idtoken`. The server is the issuer, and has several teams.
 *
 * Source: https://concourse-ci.org/docs/operation/creds/id-token
 *
 * @example
 * ```ts
 * concourse.at('https://ci.acme.dev')({ team: 'main', pipeline: 'shop', job: 'deploy' })
 * ```
 */
export const concourse: SelfHosted<ConcourseWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'concourse',
  title: 'Concourse',
  algorithms: ['RS256', 'ES256'],
  claims,
  requiredClaims,
  identity,
  pins: ['team'],
  suggestedFields: ['pipeline', 'job'],
  requires: { pipeline: 'team', job: 'pipeline' },
  lifetime: { usual: 3600 },
  unsupported: {
    branch: 'no claim describes the code. Write team, pipeline and job, and let that job get only the code of main',
    ref: 'no claim describes the code. Write team, pipeline and job, and let that job get only the code of main',
    commit: 'no claim describes the code',
    repository: 'no claim names one. Write team, pipeline and job',
    pullRequest: 'no claim names one. Build pull requests in a separate pipeline',
    runId: 'no claim names the build. Write job',
    environment: 'no claim names one. Write pipeline and job',
  },
})
import { builtInProvider } from '../provider/define-provider.ts'
import type { SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
