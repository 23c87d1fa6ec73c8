import { after, defineProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  jti: 'id',
  sub127: 'text', // its parts are cut short, so that two projects can share one
  // An organization or a project can switch off all that follows. Without these two nothing would tell a pull request's job, or a person at a shell.
  ref_type: ['branch', 'tag', 'pull-request'],
  job_type: ['pipeline_job', 'debug_job'], // a project's debug job has no ref_type, and is refused
  org_id: 'id',
  org: 'text',
  prj_id: 'id',
  prj: 'text',
  repo: 'text',
  repo_slug: 'text',
  branch: 'text', // of a pull request: the branch it would go into
  pr_branch: 'text',
  pr: 'text', // empty where there is none, as are the next and the ids of a debug job's run
  tag: 'text', // empty for tags too
  ref: 'text',
  wf_id: 'id',
  ppl_id: 'id', // of the run, not of its definition
  job_id: 'id',
  trg: 'text',
  actor: 'id',
} as const
const requiredClaims = {
  ref_type: "tells a branch from a pull request, whose job has its target's ref",
  job_type: 'tells a job of a pipeline from a shell for a person, which rules leave out unless they name it',
} as const
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
  // The server leaves the claim empty; where one fills it, it must agree.
  tag: ({ ref_type: type, ref, tag = '' }: Claims): string | undefined =>
    type === 'tag' && (tag === '' || ref === `refs/tags/${tag}`) ? after('refs/tags/', ref) : undefined,
  // Its number may be switched off; the run is a pull request's all the same.
  pullRequest: ({ ref_type: type, pr = '' }: Claims): string | undefined =>
    pr === '' && type === 'pull-request' ? type : pr,
  debug: ({ job_type: type }: Claims): string | undefined => (type === 'pipeline_job' ? undefined : type),
  runId: 'wf_id',
  jobId: 'job_id',
} as const

/** A Semaphore job. `debug` is the type of a job that is a shell for a person, and not there otherwise. */
export interface SemaphoreWorkload extends WorkloadOf<
  'semaphore',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Semaphore: each organization has an issuer of its own, which `owner`, its name, chooses; `.at(issuer)` for a self-hosted one. Names can be given up, so
 * that a rule pins an id beside it.
 *
 * Source: https://docs.semaphoreci.com/reference/openid
 *
 * @example
 * ```ts
 * semaphore(
 *   { owner: 'tidewater', projectId: '936a5312-0000-4921-8b3f-2cec8baac574', branch: 'main' },
 *   { audience: 'https://tidewater.semaphoreci.com', replay: 'accepted' },
 * )
 * ```
 */
export const semaphore: Provider<SemaphoreWorkload, 'owner'> = /* @__PURE__ */ defineProvider({
  id: 'semaphore',
  title: 'Semaphore',
  issuer: 'https://{owner}.semaphoreci.com',
  shapes: { owner: 'dns-label', ownerId: 'uuid', projectId: 'uuid' },
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
      'the claim trg is an abbreviation that is not documented. Write branch; jobs of pull requests and debug shells are refused unless the rule names pullRequest or debug',
  },
})
