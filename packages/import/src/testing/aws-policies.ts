/** Trust policies of AWS roles, for tests: by platform, each with its conditions. */

type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** A policy. */
export interface AwsSample {
  /** What it is about, for test names. */
  readonly what: string
  /** The platform of its provider. */
  readonly platform: 'github' | 'gitlab' | 'circleci'
  /** The document. */
  readonly policy: Readonly<Record<string, unknown>>
}

const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const project = '71c2d3e4-f506-4718-a29b-3c4d5e6f7081'

const hosts = {
  github: 'token.actions.githubusercontent.com',
  gitlab: 'gitlab.com',
  circleci: `oidc.circleci.com/org/${organization}`,
}

/** The statement of a role, with keys that begin with the host of the provider. */
export function statement(platform: keyof typeof hosts, condition: Condition, Effect = 'Allow'): unknown {
  const named = Object.entries(condition).map(([operator, keys]) => [
    operator,
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [`${hosts[platform]}:${key}`, value])),
  ])
  return {
    Effect,
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${hosts[platform]}` },
    Condition: Object.fromEntries(named) as unknown,
  }
}

/** The audience of the policies. */
export const awsAudience = 'https://api.acme.dev'
const aud = { aud: awsAudience }

function sample(platform: AwsSample['platform'], what: string, condition: Condition): AwsSample {
  return { what, platform, policy: { Version: '2012-10-17', Statement: [statement(platform, condition)] } }
}

/** A policy on the audience and a pattern for the subject. */
const bySubject = (platform: AwsSample['platform'], sub: string | readonly string[]): AwsSample =>
  sample(platform, `the subject is like ${[sub].flat().join(' or ')}`, { StringEquals: aud, StringLike: { sub } })

const exactly = (platform: AwsSample['platform'], sub: string | readonly string[]): AwsSample =>
  sample(platform, `the subject is ${[sub].flat().join(' or ')}`, { StringEquals: { ...aud, sub } })

const github: readonly AwsSample[] = [
  bySubject('github', 'repo:acme/shop:*'),
  bySubject('github', 'repo:acme/*'),
  bySubject('github', 'repo:acme/*:ref:refs/heads/main'),
  bySubject('github', 'repo:acme*'),
  bySubject('github', 'repo:acme*/shop*:ref:refs/heads/main'),
  bySubject('github', 'repo:*'),
  bySubject('github', '*'),
  bySubject('github', 'repo:acme/shop:ref:refs/heads/*'),
  bySubject('github', 'repo:acme/shop:ref:refs/heads/release/*'),
  bySubject('github', 'repo:acme/shop:ref:*'),
  bySubject('github', 'repo:acme/shop:ref:refs/tags/v?.*'),
  bySubject('github', 'repo:acme/shop:environment:*'),
  bySubject('github', 'repo:acme/shop:environment:prod*'),
  bySubject('github', 'repo:acme/shop:*main'),
  bySubject('github', 'repo:acme/shop:pull_request'),
  bySubject('github', 'repo:acme/*:pull_request'),
  bySubject('github', 'repo:acme@1234567/*'),
  bySubject('github', 'repo:acme@1234567/*@*:ref:refs/heads/main'),
  bySubject('github', 'repo:*/shop:ref:refs/heads/main'),
  bySubject('github', 'repo:acme/????:ref:refs/heads/????'),
  bySubject('github', ['repo:acme/docs:*', 'repo:acme/shop:ref:refs/heads/main']),
  bySubject('github', ['repo:acme/shop:ref:refs/tags/v?.*', 'repo:acme@1234567/docs@611:ref:refs/tags/v?.*']),
  bySubject('github', 'repo:acme/shop:${*}'),
  exactly('github', 'repo:acme/shop:ref:refs/heads/main'),
  exactly('github', 'repo:acme@1234567/shop@74205118:ref:refs/heads/main'),
  exactly('github', ['repo:acme/shop:environment:production', 'repo:acme/shop:ref:refs/heads/main']),
  exactly('github', 'repo:Acme/Shop:ref:refs/heads/main'),
  exactly('github', 'repo:acme/shop:pull_request'),
  exactly('github', 'repo:acme/shop:*'),
  exactly('github', 'repository_owner_id:1234567:job_workflow_ref:acme/shop/.github/workflows/ci.yml@refs/heads/main'),
  sample('github', 'the repository is named by its id, and the ref is main', {
    StringEquals: { ...aud, repository_id: '74205118', ref: 'refs/heads/main' },
    StringLike: { sub: 'repo:acme*/shop*:ref:refs/heads/main' },
  }),
  sample('github', 'a called workflow is named', {
    StringEquals: { ...aud, job_workflow_ref: 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4' },
    StringLike: { sub: 'repo:acme/*' },
  }),
  sample('github', 'the workflow of the repository is named', {
    StringEquals: { ...aud, repository: 'acme/shop' },
    StringLike: { job_workflow_ref: 'acme/shop/.github/workflows/ci.yml@*' },
  }),
  sample('github', 'the environment is not production', {
    StringEquals: { ...aud, repository: 'acme/shop' },
    StringNotEquals: { environment: 'production' },
  }),
  sample('github', 'the ref is like no release', {
    StringEquals: { ...aud, repository_id: ['74205118', '611'] },
    StringNotLike: { ref: ['refs/heads/release/*', 'refs/tags/*'] },
  }),
  sample('github', 'names in any letter case', {
    StringEquals: aud,
    StringEqualsIgnoreCase: { repository: 'ACME/SHOP', environment: 'production', ref: 'refs/heads/MAIN' },
  }),
  sample('github', 'the environment is production or absent', {
    StringEquals: { ...aud, repository: 'acme/shop' },
    StringEqualsIfExists: { environment: 'production' },
  }),
  sample('github', 'the environment is absent', {
    StringEquals: { ...aud, repository: 'acme/shop' },
    Null: { environment: 'true' },
  }),
  sample('github', 'the environment is present', {
    StringEquals: { ...aud, repository: 'acme/shop' },
    Null: { environment: 'false' },
  }),
  sample('github', 'ForAnyValue and ForAllValues', {
    'ForAnyValue:StringEquals': { ...aud, repository: ['acme/shop', 'acme/docs'] },
    'ForAllValues:StringLike': { environment: 'prod*' },
  }),
  sample('github', 'a key that AWS does not have', {
    StringEquals: { ...aud, repository: 'acme/shop', event_name: 'push' },
  }),
  sample('github', 'a negated key that AWS does not have', {
    StringEquals: { ...aud, repository: 'acme/shop' },
    StringNotEquals: { event_name: 'pull_request' },
  }),
  sample('github', 'no audience', { StringLike: { sub: 'repo:acme/shop:*' } }),
  sample('github', 'keys in another letter case', {
    StringEquals: { AUD: awsAudience, Repository_ID: '74205118' },
    StringNotEqualsIgnoreCase: { actor: 'Mallory' },
  }),
  {
    what: 'a statement denies an environment',
    platform: 'github',
    policy: {
      Version: '2012-10-17',
      Statement: [
        statement('github', { StringEquals: aud, StringLike: { sub: 'repo:acme/*' } }),
        statement('github', { StringEquals: { environment: 'staging' } }, 'Deny'),
        statement('github', { StringEquals: { sub: 'repo:acme/docs:ref:refs/heads/dev' } }, 'Deny'),
      ],
    },
  },
  {
    what: 'two statements allow, with two audiences',
    platform: 'github',
    policy: {
      Version: '2012-10-17',
      Statement: [
        statement('github', { StringEquals: { ...aud, repository: 'acme/shop' } }),
        statement('github', { StringEquals: { aud: 'https://other.example', repository_id: '611' } }),
      ],
    },
  },
]

const gitlab: readonly AwsSample[] = [
  bySubject('gitlab', 'project_path:acme/*:ref_type:branch:ref:main'),
  bySubject('gitlab', 'project_path:acme/shop:*'),
  bySubject('gitlab', 'project_path:acme*'),
  bySubject('gitlab', 'project_path:acme/*'),
  bySubject('gitlab', 'project_path:acme/platform/*:ref_type:tag:ref:v*'),
  bySubject('gitlab', 'project_path:acme/*:ref_type:branch:ref:????'),
  bySubject('gitlab', 'project_path:acme/shop:ref_type:branch:ref:release/*'),
  bySubject('gitlab', 'project_path:acme/shop:ref_type:*:ref:main'),
  bySubject('gitlab', 'project_id:48120077*'),
  exactly('gitlab', 'project_path:acme/shop:ref_type:branch:ref:main'),
  exactly('gitlab', 'project_id:48120077'),
  sample('gitlab', 'negative and set operators', {
    StringEquals: aud,
    StringNotEquals: { pipeline_source: 'merge_request_event' },
    'ForAllValues:StringEquals': { ref_protectd: 'true' },
    StringLike: { sub: 'project_path:acme/*:ref_type:branch:ref:main' },
  }),
  sample('gitlab', 'protected refs of a project, by ids', {
    StringEquals: { ...aud, namespace_id: '99', project_id: ['48120077', '20'] },
    Bool: { ref_protected: 'true' },
  }),
  sample('gitlab', 'merge requests are named', {
    StringEquals: { ...aud, project_id: '48120077', pipeline_source: ['push', 'merge_request_event'] },
  }),
  sample('gitlab', 'a user is excluded', {
    StringEquals: { ...aud, project_id: '48120077' },
    StringNotLike: { user_login: 'mal*' },
  }),
]

const circle: readonly AwsSample[] = [
  bySubject('circleci', `org/${organization}/project/${project}/user/*`),
  bySubject('circleci', `org/${organization}/*`),
  bySubject(
    'circleci',
    `org/${organization}/project/${project}/user/*/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`,
  ),
  bySubject(
    'circleci',
    `org/${organization}/project/${project}/user/*/vcs-origin/github.com/acme/*/vcs-ref/refs/heads/*`,
  ),
  bySubject('circleci', `org/*/project/${project}/user/*`),
  bySubject('circleci', '*/vcs-ref/refs/heads/main'),
  sample('circleci', 'the project by its key', { StringEquals: { ...aud, 'oidc.circleci.com/project-id': project } }),
  sample('circleci', 'the project by its key, and main', {
    StringEquals: { ...aud, 'oidc.circleci.com/project-id': project },
    StringLike: { sub: '*/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main' },
  }),
  sample('circleci', 'a key that AWS does not have', {
    StringEquals: { ...aud, 'oidc.circleci.com/project-id': project },
    StringLike: { 'oidc.circleci.com/vcs-ref': 'refs/heads/*' },
  }),
  sample('circleci', 'any project but one', {
    StringEquals: aud,
    StringNotEquals: { 'oidc.circleci.com/project-id': project },
  }),
  exactly('circleci', `org/${organization}/project/${project}/user/c0d1e2f3-0415-4263-8748-59a6b7c8d9e0`),
  exactly(
    'circleci',
    `org/${organization}/project/${project}/user/c0d1e2f3-0415-4263-8748-59a6b7c8d9e0/vcs-origin/github.com/acme/shop/vcs-ref/refs/tags/v5.0.1`,
  ),
]

/** All policies. */
export const awsSamples: readonly AwsSample[] = [...github, ...gitlab, ...circle]
