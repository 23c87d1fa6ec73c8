import { beforeAll, describe, expect, test } from 'vitest'
import type { Claims } from '../testing/never-wider.ts'
import { compare, mistakesIn } from '../testing/never-wider.ts'
import type { JobMaker, PlatformName } from '../testing/mutants.ts'
import { jobMaker, organization } from '../testing/mutants.ts'
import type { VaultOriginal } from '../testing/originals.ts'
import { admitsVault } from '../testing/originals.ts'
import { readVault } from './vault.ts'

const audience = 'https://vault.acme.dev'
const issuers = {
  github: 'https://token.actions.githubusercontent.com',
  gitlab: 'https://gitlab.com',
  circleci: `https://oidc.circleci.com/org/${organization}`,
} as const

interface Sample {
  readonly of: PlatformName
  readonly role: VaultOriginal['role']
  /** Jobs that the original admits. */
  readonly jobs: readonly Claims[]
  /** Whether nothing of it can be translated. */
  readonly refused?: true
}

const circle = (name: string): string => `oidc.circleci.com/${name}`

const samples: Readonly<Record<string, Sample>> = {
  'exact values': {
    of: 'github',
    role: {
      user_claim: 'repository_id',
      bound_audiences: [audience],
      bound_claims: {
        repository_id: '905512384',
        repository_owner_id: '48213377',
        event_name: ['push', 'workflow_dispatch'],
        ref: 'refs/heads/main',
      },
    },
    jobs: [
      {
        repository: 'lumen-forge/tidepool-api',
        repository_id: '905512384',
        repository_owner_id: '48213377',
      },
    ],
  },
  'an id that is a number in the role': {
    of: 'github',
    role: {
      user_claim: 'repository_id',
      bound_audiences: [audience],
      bound_claims: { repository_id: 905_512_384 },
    },
    jobs: [],
    refused: true,
  },
  globs: {
    of: 'gitlab',
    role: {
      user_claim: 'project_path',
      bound_audiences: [audience, 'https://other.example'],
      bound_claims_type: 'glob',
      bound_claims: { project_path: 'brasswork/*', ref_protected: 'true', ref: ['main', 'release-*'] },
    },
    jobs: [
      { project_path: 'brasswork/platform/relay' },
      { project_path: 'brasswork/x', ref: 'release-1/a', ref_protected: 'true' },
    ],
  },
  'a glob for a number, which never matches': {
    of: 'gitlab',
    role: {
      user_claim: 'project_path',
      bound_audiences: [audience],
      bound_claims_type: 'glob',
      bound_claims: { project_path: 'acme/*', runner_id: '1*' },
    },
    jobs: [],
    refused: true,
  },
  'a boolean and a list of CircleCI': {
    of: 'circleci',
    role: {
      user_claim: circle('project-id'),
      bound_audiences: [audience],
      bound_claims: {
        [circle('project-id')]: '71c2d3e4-f506-4718-a29b-3c4d5e6f7081',
        [circle('ssh-rerun')]: false,
        [circle('context-ids')]: 'b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f',
        [circle('vcs-origin')]: 'github.com/acme/shop',
        [circle('vcs-ref')]: 'refs/heads/main',
      },
    },
    jobs: [{}],
  },
  'a ref of CircleCI without its origin, which any repository of the project may have': {
    of: 'circleci',
    role: {
      user_claim: circle('project-id'),
      bound_audiences: [audience],
      bound_claims: {
        [circle('project-id')]: '71c2d3e4-f506-4718-a29b-3c4d5e6f7081',
        [circle('ssh-rerun')]: false,
        [circle('vcs-ref')]: 'refs/heads/main',
      },
    },
    jobs: [{}],
    refused: true,
  },
  'a boolean that is text in the role': {
    of: 'circleci',
    role: {
      user_claim: 'sub',
      bound_audiences: [audience],
      bound_claims: { [circle('ssh-rerun')]: 'false' },
    },
    jobs: [],
    refused: true,
  },
  'a subject with a star, which never matches': {
    of: 'gitlab',
    role: { user_claim: 'sub', bound_audiences: [audience], bound_subject: 'project_path:brasswork/*' },
    jobs: [],
    refused: true,
  },
  'an audience and nothing else': {
    of: 'gitlab',
    role: { user_claim: 'sub', bound_audiences: [audience] },
    jobs: [{}],
    refused: true,
  },
  'no audience': {
    of: 'github',
    role: { user_claim: 'sub', bound_claims: { repository: 'acme/shop' } },
    jobs: [],
    refused: true,
  },
  'an exact subject': {
    of: 'github',
    role: { user_claim: 'actor', bound_audiences: [audience], bound_subject: 'repo:acme/shop:ref:refs/heads/main' },
    jobs: [{}],
  },
  'a number': {
    of: 'gitlab',
    role: {
      user_claim: 'user_login',
      bound_audiences: [audience],
      bound_claims: { namespace_id: '99', runner_id: [12_270_852, 7] },
    },
    jobs: [{}, { runner_id: 7 }],
  },
  'claims for metadata': {
    of: 'gitlab',
    role: {
      user_claim: 'user_login',
      bound_audiences: [audience],
      bound_claims: { project_id: '48120077' },
      claim_mappings: { environment: 'environment', ref: 'ref' },
    },
    jobs: [{}, { environment: 'production' }],
  },
  'metadata from a number, which fails': {
    of: 'gitlab',
    role: {
      user_claim: 'user_login',
      bound_audiences: [audience],
      bound_claims: { project_id: '48120077' },
      claim_mappings: { runner_id: 'runner' },
    },
    jobs: [],
    refused: true,
  },
  'JSON pointers': {
    of: 'circleci',
    role: {
      user_claim: 'sub',
      bound_audiences: [audience],
      bound_claims: {
        '/oidc.circleci.com~1vcs-origin': 'github.com/acme/shop',
        '/oidc.circleci.com~1vcs-ref': 'refs/heads/main',
      },
    },
    jobs: [{}],
  },
  'eight claims': {
    of: 'github',
    role: {
      user_claim: 'sub',
      bound_audiences: [audience],
      bound_claims: {
        repository: 'acme/shop',
        repository_owner: 'acme',
        repository_owner_id: '1234567',
        repository_id: '74205118',
        ref: 'refs/heads/main',
        ref_type: 'branch',
        event_name: 'push',
        runner_environment: 'github-hosted',
      },
    },
    jobs: [{}],
  },
  'a glob within text': {
    of: 'github',
    role: {
      user_claim: 'sub',
      bound_audiences: [audience],
      bound_claims_type: 'glob',
      bound_claims: { repository_owner: 'acme', job_workflow_ref: 'acme/*/.github/workflows/*@refs/heads/main' },
    },
    jobs: [{}],
  },
  'a glob over subjects': {
    of: 'github',
    role: {
      user_claim: 'sub',
      bound_audiences: [audience],
      bound_claims_type: 'glob',
      bound_claims: { sub: 'repo:acme/*:ref:refs/heads/*' },
    },
    jobs: [{}, { ref: 'refs/heads/a/b' }],
  },
}

