import { beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Claims } from '../testing/never-wider.ts'
import { compare, mistakesIn } from '../testing/never-wider.ts'
import type { JobMaker, PlatformName } from '../testing/mutants.ts'
import { jobMaker } from '../testing/mutants.ts'
import { admitsOctoSts } from '../testing/originals.ts'
import type { OctoStsPolicy } from './octo-sts-policy.ts'
import { readOctoSts } from './octo-sts.ts'

const issuer = 'https://token.actions.githubusercontent.com'
const audience = 'octo-sts.dev'

interface Sample {
  readonly of: PlatformName
  readonly policy: OctoStsPolicy
  /** Jobs that the original admits. */
  readonly jobs: readonly Claims[]
  /** Whether nothing of it can be translated. */
  readonly refused?: true
  /** What the original admits by accident. */
  readonly accident?: Claims
}

const samples: Readonly<Record<string, Sample>> = {
  'an exact subject': {
    of: 'github',
    policy: { issuer, subject: 'repo:acme/shop:ref:refs/heads/main' },
    jobs: [{}],
  },
  'a pattern for the subject': {
    of: 'github',
    policy: { issuer, subject_pattern: 'repo:acme/shop:ref:refs/heads/.*' },
    jobs: [{}, { ref: 'refs/heads/release/1.4' }],
  },
  'repositories of an owner': {
    of: 'github',
    policy: { issuer, subject_pattern: 'repo:acme/[^/]+:ref:refs/heads/main' },
    jobs: [{}, { repository: 'acme/docs' }],
    refused: true,
  },
  'alternatives in a group': {
    of: 'github',
    policy: { issuer, subject_pattern: 'repo:acme/(shop|docs):(ref:refs/heads/main|environment:production)' },
    jobs: [{}, { environment: 'production' }, { repository: 'acme/docs' }],
  },
  'alternatives without a group': {
    of: 'github',
    policy: {
      issuer,
      subject_pattern: 'repo:acme/shop:.*',
      claim_pattern: { ref: 'refs/heads/main|refs/heads/next' },
    },
    jobs: [{}, { ref: 'refs/heads/next' }, { ref: 'refs/heads/main-evil' }],
    accident: { ref: 'refs/heads/main-evil' },
  },
  'a claim of its own': {
    of: 'github',
    policy: {
      issuer,
      subject_pattern: 'repo:acme/shop:.*',
      claim_pattern: { event_name: '(push|workflow_dispatch)', repository_owner_id: '1234567' },
    },
    jobs: [{}],
  },
  'workflows by a pattern': {
    of: 'github',
    policy: {
      issuer,
      subject_pattern: 'repo:acme/shop:.*',
      claim_pattern: { job_workflow_ref: String.raw`acme/shop/\.github/workflows/.+@refs/heads/main` },
    },
    jobs: [{}],
  },
  'an issuer by a pattern': {
    of: 'github',
    policy: {
      issuer_pattern: String.raw`https://token\.actions\.githubusercontent\.com`,
      subject: 'repo:acme/shop:ref:refs/heads/main',
    },
    jobs: [{}],
  },
  'an issuer with bare dots': {
    of: 'github',
    policy: { issuer_pattern: issuer, subject: 'repo:acme/shop:ref:refs/heads/main' },
    jobs: [{}],
    accident: { iss: 'https://tokenxactions.githubusercontent.com' },
  },
  'an issuer that is left open': {
    of: 'github',
    policy: { issuer_pattern: 'https://token.*', subject: 'repo:acme/shop:ref:refs/heads/main' },
    jobs: [{}],
    refused: true,
  },
  'an audience': {
    of: 'github',
    policy: { issuer, subject: 'repo:acme/shop:ref:refs/heads/main', audience: 'https://other.example' },
    jobs: [{ aud: 'https://other.example' }],
  },
  'audiences by a pattern': {
    of: 'github',
    policy: {
      issuer,
      subject: 'repo:acme/shop:ref:refs/heads/main',
      audience_pattern: String.raw`(octo-sts\.dev|https://other\.example)`,
    },
    jobs: [{}, { aud: 'https://other.example' }],
  },
  'an audience as a claim, which may be text or a list': {
    of: 'github',
    policy: { issuer, subject_pattern: 'repo:acme/shop:.*', claim_pattern: { aud: String.raw`octo-sts\.dev` } },
    jobs: [{}],
    refused: true,
  },
  'digits, which have no counterpart': {
    of: 'github',
    policy: { issuer, subject_pattern: 'repo:acme/shop:.*', claim_pattern: { repository_owner_id: String.raw`\d+` } },
    jobs: [{}],
    refused: true,
  },
  'a subject with a space, which octo-sts refuses': {
    of: 'github',
    policy: { issuer, subject: 'repo:acme/shop:environment:on call' },
    jobs: [],
    refused: true,
  },
  'projects of GitLab': {
    of: 'gitlab',
    policy: {
      issuer: 'https://gitlab.com',
      subject_pattern: 'project_path:acme/.*:ref_type:branch:ref:main',
      claim_pattern: { ref_protected: 'true', namespace_id: '99' },
    },
    jobs: [{}, { project_path: 'acme/platform/shop' }],
  },
  'a boolean of CircleCI': {
    of: 'circleci',
    policy: {
      issuer: 'https://oidc.circleci.com/org/3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22',
      subject_pattern: '.*',
      claim_pattern: {
        'oidc.circleci.com/ssh-rerun': 'false',
        'oidc.circleci.com/vcs-origin': String.raw`github\.com/acme/.+`,
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

describe('an import of octo-sts', () => {
  for (const [title, { of, policy, jobs, refused, accident }] of Object.entries(samples))
    test(`is never wider than the policy: ${title}`, async () => {
      const admits = (claims: Claims): boolean => admitsOctoSts(policy, claims)
      const maker = makers.get(of) as JobMaker
      const around = await maker.around(jobs.length === 0 ? [{}] : jobs)
      const found = compare({ source: 'octo-sts', text: stringify(policy), admits }, around)
      expect(mistakesIn(found, admits, around)).toEqual([])
      for (const each of jobs) expect(admits(maker.claims(each))).toBe(true)
      expect(found.imported.policy === undefined).toBe(refused === true)
      expect(found.both > 0).toBe(refused !== true)
      const examples = found.imported.findings.filter(({ level }) => level === 'accident').map(({ example }) => example)
      if (accident !== undefined) {
        expect(examples).toContainEqual(accident)
        expect(admits({ ...maker.claims(jobs[0]), ...accident })).toBe(true)
      }
    })
})

describe('a trust policy of octo-sts', () => {
  const refusals = (text: string): readonly string[] =>
    readOctoSts(text).findings.flatMap(({ level, message }) => (level === 'refused' ? [message] : []))

  test('with a key that octo-sts does not know grants nothing, as there', () => {
    expect(refusals(`issuer: ${issuer}\nsubject: x\nrepository: acme/shop\n`)).toEqual([
      'octo-sts does not know the key "repository", and refuses the policy.',
    ])
  })

  test('with a bare boolean or number instead of text grants nothing', () => {
    for (const value of ['true', 'yes', '7'])
      expect(refusals(`issuer: ${issuer}\nsubject: x\nclaim_pattern:\n  a: ${value}\n`)).toEqual([
        'The value of "a" is no text: quote it.',
      ])
  })

  test('with both an issuer and a pattern for it grants nothing', () => {
    expect(refusals(`issuer: ${issuer}\nissuer_pattern: .*\nsubject: x\n`)).toHaveLength(1)
  })

  test('may name permissions and repositories, which are not part of the trust', () => {
    expect(refusals(`issuer: ${issuer}\nsubject: x\npermissions:\n  contents: read\nrepositories: [a]\n`)).toEqual([])
  })

  test('that is not a YAML mapping is an error', () => {
    expect(() => readOctoSts('a: [')).toThrow('is YAML, and this text is not')
    expect(() => readOctoSts('- a')).toThrow('is a mapping')
  })
})
