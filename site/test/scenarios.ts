/** The scenarios of the playground, as data: what to choose and write, and what the job gets. */

import type { Claims } from '../playground/read-token.ts'
import type { Language } from '../playground/state.ts'

/** A trial in the page, and its result. */
export interface Scenario {
  readonly name: string
  /** The id of the platform. */
  readonly platform: string
  readonly job: string
  /** Claims to change. Default: none. */
  readonly claims?: Claims
  /** Default: TypeScript. */
  readonly language?: Language
  readonly rule: string
  /** Seconds after the token was issued. Default: 0. */
  readonly checkedAt?: number
  /** The code of the refusal; absent where the call is allowed, or the rule has faults. */
  readonly code?: string
  readonly status?: number
  /** The fields of the checks that fail, in the order of the rule. */
  readonly failed?: readonly string[]
  /** The place of the first fault of the rule. */
  readonly fault?: { readonly line: number; readonly column: number }
}

const audience = 'https://api.acme.dev'
const shop = `githubActions({ repository: 'acme/shop', branch: 'main' })`
const forbidden = { code: 'workload_forbidden', status: 403 } as const
const circleShop = `circleci({
  ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22',
  repository: 'github.com/acme/shop',
  branch: 'main',
})`

/** The name of the API in all scenarios. */
export const scenarioAudience: string = audience

/** All scenarios. */
export const scenarios: readonly Scenario[] = [
  { name: 'allowed', platform: 'github-actions', job: 'push', rule: shop },
  {
    name: 'wrong branch',
    platform: 'github-actions',
    job: 'push',
    claims: { ref: 'refs/heads/release-notes' },
    rule: shop,
    ...forbidden,
    failed: ['branch'],
  },
  {
    name: 'fork',
    platform: 'circleci',
    job: 'fork',
    rule: circleShop,
    ...forbidden,
    failed: ['pullRequest', 'repository', 'branch'],
  },
  {
    name: 'pull_request_target',
    platform: 'github-actions',
    job: 'pull_request_target',
    rule: shop,
    ...forbidden,
    failed: ['event', 'branch'],
  },
  {
    name: 'environment',
    platform: 'github-actions',
    job: 'push',
    language: 'yaml',
    rule: 'rules:\n  deploy:\n    provider: github-actions\n    repository: acme/shop\n    environment: production\n',
    ...forbidden,
    failed: ['environment'],
  },
  {
    name: 'look-alike',
    platform: 'github-actions',
    job: 'push',
    claims: { repository: 'acme/shop-ci' },
    rule: shop,
    ...forbidden,
    failed: ['repository'],
  },
  {
    name: 'expired',
    platform: 'github-actions',
    job: 'push',
    rule: shop,
    checkedAt: 3600,
    code: 'token_expired',
    status: 401,
  },
  {
    name: 'wrong audience',
    platform: 'github-actions',
    job: 'push',
    claims: { aud: 'https://api.globex.dev' },
    rule: shop,
    code: 'audience_mismatch',
    status: 401,
  },
  {
    name: 'GitLab unprotected',
    platform: 'gitlab',
    job: 'push',
    claims: { ref_protected: 'false' },
    language: 'json',
    rule: '{ "rules": { "deploy": { "provider": "gitlab", "ownerId": "99", "branch": "main", "refProtected": true } } }',
    ...forbidden,
    failed: ['refProtected'],
  },
  {
    name: 'CircleCI SSH rerun',
    platform: 'circleci',
    job: 'ssh_rerun',
    rule: circleShop,
    ...forbidden,
    failed: ['sshRerun'],
  },
  {
    name: 'unknown claim',
    platform: 'github-actions',
    job: 'push',
    rule: `githubActions({ repository: 'acme/shop', claims: { deploy_tier: 'gold' } })`,
    ...forbidden,
    failed: ['claims.deploy_tier'],
  },
  {
    name: 'broken YAML',
    platform: 'github-actions',
    job: 'push',
    language: 'yaml',
    rule: 'rules:\n  deploy:\n    provider: github-actions\n    branches: main\n',
    fault: { line: 4, column: 5 },
  },
]
