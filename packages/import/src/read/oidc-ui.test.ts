import { beforeAll, describe, expect, test } from 'vitest'
import type { Claims } from '../testing/never-wider.ts'
import { compare, mistakesIn } from '../testing/never-wider.ts'
import type { JobMaker, PlatformName } from '../testing/mutants.ts'
import { jobMaker, organization } from '../testing/mutants.ts'
import type { OidcUiOriginal } from '../testing/originals.ts'
import { admitsOidcUi } from '../testing/originals.ts'
import { readOidcUi } from './oidc-ui.ts'

const audience = 'https://app.acme.dev'
const github = 'https://token.actions.githubusercontent.com'
const gitlab = 'https://gitlab.com'
const circle = (name: string): string => `oidc.circleci.com/${name}`

interface Sample {
  readonly of: PlatformName
  readonly policy: OidcUiOriginal
  /** Jobs that the original admits. */
  readonly jobs: readonly Claims[]
  /** Whether nothing of it can be translated. */
  readonly refused?: true
}

const aud = [audience]
const samples: Readonly<Record<string, Sample>> = {
  'a repository': { of: 'github', policy: { issuer: github, claims: { aud, repository: ['acme/shop'] } }, jobs: [{}] },
  'a branch of a repository': {
    of: 'github',
    policy: { issuer: github, claims: { aud, repository: ['acme/shop'], ref: ['refs/heads/main'] } },
    jobs: [{}],
  },
  'a tag of a repository': {
    of: 'github',
    policy: { issuer: github, claims: { aud, repository: ['acme/shop'], ref: ['refs/tags/v1.4.0'] } },
    jobs: [{ ref: 'refs/tags/v1.4.0' }],
  },
  'an environment of a repository': {
    of: 'github',
    policy: { issuer: github, claims: { aud, repository: ['acme/shop'], environment: ['production', 'staging'] } },
    jobs: [{ environment: 'production' }],
  },
  'several audiences and repositories': {
    of: 'github',
    policy: {
      issuer: github,
      claims: { aud: [audience, 'https://other.example'], repository: ['acme/shop', 'acme/docs'] },
    },
    jobs: [{}, { repository: 'acme/docs', aud: 'https://other.example' }],
  },
  'ids and events': {
    of: 'github',
    policy: {
      issuer: github,
      claims: {
        aud,
        repository_id: ['74205118'],
        repository_owner_id: ['1234567'],
        event_name: ['push', 'issue_comment'],
      },
    },
    jobs: [{}],
  },
  'an exact subject': {
    of: 'github',
    policy: { issuer: github, claims: { aud, sub: ['repo:acme/shop:ref:refs/heads/main'] } },
    jobs: [{}],
  },
  'an audience and nothing else': {
    of: 'github',
    policy: { issuer: github, claims: { aud } },
    jobs: [{}],
    refused: true,
  },
  'a project of GitLab': {
    of: 'gitlab',
    policy: {
      issuer: gitlab,
      claims: { aud, project_path: ['acme/shop'], ref: ['main'], ref_type: ['branch'], ref_protected: ['true'] },
    },
    jobs: [{}],
  },
  'a protected environment of GitLab': {
    of: 'gitlab',
    policy: {
      issuer: gitlab,
      claims: { aud, project_id: ['48120077'], environment: ['production'], environment_protected: ['true'] },
    },
    jobs: [{ environment: 'production', environment_protected: 'true' }],
  },
  'a number, which is not text': {
    of: 'gitlab',
    policy: { issuer: gitlab, claims: { aud, project_id: ['48120077'], runner_id: ['12270852'] } },
    jobs: [],
    refused: true,
  },
  'a context of CircleCI': {
    of: 'circleci',
    policy: {
      issuer: `https://oidc.circleci.com/org/${organization}`,
      claims: { aud, [circle('context-ids')]: ['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f'] },
    },
    jobs: [{}],
  },
  'a boolean of CircleCI, which is not text': {
    of: 'circleci',
    policy: {
      issuer: `https://oidc.circleci.com/org/${organization}`,
      claims: { aud, [circle('ssh-rerun')]: ['false'] },
    },
    jobs: [],
    refused: true,
  },
  'ten claims': {
    of: 'github',
    policy: {
      issuer: github,
      claims: {
        aud,
        repository: ['acme/shop'],
        repository_id: ['74205118'],
        repository_owner: ['acme'],
        repository_owner_id: ['1234567'],
        ref: ['refs/heads/main'],
        ref_type: ['branch'],
        event_name: ['push'],
        runner_environment: ['github-hosted'],
        actor: ['mara-holt'],
      },
    },
    jobs: [{}],
  },
}

const makers = new Map<PlatformName, JobMaker>()
beforeAll(async () => {
  for (const name of ['github', 'gitlab', 'circleci'] as const)
    makers.set(name, await jobMaker(name, [audience, 'https://other.example', `${audience}-evil`]))
})

describe('an import of OIDC UI', () => {
  for (const [title, { of, policy, jobs, refused }] of Object.entries(samples))
    test(`is never wider than the policy: ${title}`, async () => {
      const admits = (claims: Claims): boolean => admitsOidcUi(policy, claims)
      const maker = makers.get(of) as JobMaker
      const around = await maker.around(jobs.length === 0 ? [{}] : jobs)
      const found = compare({ source: 'oidc-ui', text: JSON.stringify(policy), admits }, around)
      expect(mistakesIn(found, admits, around)).toEqual([])
      for (const each of jobs) expect(admits(maker.claims(each))).toBe(true)
      expect(found.imported.policy === undefined).toBe(refused === true)
      expect(found.both > 0).toBe(refused !== true)
    })
})

describe('a policy of OIDC UI', () => {
  const refused = (policy: unknown): readonly string[] => {
    const { grants, findings } = readOidcUi(JSON.stringify(policy))
    expect(grants).toEqual([])
    return findings.map(({ where }) => where)
  }

  test('that its own validation refuses grants nothing', () => {
    const claims = { aud, repository: ['acme/shop'] }
    for (const issuer of [undefined, 'http://gitlab.com', 'https://gitlab.com?a', 'https://gitlab.com#a', 'gitlab.com'])
      expect(refused({ issuer, claims })).toEqual(['policy.issuer'])
    expect(refused({ issuer: gitlab, claims: { repository: ['acme/shop'] } })).toEqual(['policy.claims'])
    expect(refused({ issuer: gitlab })).toEqual(['policy.claims'])
    for (const values of ['acme/shop', [], [7], null])
      expect(refused({ issuer: gitlab, claims: { aud, project_path: values } })).toEqual([
        'policy.claims["project_path"]',
      ])
  })

  test('may be one of a list, each with its label', () => {
    const one = { issuer: gitlab, claims: { aud, project_path: ['acme/shop'] }, label: 'deploy' }
    const { grants } = readOidcUi(JSON.stringify([one, { ...one, issuer: github, label: undefined }]))
    expect(grants).toMatchObject([
      { name: 'deploy', issuer: gitlab, where: '[0]' },
      { name: 'oidc-ui', issuer: github, where: '[1]' },
    ])
  })

  test('that is not an object is an error', () => {
    for (const text of ['{', '7', '[]', '[7]']) expect(() => readOidcUi(text)).toThrow(TypeError)
  })
})