const makers = new Map<PlatformName, JobMaker>()
beforeAll(async () => {
  for (const name of ['github', 'gitlab', 'circleci'] as const)
    makers.set(name, await jobMaker(name, [audience, 'https://other.example', `${audience}-evil`]))
})

describe('an import of a role of Vault', () => {
  for (const [title, { of, role, jobs, refused }] of Object.entries(samples))
    test(`is never wider than the role: ${title}`, async () => {
      const original: VaultOriginal = { config: { oidc_discovery_url: issuers[of] }, role }
      const admits = (claims: Claims): boolean => admitsVault(original, claims)
      const maker = makers.get(of) as JobMaker
      const around = await maker.around(jobs.length === 0 ? [{}] : jobs)
      const found = compare({ source: 'vault', text: JSON.stringify(original), admits }, around)
      expect(mistakesIn(found, admits, around)).toEqual([])
      for (const each of jobs) expect(admits(maker.claims(each))).toBe(true)
      expect(found.imported.policy === undefined).toBe(refused === true)
      expect(found.both > 0).toBe(refused !== true)
    })
})

describe('a role of Vault', () => {
  const read = (role: unknown, config: unknown = { bound_issuer: issuers.gitlab }) =>
    readVault(JSON.stringify({ config, role }))
  const base = { bound_audiences: [audience], user_claim: 'sub', bound_claims: { project_id: '7' } }

  test('is read as vault read prints it', () => {
    const printed = {
      request_id: 'x',
      data: { ...base, bound_subject: '', claim_mappings: null, token_bound_cidrs: [] },
    }
    expect(readVault(JSON.stringify(printed)).grants).toHaveLength(1)
  })

  for (const [name, value] of [
    ['token_bound_cidrs', ['10.0.0.0/8']],
    ['role_type', 'oidc'],
    ['groups_claim', 'groups'],
    ['bound_moon', 'full'],
  ] as const)
    test(`grants nothing where it has a limit that rules cannot have: ${name}`, () => {
      const { grants, findings } = read({ ...base, [name]: value })
      expect(grants).toEqual([])
      expect(findings).toMatchObject([{ level: 'refused', where: name }])
    })

  test('takes the bound issuer, and else the one of discovery', () => {
    const issuerOf = (config: unknown): unknown => read(base, config).grants[0]?.issuer
    expect(issuerOf({ bound_issuer: 'https://a.example', oidc_discovery_url: 'https://b.example' })).toBe(
      'https://a.example',
    )
    expect(issuerOf({ oidc_discovery_url: 'https://b.example' })).toBe('https://b.example')
    expect(issuerOf({ jwks_url: 'https://b.example/jwks' })).toBeUndefined()
  })

  test('that is not JSON, or has a number that loses digits, is an error', () => {
    expect(() => readVault('{')).toThrow('is JSON, and this text is not')
    expect(() => readVault('[]')).toThrow(TypeError)
    expect(() => readVault('{"bound_claims": {"x": 9007199254740993}}')).toThrow('loses digits')
    expect(() => readVault('{"bound_claims": {"x": 1.0}}')).toThrow('loses digits')
  })
})
