/** Claims of jobs at GitHub, for tests. */

import type { githubActions, WorkloadFrom } from '@jobpass/core'
import type { TestIssuer } from '@jobpass/testing'

type Issuer = TestIssuer<WorkloadFrom<typeof githubActions>>
type Claims = Readonly<Record<string, unknown>>

/** Repositories of the tenant, in another letter case, and of others with names that are alike. */
const repositories: readonly Claims[] = [
  {},
  { repository: 'acme/docs', repository_id: '611' },
  { repository: 'Acme/Shop', repository_owner: 'Acme' },
  { repository: 'acme/shop-evil', repository_id: '612' },
  { repository: 'acme-evil/shop', repository_id: '9001', repository_owner_id: '666' },
  { repository: 'evil/acme', repository_id: '9002', repository_owner_id: '777' },
]

const refs = [
  'refs/heads/main',
  'refs/heads/Main',
  'refs/heads/main2',
  'refs/heads/dev',
  'refs/heads/release/1.2',
  'refs/heads/release/1/2',
  'refs/heads/feature/main',
  'refs/heads/release//3',
  'refs/heads/refs/heads/main',
  'refs/tags/v2.3.0',
  'refs/tags/v10.0.0',
  'refs/tags/v2.x/y',
  'refs/tags/main',
  'refs/heads/gh-readonly-queue/main/pr-1-0123456789abcdef0123456789abcdef01234567',
]

const other: readonly Claims[] = [
  { environment: 'production' },
  { environment: 'Production' },
  { environment: 'staging' },
  { environment: 'prod/eu' },
  { environment: 'production', event_name: 'pull_request', ref: 'refs/pull/731/merge' },
  { environment: 'production', event_name: 'pull_request_target' },
  { job_workflow_ref: undefined },
  { job_workflow_ref: 'acme/shop/.github/workflows/ci.yml@refs/heads/other' },
  { job_workflow_ref: 'evil/shop/.github/workflows/ci.yml@refs/heads/main' },
  { workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/main' },
  { workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/other' },
  { workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/tags/v1', environment: 'release' },
  { workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/main', environment: 'Release' },
  { ref: undefined },
  { ref: '' },
  { actor: 'mallory' },
  { event_name: 'issues' },
  { event_name: 'repository_dispatch' },
  { repository_id: undefined },
  { enterprise: 'acme-inc', enterprise_id: '9127' },
  { aud: 'https://other.example' },
  { sub: 'repository_owner_id:1234567:job_workflow_ref:acme/shop/.github/workflows/ci.yml@refs/heads/main' },
  { sub: 'repo:acme/shop:actor:mallory' },
]

/** The claims, with subjects by name and by id. */
export function githubClaims(issuer: Issuer): readonly Claims[] {
  const named = [
    ...issuer.triggers.flatMap((trigger) => repositories.map((given) => issuer.claims(given, { trigger }))),
    ...refs.flatMap((ref) =>
      [{}, { environment: 'production' }].map((more) => issuer.claims({ ref, ...more }, { trigger: 'push' })),
    ),
    ...other.flatMap((given) => [
      issuer.claims(given),
      issuer.claims({ repository: 'acme/docs', repository_id: '611', ...given }),
    ]),
  ]
  return [...named, ...named.flatMap(byId)]
}

/** The same job with the immutable form of the subject. */
export function byId(claims: Claims): readonly Claims[] {
  const [sub = '', repository = '', id, owner = ''] = ['sub', 'repository', 'repository_id', 'repository_owner_id'].map(
    (name) => (claims[name] === undefined ? undefined : String(claims[name])),
  )
  const [name = '', shop = ''] = repository.split('/')
  const start = `repo:${repository}:`
  if (!sub.startsWith(start) || id === undefined) return []
  return [{ ...claims, sub: `repo:${name}@${owner}/${shop}@${id}:${sub.slice(start.length)}` }]
}
