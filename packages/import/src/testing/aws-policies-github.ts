/** Trust policies of AWS roles for jobs at GitHub, for tests. */

import type { AwsSample } from './aws-statement.ts'
import { aud, awsAudience, bySubject, exactly, sample, statement } from './aws-statement.ts'

/** The policies. */
export const githubSamples: readonly AwsSample[] = [
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
  ...['repo:acme/docs:ref:', 'repo:acme/docs:environment:', 'repo:acme/docs:', 'repo:acme/docs'].map((subject) =>
    sample('github', `the subject ${subject}, which has no form of the platform, is excluded`, {
      StringEquals: aud,
      StringNotEquals: { sub: subject },
      StringLike: { sub: 'repo:acme/*' },
    }),
  ),
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
  sample('github', 'the ref is absent', { StringEquals: { ...aud, repository: 'acme/shop' }, Null: { ref: 'true' } }),
  sample('github', 'the ref is not empty', {
    StringEquals: { ...aud, repository: 'acme/shop' },
    StringNotEquals: { ref: ['', 'refs/heads/dev'] },
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
