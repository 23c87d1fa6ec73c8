/** Trust policies of AWS roles, for tests: by platform, each with its conditions. */

import { githubSamples } from './aws-policies-github.ts'
import type { AwsSample } from './aws-statement.ts'
import { aud, bySubject, exactly, organization, project, sample } from './aws-statement.ts'

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

const run = 'organization:tidewater:project:Default Project:workspace:edge-prod:run_phase'
const build = 'organization:lumen-labs:pipeline:api-release'

const machines: readonly AwsSample[] = [
  exactly('kubernetes', 'system:serviceaccount:ci:release-bot'),
  bySubject('kubernetes', 'system:serviceaccount:ci:*'),
  bySubject('kubernetes', 'system:serviceaccount:ci:release-*'),
  bySubject('kubernetes', 'system:serviceaccount:*:release-bot'),
  bySubject('kubernetes', 'system:serviceaccount:ci*'),
  exactly('terraform', `${run}:apply`),
  exactly('terraform', `${run}:plan`),
  bySubject('terraform', `${run}:*`),
  bySubject('terraform', 'organization:tidewater:project:*:workspace:*:run_phase:*'),
  bySubject('terraform', 'organization:tidewater:project:Default Project:workspace:edge-*:run_phase:apply'),
  bySubject('terraform', 'organization:tidewater:*'),
  bySubject('buildkite', `${build}:*`),
  bySubject('buildkite', `${build}:ref:refs/heads/main:*`),
  bySubject('buildkite', `${build}:ref:refs/tags/*`),
  bySubject('buildkite', 'organization:lumen-labs:*'),
  bySubject('buildkite', `${build}:*:step:publish`),
]

/** All policies. */
export const awsSamples: readonly AwsSample[] = [...githubSamples, ...gitlab, ...circle, ...machines]
