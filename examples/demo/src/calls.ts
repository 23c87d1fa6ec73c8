/** The calls of the demo, with the expected results. */

import type { MintClaims, MintOptions } from '@jobpass/testing'
import type { ApiName } from './apis.ts'
import type { GetToken, Jobs } from './issuers.ts'

export interface Call {
  readonly system: string
  readonly caller: string
  readonly api: ApiName
  readonly route: string
  /** Status, and the code of a refusal. */
  readonly expected: string
  /** Gets the token of the calling job, for the audience of the API. */
  token?(jobs: Jobs, audience: string): Promise<string>
}

const deploy = { api: 'express', route: 'POST /deploy' } as const
const staging = { api: 'hono', route: 'POST /deploy/staging' } as const
const production = { api: 'hono', route: 'POST /deploy/production' } as const
const upload = { api: 'koa', route: 'PUT /artifacts/shop.tgz' } as const
const download = { api: 'koa', route: 'GET /artifacts/shop.tgz' } as const

const allowed = '200'
const created = '201'
const refused = '403 workload_forbidden'

const github = callsFrom('GitHub', (jobs) => jobs.github)
const gitlab = callsFrom('GitLab', (jobs) => jobs.gitlab)
const circleci = callsFrom('CircleCI', (jobs) => jobs.circleci)

const feature = { ref: 'refs/heads/feature/rate-limits' }
const stranger = { actor: 'quill-otter', actor_id: '77120954', head_ref: 'patch-1' }
/** An owner whose name resembles acme. */
const lookAlike = { repository: 'acme-inc/shop', repository_id: '91', repository_owner_id: '6660666' }
/** Another owner that took the name acme after it was freed; its ids differ. */
const takenOver = { repository: 'acme/shop', repository_id: '92', repository_owner_id: '6660667' }
const docs = { repository: 'acme/docs', repository_id: '74205119' }
const otherApi = { aud: 'https://api.other.example' }
const anHourAgo = Math.floor(Date.now() / 1000) - 3600
const noContext = { 'oidc.circleci.com/context-ids': [] }

export const calls: readonly Call[] = [
  { system: '', caller: 'load balancer', api: 'express', route: 'GET /healthz', expected: allowed },
  { system: '', caller: 'anyone, without a token', ...deploy, expected: '401 token_missing' },
  github('push to main', deploy, allowed),
  github('push to a feature branch', deploy, refused, feature),
  github('pull request from a fork', deploy, refused, stranger, { trigger: 'pull_request' }),
  github('pull_request_target, run on main', deploy, refused, {}, { trigger: 'pull_request_target' }),
  github('issue_comment, run on main', deploy, refused, {}, { trigger: 'issue_comment' }),
  github('main of another repository', deploy, refused, docs),
  github('main of look-alike acme-inc/shop', deploy, refused, lookAlike),
  github('main of acme, name taken over', deploy, refused, takenOver),
  github('main, token of an hour ago', deploy, '401 token_expired', {}, { issuedAt: anHourAgo }),
  github('main, token for another API', deploy, '401 audience_mismatch', otherApi),
  gitlab('push to main, protected', deploy, allowed),
  gitlab('push to main, not protected', deploy, refused, { ref_protected: 'false' }),
  gitlab("merge request from a fork's main", deploy, refused, {}, { trigger: 'fork_merge_request' }),
  circleci('push to main', deploy, allowed),
  circleci('build of a fork', deploy, refused, {}, { trigger: 'fork' }),

  github('tag v1.4.0', upload, created, {}, { trigger: 'tag' }),
  github('pull request', upload, refused, {}, { trigger: 'pull_request' }),
  github('the same pull request', download, allowed, {}, { trigger: 'pull_request' }),
  github('main of look-alike acme-inc/shop', download, refused, lookAlike),
  gitlab('merge request', download, allowed, {}, { trigger: 'merge_request' }),
  circleci('build of a fork', download, refused, {}, { trigger: 'fork' }),

  github('push to main', staging, allowed),
  github('main, in environment production', production, allowed, {}, { trigger: 'environment' }),
  github('main, in environment preview', production, refused, { environment: 'preview' }),
  github('main, in no environment', production, refused),
  gitlab('main, in protected production', production, allowed, {}, { trigger: 'environment' }),
  gitlab(
    'main, in unprotected production',
    production,
    refused,
    { environment_protected: 'false' },
    { trigger: 'environment' },
  ),
  circleci('main, with the context', production, allowed),
  circleci('main, without a context', production, refused, noContext),
  circleci('main, rerun with SSH', production, refused, {}, { trigger: 'ssh_rerun' }),
]

type Target = Pick<Call, 'api' | 'route'>

/**
 * Makes calls by jobs of one system; claims and trigger contain the differences from a push to
 * main.
 */
function callsFrom<W>(system: string, getToken: (jobs: Jobs) => GetToken<W>) {
  return (
    caller: string,
    target: Target,
    expected: string,
    claims?: MintClaims<W>,
    options?: MintOptions<W>,
  ): Call => ({
    system,
    caller,
    ...target,
    expected,
    token: (jobs, audience) => getToken(jobs)(audience, claims, options),
  })
}
