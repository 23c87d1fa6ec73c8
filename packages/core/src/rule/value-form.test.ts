// Rules on values that a platform never sends: each is refused with what to write instead.

import { describe, expect, test } from 'vitest'
import { glob, not } from './condition.ts'
import { circleci } from '../providers/circleci.ts'
import { githubActions } from '../providers/github-actions.ts'
import { gitlab } from '../providers/gitlab.ts'
import { forgejoActions } from '../providers/forgejo-actions.ts'

type Untyped = (conditions: object) => unknown
const ownerId = '1234567'
const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const github = githubActions as unknown as Untyped
const lab = gitlab as unknown as Untyped
const circle = circleci as unknown as Untyped

const repository = "'repository' is a name with its owner, such as 'acme/shop', not"
const file = "is a file with its ref, such as 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',"
const config = "'workflow' is a file with its ref, such as 'gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main',"
const path = "is a path from the root, such as '.github/workflows/deploy.yml'"
const branch = "'branch' is a short name, such as 'main',"
const begins = "'branch' never begins with"
const ref = "'ref' is a full ref, such as 'refs/heads/main',"

describe('a rule that could never match is refused', () => {
  test.each<[object, string]>([
    [{ repository: 'shop' }, `${repository} "shop": write repository: '…/shop'`],
    [
      { repository: 'https://github.com/acme/shop' },
      `${repository} "https://github.com/acme/shop": write repository: 'acme/shop'`,
    ],
    [
      { repository: 'git@github.com:acme/shop.git' },
      `${repository} "git@github.com:acme/shop.git": write repository: 'acme/shop'`,
    ],
    [{ repository: 'acme/shop/api' }, `${repository} "acme/shop/api"`],
    [{ repository: 'acme/*' }, `${repository} "acme/*": write repository: glob('acme/*')`],
    [{ repository: ['acme/shop', 'shop'] }, `${repository} "shop": write repository: '…/shop'`],
    [
      { repository: glob('shop*') },
      "'repository' is a name with its owner, such as 'acme/shop', which glob('shop*') never matches: write repository: glob('…/shop*')",
    ],
    [
      { owner: 'https://github.com/acme' },
      "'owner' is one name, such as 'acme', not \"https://github.com/acme\": write owner: 'acme'",
    ],
    [{ ownerId: 'acme' }, "'ownerId' is of digits only, not \"acme\": write owner: 'acme', or look the id up"],
    [
      { repositoryId: 'acme/shop' },
      "'repositoryId' is of digits only, not \"acme/shop\": write repository: 'acme/shop', or look the id up",
    ],
    [{ ownerId, runId: 'x' }, '\'runId\' is of digits only, not "x"'],
    [{ ownerId, branch: 'refs/heads/main' }, `${begins} 'refs/heads/': write branch: 'main'`],
    [{ ownerId, branch: 'refs/tags/v1' }, `${begins} 'refs/tags/': write tag: 'v1'`],
    [{ ownerId, branch: not('refs/heads/main') }, `${begins} 'refs/heads/': write branch: 'main'`],
    [{ ownerId, branch: glob('refs/heads/release/*') }, `${begins} 'refs/heads/': write branch: glob('release/*')`],
    [{ ownerId, branch: 'release/*' }, `${branch} not "release/*": write branch: glob('release/*')`],
    [{ ownerId, branch: '^main|next$' }, `${branch} not "^main|next$"`],
    [
      { ownerId, branch: 'gh-readonly-queue/main' },
      "'branch' never begins with 'gh-readonly-queue/': write mergeQueue: 'main'",
    ],
    [
      { ownerId, branch: glob('gh-readonly-queue/**') },
      "'branch' never begins with 'gh-readonly-queue/': write mergeQueue: glob('**')",
    ],
    [{ ownerId, tag: 'refs/tags/v1' }, "'tag' never begins with 'refs/tags/': write tag: 'v1'"],
    [{ ownerId, ref: 'main' }, `${ref} not "main": write branch: 'main' or tag: 'main'`],
    [{ ownerId, ref: 'heads/main' }, `${ref} not "heads/main": write branch: 'main'`],
    [
      { ownerId, ref: glob('release/*') },
      `${ref} which glob('release/*') never matches: write branch: glob('release/*') or tag: glob('release/*')`,
    ],
    [
      { ownerId, claims: { ref: 'main' } },
      "'claims.ref' is a full ref, such as 'refs/heads/main', not \"main\": write branch: 'main' or tag: 'main'",
    ],
    [{ ownerId, commit: '94d6c2e' }, '\'commit\' is a whole commit hash, not "94d6c2e"'],
    [
      { ownerId, workflow: 'deploy.yml' },
      `'workflow' ${file} not "deploy.yml": write workflowFile: '.github/workflows/deploy.yml'`,
    ],
    [
      { ownerId, workflow: 'acme/shop/.github/workflows/deploy.yml' },
      `'workflow' ${file} not "acme/shop/.github/workflows/deploy.yml": write workflowFile: '.github/workflows/deploy.yml'`,
    ],
    [
      { ownerId, workflow: glob('acme/shop/.github/workflows/deploy.yml@*') },
      `'workflow' ${file} which glob('acme/shop/.github/workflows/deploy.yml@*') never matches: write workflowFile: '.github/workflows/deploy.yml'`,
    ],
    [
      { ownerId, jobWorkflow: 'acme/ci/.github/workflows/deploy.yml' },
      `'jobWorkflow' ${file} not "acme/ci/.github/workflows/deploy.yml": write jobWorkflowFile: 'acme/ci/.github/workflows/deploy.yml'`,
    ],
    [
      { ownerId, workflowFile: 'deploy.yml' },
      `'workflowFile' ${path}, not "deploy.yml": write workflowFile: '.github/workflows/deploy.yml'`,
    ],
    [
      { ownerId, jobWorkflowFile: 'deploy.yml' },
      `'jobWorkflowFile' is a path from the root, or with its repository, such as '.github/workflows/deploy.yml', not "deploy.yml": write jobWorkflowFile: '.github/workflows/deploy.yml'`,
    ],
    [{ ownerId, runner: 'github-hosted' }, '\'runner\' is never "github-hosted": it is "hosted" or "self-hosted"'],
    [
      { ownerId, claims: { repository_visibility: 'secret' } },
      '\'claims.repository_visibility\' is never "secret": it is "public" or "private" or "internal"',
    ],
  ])('at GitHub: %j', (conditions, message) => {
    expect(() => github(conditions)).toThrow(new TypeError(`A rule for GitHub Actions: ${message}`))
  })

  test.each<[object, string]>([
    [
      { repository: 'shop' },
      "'repository' is a name with its group, such as 'acme/shop', not \"shop\": write repository: '…/shop'",
    ],
    [
      { owner: 'https://gitlab.com/acme' },
      "'owner' is a group, such as 'acme/platform', not \"https://gitlab.com/acme\": write owner: 'acme'",
    ],
    [
      { ownerId, workflow: 'gitlab.com/acme/shop//.gitlab-ci.yml' },
      `${config} not "gitlab.com/acme/shop//.gitlab-ci.yml": write workflowFile: '.gitlab-ci.yml'`,
    ],
    [{ ownerId, workflow: '.gitlab-ci.yml' }, `${config} not ".gitlab-ci.yml": write workflowFile: '.gitlab-ci.yml'`],
  ])('at GitLab: %j', (conditions, message) => {
    expect(() => lab(conditions)).toThrow(new TypeError(`A rule for GitLab CI: ${message}`))
  })

  test.each<[object, string]>([
    [
      { repository: 'https://github.com/acme/shop.git' },
      "'repository' is a name with its host, such as 'github.com/acme/shop', not \"https://github.com/acme/shop.git\": write repository: 'github.com/acme/shop'",
    ],
    [{ projectId: 'acme/shop' }, '\'projectId\' is a lower-case uuid, not "acme/shop"'],
    [
      { repository: 'github.com/acme/shop', branch: 'pull/7' },
      "'branch' never begins with 'pull/': write pullRequest: '7'",
    ],
  ])('at CircleCI: %j', (conditions, message) => {
    expect(() => circle({ ownerId: organization, ...conditions })).toThrow(
      new TypeError(`A rule for CircleCI: ${message}`),
    )
  })
})

test.each([
  [() => githubActions.at('https://git.acme.dev'), 'https://git.acme.dev', 'https://git.acme.dev/_services/token'],
  [() => githubActions.at('https://git.acme.dev/'), 'https://git.acme.dev/', 'https://git.acme.dev/_services/token'],
  [() => forgejoActions.at('https://code.acme.dev'), 'https://code.acme.dev', 'https://code.acme.dev/api/actions'],
])('the address of a server is not its issuer: case %#', (at, issuer, right) => {
  expect(at).toThrow(new TypeError(`The issuer "${issuer}" is the address of a server: write '${right}'`))
})

test.each([
  'https://git.acme.dev/_services/token',
  'https://token.actions.acme.ghe.com',
  'https://token.actions.githubusercontent.com/acme-inc',
])('%s is an issuer of GitHub Actions', (issuer) => {
  expect(githubActions.at(issuer).issuer).toBe(issuer)
})
