/** Claims of one complete job token per provider, in the documented format; names are invented. */

export type Claims = Readonly<Record<string, unknown>>

const dates = { iat: 1_795_166_100, exp: 1_795_166_400 }

/** A push to the default branch of a repository whose subject contains ids. */
export const githubPush: Claims = {
  jti: '7d0c8f52-1f0e-4c55-9d3c-1de2b7f1a001',
  sub: 'repo:acme@1234567/shop@74205118:ref:refs/heads/main',
  aud: 'https://api.acme.dev',
  ref: 'refs/heads/main',
  sha: '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310',
  repository: 'acme/shop',
  repository_owner: 'acme',
  repository_id: '74205118',
  repository_owner_id: '1234567',
  repository_visibility: 'private',
  run_id: '19872285394',
  run_number: '412',
  run_attempt: '1',
  actor: 'mara-holt',
  actor_id: '5127733',
  workflow: 'CI',
  head_ref: '',
  base_ref: '',
  event_name: 'push',
  ref_protected: 'true',
  ref_type: 'branch',
  workflow_ref: 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
  workflow_sha: '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310',
  job_workflow_ref: 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
  job_workflow_sha: '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310',
  runner_environment: 'github-hosted',
  check_run_id: '55102938475',
  iss: 'https://token.actions.githubusercontent.com',
  ...dates,
  nbf: 1_795_165_500,
}

/** A push to the protected default branch on gitlab.com. */
export const gitlabPush: Claims = {
  namespace_id: '99',
  namespace_path: 'acme/platform',
  project_id: '48120077',
  project_path: 'acme/platform/shop',
  job_namespace_id: '99',
  job_namespace_path: 'acme/platform',
  job_project_id: '48120077',
  job_project_path: 'acme/platform/shop',
  user_id: '1209844',
  user_login: 'ines.vale',
  user_email: 'ines@acme.example',
  user_access_level: 'maintainer',
  pipeline_id: '1790023311',
  pipeline_source: 'push',
  job_id: '9911223344',
  ref: 'main',
  ref_type: 'branch',
  ref_path: 'refs/heads/main',
  ref_protected: 'true',
  runner_id: 12_270_852,
  runner_environment: 'gitlab-hosted',
  sha: '5d9f0c1b2a3e4d5c6b7a8899aabbccddeeff0011',
  project_visibility: 'private',
  ci_config_ref_uri: 'gitlab.com/acme/platform/shop//.gitlab-ci.yml@refs/heads/main',
  ci_config_sha: '5d9f0c1b2a3e4d5c6b7a8899aabbccddeeff0011',
  job_source: 'push',
  jti: '0f3b0a1e-2f5b-4f3c-8a6f-1d2e3c4b5a69',
  iss: 'https://gitlab.com',
  ...dates,
  exp: 1_795_169_700,
  nbf: 1_795_166_095,
  sub: 'project_path:acme/platform/shop:ref_type:branch:ref:main',
  aud: 'https://api.acme.dev',
}

export const circleciOrganization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
export const circleciProject = '71c2d3e4-f506-4718-a29b-3c4d5e6f7081'

/** A push to the default branch, from an organization's own issuer. */
export const circleciPush: Claims = {
  aud: 'https://api.acme.dev',
  ...dates,
  exp: 1_795_169_700,
  iss: `https://oidc.circleci.com/org/${circleciOrganization}`,
  'oidc.circleci.com/context-ids': ['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f'],
  'oidc.circleci.com/job-id': '5b0f4a1c-8d6e-4f23-9b7a-1c2d3e4f5061',
  'oidc.circleci.com/org-id': circleciOrganization,
  'oidc.circleci.com/pipeline-definition-id': '9a1d2c3b-4e5f-5a6b-8c7d-0e1f2a3b4c5d',
  'oidc.circleci.com/pipeline-id': 'e4d3c2b1-a0f9-4e8d-b7c6-5a4938271605',
  'oidc.circleci.com/project-id': circleciProject,
  'oidc.circleci.com/ssh-rerun': false,
  'oidc.circleci.com/vcs-origin': 'github.com/acme/shop',
  'oidc.circleci.com/vcs-ref': 'refs/heads/main',
  'oidc.circleci.com/workflow-id': '0c9b8a79-6857-4636-a524-130201fedcba',
  sub: `org/${circleciOrganization}/project/${circleciProject}/user/c0d1e2f3-0415-4263-8748-59a6b7c8d9e0/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`,
}

/** Claims with some replaced; `undefined` omits one. */
export function claimsWith(base: Claims, changes: Claims): Claims {
  return { ...base, ...changes }
}
