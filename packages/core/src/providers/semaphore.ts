import { after, builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  jti: 'id',
  sub127: 'text', // its parts are truncated, so two projects can have the same
  // An organization or a project can switch off all claims below. Only these two distinguish a pull
  // request's job, and a shell for a person.
  ref_type: ['branch', 'tag', 'pull-request'],
  job_type: ['pipeline_job', 'debug_job'], // a project's debug job lacks ref_type, and is refused
  org_id: 'id',
  org: 'text',
  prj_id: 'id',
  prj: 'text',
  repo: 'text',
  repo_slug: 'text',
  branch: 'text', // for a pull request: its target branch
  pr_branch: 'text',
  pr: 'text', // empty without a pull request; so is the next claim, and the run ids of a debug job
  tag: 'text', // empty for tags too
  ref: 'text',
  wf_id: 'id',
  ppl_id: 'id', // the run's, not the definition's
  job_id: 'id',
  trg: 'text',
  actor: 'id',
} as const
const requiredClaims = {
  ref_type: 'distinguishes a branch from a pull request, whose job has the ref of its target',
  job_type: 'distinguishes a job of a pipeline from a shell for a person, which only rules that name it admit',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  tokenId: 'jti',
  owner: ({ iss }: { readonly iss: string }): string | undefined => new URL(iss).hostname.split('.')[0],
  ownerId: 'org_id',
  project: 'prj',
  projectId: 'prj_id',
  repository: 'repo_slug',
  ref: 'ref',
  branch: ({ ref_type: type, ref, branch }: Claims): string | undefined =>
    type === 'branch' && ref === `refs/heads/${branch}` ? branch : undefined,
  // Servers leave the claim empty; where one fills it, it must agree.
  tag: ({ ref_type: type, ref, tag = '' }: Claims): string | undefined =>
    type === 'tag' && (tag === '' || ref === `refs/tags/${tag}`) ? after('refs/tags/', ref) : undefined,
  // The number may be switched off; the run is still a pull request's.
  pullRequest: ({ ref_type: type, pr = '' }: Claims): string | undefined =>
    pr === '' && type === 'pull-request' ? type : pr,
  /** The type of a job that is a shell for a person, else absent. */
  debug: ({ job_type: type }: Claims): string | undefined => (type === 'pipeline_job' ? undefined : type),
  runId: 'wf_id',
  jobId: 'job_id',
} as const

/**
 * A Semaphore job. `debug` is present where the job is a shell for a person, with the type of the
 * job.
 */
export interface SemaphoreWorkload extends WorkloadOf<
  'semaphore',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Semaphore: each organization has its own issuer, which `owner`, its name, chooses; `.at(issuer)`
 * for a self-hosted one. Others can take over a name that was given up, so each rule also pins an
 * id.
 *
 * Source: https://docs.semaphoreci.com/reference/openid
 *
 * @example
 * ```ts
 * semaphore(
 *   { owner: 'tidewater', projectId: '936a5312-0000-4921-8b3f-2cec8baac574', branch: 'main' },
 *   { audience: 'https://tidewater.semaphoreci.com', sharedAudience: 'accepted' },
 * )
 * ```
 */
export const semaphore: Provider<SemaphoreWorkload, 'owner'> = /* @__PURE__ */ builtInProvider({
  id: 'semaphore',
  title: 'Semaphore',
  issuer: 'https://{owner}.semaphoreci.com',
  shapes: { owner: shape.dnsLabel, ownerId: shape.uuid, projectId: shape.uuid },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId', 'projectId'],
  untrustedWhen: ['pullRequest', 'debug'],
  attackerControlled: ['branch', 'pr_branch', 'sub127'],
  defaultAudiences: ['{issuer}'],
  fixedAudience: { audience: '{issuer}', maxTokenAge: 3600 },
  lifetime: { usual: 86_400 },
  unsupported: {
    commit: 'no claim names it. Write branch, or tag',
    environment: 'no claim names one. Write projectId and branch',
    event:
      'the values of the claim trg are not documented. Write branch; jobs of pull requests and debug shells are refused unless the rule names pullRequest or debug',
  },
})
