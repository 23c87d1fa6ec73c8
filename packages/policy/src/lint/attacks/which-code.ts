/** Attacks on which code runs. */

import type { Attack } from './attack.ts'

const deploy = "'acme/shop/.github/workflows/deploy.yml@refs/heads/main'"
const org = "'3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'"
const ownTable =
  "defineProvider({ id: 'acme-ci', title: 'Acme CI', issuer: 'https://ci.acme.dev', algorithms: ['ES256'], claims: { team: 'id' }, identity: { ownerId: 'team' }, pins: ['ownerId'] })"

/** The right repository, the wrong code. */
export const codeAttacks: readonly Attack[] = [
  {
    id: 'C1',
    title: 'Any branch of the right repository',
    lint: {
      L010: "githubActions({ repositoryId: '74205118' })",
      L013: "githubActions({ repositoryId: '74205118', branch: glob('**') })",
    },
    refused: ['P12'],
  },
  {
    id: 'C2',
    title: 'Pull requests admitted along with the rest',
    lint: { L020: "githubActions({ repositoryId: '74205118', event: ['push', 'pull_request'] })" },
    refused: ['P23'],
  },
  {
    id: 'C3',
    title: 'A stranger starts a run that names the default branch',
    lint: {
      L021: "githubActions({ repositoryId: '74205118', branch: 'main', event: 'issue_comment' })",
      L022: "githubActions({ repositoryId: '74205118', branch: 'main', event: 'workflow_run' })",
      L024: `${ownTable}({ ownerId: '7' })`,
      L025: "githubActions({ ownerId: '1234567', event: anyEvent() })",
    },
    refused: ['P02', 'P03', 'P04', 'P07', 'P38'],
  },
  {
    id: 'C4',
    title: 'An environment without protection',
    impossible: ["gitlab({ repositoryId: '48120077', environment: 'production' })"],
    lint: {
      L011: "githubActions({ repositoryId: '74205118', environment: 'production' })",
      L014: "gitlab({ repositoryId: '48120077', branch: 'main', environmentProtected: false })",
    },
    refused: ['P26', 'P36'],
  },
  {
    id: 'C5',
    title: 'A label mistaken for protection: display names, tiers',
    lint: { L050: "gitlab({ repositoryId: '48120077', branch: 'main', claims: { deployment_tier: 'production' } })" },
    refused: ['P28'],
  },
  {
    id: 'C6',
    title: 'A ref that looks like another: short names, suffixes, temporary branches',
    impossible: [
      "gitlab({ repositoryId: '48120077', ref: 'v1.0.0' })",
      "githubActions({ repositoryId: '74205118', branch: glob('gh-readonly-queue/main/*') })",
    ],
    lint: { L012: "githubActions({ repositoryId: '74205118', branch: glob('**/main') })" },
    refused: ['P20', 'P22', 'P33'],
  },
  {
    id: 'C7',
    title: 'A field that a stranger fills in',
    impossible: ["githubActions({ repositoryId: '74205118', headRef: 'main' })"],
    lint: { L050: "githubActions({ repositoryId: '74205118', event: 'pull_request', claims: { head_ref: 'main' } })" },
  },
  {
    id: 'C8',
    title: 'A trusted person or bot whose run a stranger triggers',
    impossible: ["githubActions({ repositoryId: '74205118', actor: 'dependabot[bot]' })"],
    lint: { L050: "githubActions({ repositoryId: '74205118', claims: { actor: 'dependabot[bot]' } })" },
    refused: ['P02'],
  },
  {
    id: 'C9',
    title: 'Our reusable workflow, called by a stranger',
    impossible: [`githubActions({ jobWorkflow: ${deploy} })`],
    lint: { L030: `githubActions({ ownerId: '1234567', jobWorkflow: ${deploy} })` },
  },
  {
    id: 'C10',
    title: 'A workflow file from any branch',
    impossible: ["githubActions({ repositoryId: '74205118', workflow: 'acme/shop/.github/workflows/deploy.yml' })"],
    lint: {
      L031: "githubActions({ repositoryId: '74205118', workflow: glob('acme/shop/.github/workflows/*@refs/heads/main') })",
    },
    refused: ['P28'],
  },
  {
    id: 'C11',
    title: 'A subject that a stranger composes of true claims',
    impossible: ["githubActions({ ownerId: '1234567', subject: glob('*:ref:refs/heads/main*') })"],
    lint: {
      L053: "githubActions({ ownerId: '1234567', subject: 'job_workflow_ref:acme/ci-kit/.github/workflows/release.yml' })",
    },
    refused: ['P16'],
  },
  {
    id: 'C12',
    title: 'A value that contains a separator and so forges the next value',
    lint: { L053: "githubActions({ repositoryId: '74205118', subject: 'repo:acme/shop:ref:refs/heads/main' })" },
    refused: ['P45'],
  },
]

/** Forks. */
export const forkAttacks: readonly Attack[] = [
  {
    id: 'D1',
    title: 'GitLab: a fork’s merge request in the name of the parent project',
    lint: { L044: "gitlab.at('https://gitlab.acme.dev')({ repositoryId: '48120077', branch: 'main' })" },
    refused: ['P30', 'P32'],
  },
  {
    id: 'D2',
    title: 'GitLab: the project where the job runs, mistaken for the project whose code runs',
    lint: { L023: "gitlab({ ownerId: '99', claims: { job_project_id: '48120077' } })" },
    refused: ['P31'],
  },
  {
    id: 'D3',
    title: 'CircleCI: a fork’s build with the ids of the project',
    impossible: [`circleci({ ownerId: ${org}, branch: 'main' })`],
    lint: {
      L020: `circleci({ ownerId: ${org}, projectId: '71c2d3e4-f506-4718-a29b-3c4d5e6f7081', pullRequest: present() })`,
    },
    refused: ['P40', 'P41'],
  },
  {
    id: 'D4',
    title: 'GitHub: a fork’s pull request that obtained a token',
    lint: { L020: "githubActions({ repositoryId: '74205118', event: 'pull_request' })" },
    refused: ['P23', 'P24'],
  },
]
