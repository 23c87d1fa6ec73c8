import { beforeAll, describe, expect, test } from 'vitest'
import { gcpDecision } from '../testing/cel.ts'
import type { GcpOriginal } from '../testing/cel.ts'
import type { Claims } from '../testing/never-wider.ts'
import { compare, mistakesIn } from '../testing/never-wider.ts'
import type { JobMaker, PlatformName } from '../testing/mutants.ts'
import { jobMaker, organization } from '../testing/mutants.ts'
import { importPolicy } from '../import-policy.ts'
import { readGcp } from './gcp.ts'

const audience = 'https://api.acme.dev'
const pool = 'projects/512/locations/global/workloadIdentityPools/ci'
const issuers = {
  github: 'https://token.actions.githubusercontent.com',
  gitlab: 'https://gitlab.com',
  circleci: `https://oidc.circleci.com/org/${organization}`,
} as const
const project = '71c2d3e4-f506-4718-a29b-3c4d5e6f7081'

interface Sample {
  readonly of: PlatformName
  readonly condition?: string
  readonly mapping?: Readonly<Record<string, string>>
  readonly members?: readonly string[]
  /** Jobs that the original admits. */
  readonly jobs: readonly Claims[]
  /** Whether nothing of it can be translated. */
  readonly refused?: true
}

const acme = { repository_owner_id: '1234567' }
const inventory = { 'oidc.circleci.com/vcs-origin': 'github.com/amberline/inventory' }
const shop = "assertion.repository_owner_id == '1234567'"

const samples: Readonly<Record<string, Sample>> = {
  'ids and a list of events': {
    of: 'github',
    condition: `assertion.repository_owner_id == '48213377' && assertion.repository_id in ['905512384','611204957']
      && assertion.event_name in ['push','workflow_dispatch'] && assertion.ref == 'refs/heads/main'`,
    jobs: [
      { repository_owner_id: '48213377', repository_id: '905512384', repository: 'lumen-forge/tidepool-api' },
      {
        repository_owner_id: '48213377',
        repository_id: '611204957',
        repository: 'lumen-forge/docs',
        sub: 'repo:lumen-forge@48213377/docs@611204957:ref:refs/heads/main',
      },
    ],
  },
  'a group with protected refs, and two claims that are compared': {
    of: 'gitlab',
    condition: `assertion.namespace_path.startsWith('brasswork/') && assertion.ref_protected == 'true'
      && assertion.pipeline_source != 'merge_request_event' && assertion.project_id == assertion.job_project_id`,
    jobs: [{ project_path: 'brasswork/platform/relay' }],
    refused: true,
  },
  'a group with protected refs': {
    of: 'gitlab',
    condition: `assertion.namespace_path.startsWith('brasswork/') && assertion.ref_protected == 'true'
      && assertion.pipeline_source != 'merge_request_event'`,
    jobs: [{ project_path: 'brasswork/platform/relay' }],
  },
  'an unanchored regular expression, or an enterprise': {
    of: 'github',
    condition: "assertion.repository.matches('lumen-forge/.*') || assertion.enterprise_id == '9127'",
    jobs: [{ repository: 'lumen-forge/tidepool-api' }, { enterprise_id: '9127' }],
  },
  'a project of CircleCI by its id': {
    of: 'circleci',
    condition: `assertion['oidc.circleci.com/project-id'] == '${project}'`,
    jobs: [{}],
  },
  'origin and ref of CircleCI': {
    of: 'circleci',
    mapping: { 'google.subject': "assertion['oidc.circleci.com/project-id']" },
    condition: `assertion['oidc.circleci.com/vcs-origin'] == 'github.com/amberline/inventory'
      && assertion['oidc.circleci.com/vcs-ref'] == 'refs/heads/main'`,
    jobs: [inventory],
  },
  'no rerun by SSH at CircleCI': {
    of: 'circleci',
    condition: "assertion['oidc.circleci.com/ssh-rerun'] == false",
    jobs: [{}],
  },
  'origin, ref and no rerun by SSH': {
    of: 'circleci',
    condition: `assertion['oidc.circleci.com/vcs-origin'] == 'github.com/amberline/inventory'
      && assertion['oidc.circleci.com/vcs-ref'] == 'refs/heads/main'
      && !assertion['oidc.circleci.com/ssh-rerun']`,
    jobs: [inventory],
  },
  'a context of CircleCI': {
    of: 'circleci',
    condition: "'b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f' in assertion['oidc.circleci.com/context-ids']",
    jobs: [{}],
  },
  'a number where the claim is text': {
    of: 'github',
    condition: `${shop} && assertion.repository_id == 74205118`,
    jobs: [{ ...acme, repository_id: 74_205_118 }],
    refused: true,
  },
  'a value of another type that is excluded': {
    of: 'github',
    condition: `${shop} && assertion.repository_id != 74205118`,
    jobs: [acme],
  },
  'an environment, or none': {
    of: 'github',
    condition: `${shop} && (has(assertion.environment) ? assertion.environment == 'production' : assertion.ref == 'refs/heads/main')`,
    jobs: [acme, { ...acme, environment: 'production' }],
  },
  'an environment that is excluded': {
    of: 'github',
    condition: `${shop} && !(assertion.environment in ['preview', 'staging'])`,
    jobs: [{ ...acme, environment: 'production' }],
  },
  'branches by their beginning': {
    of: 'github',
    condition: `${shop} && assertion.ref.startsWith('refs/heads/release/')`,
    jobs: [
      { ...acme, ref: 'refs/heads/release/1.4' },
      { ...acme, ref: 'refs/heads/release/1/4' },
    ],
  },
  'a regular expression with anchors': {
    of: 'github',
    condition: `${shop} && assertion.ref.matches('^refs/heads/(main|release/[^/]+)$')`,
    jobs: [{ ...acme, ref: 'refs/heads/release/1.4' }, acme],
  },
  'a regular expression that is excluded': {
    of: 'github',
    condition: `${shop} && !assertion.ref.matches('^refs/(tags|pull)/.*')`,
    jobs: [acme],
  },
  'texts within a claim': {
    of: 'github',
    condition: `assertion.repository.endsWith('/shop') && assertion.repository_owner == 'acme' && !assertion.environment.contains('evil')`,
    jobs: [{ environment: 'production' }],
  },
  'repositories of an owner by a regular expression': {
    of: 'github',
    condition: "assertion.repository.matches('^acme/[^/]+$') && !assertion.ref.contains('evil')",
    jobs: [{}, { repository: 'acme/docs' }],
  },
  'a boolean that is compared as text, which is an error': {
    of: 'circleci',
    condition: "!assertion['oidc.circleci.com/ssh-rerun'].startsWith('t')",
    jobs: [],
    refused: true,
  },
  'a number that is compared as text, which is an error': {
    of: 'gitlab',
    condition: "assertion.namespace_id == '99' && !assertion.runner_id.matches('^1')",
    jobs: [],
    refused: true,
  },
  'an excluded ref that no token has': {
    of: 'github',
    condition: `${shop} && assertion.ref != 'x'`,
    jobs: [acme],
    refused: true,
  },
  'an audience, which may be text or a list': {
    of: 'github',
    condition: `${shop} && (assertion.aud == '${audience}' || '${audience}' in assertion.aud)`,
    jobs: [acme],
    refused: true,
  },
  'members by an attribute and a subject': {
    of: 'github',
    mapping: { 'google.subject': 'assertion.sub', 'attribute.repository': 'assertion.repository' },
    condition: "assertion.repository_owner == 'acme'",
    members: [
      `principalSet://iam.googleapis.com/${pool}/attribute.repository/acme/shop`,
      `principal://iam.googleapis.com/${pool}/subject/repo:acme/docs:ref:refs/heads/main`,
    ],
    jobs: [{}, { repository: 'acme/docs' }],
  },
  'conditions on attributes': {
    of: 'github',
    mapping: {
      'google.subject': 'assertion.sub',
      'attribute.owner': 'assertion.repository_owner_id',
      'attribute.environment': 'assertion.environment',
    },
    condition:
      "attribute.owner == '1234567' && attribute.environment != 'preview' && google.subject.startsWith('repo:acme/')",
    members: [`principalSet://iam.googleapis.com/${pool}/*`],
    jobs: [{ ...acme, environment: 'production' }],
  },
  'a boolean that is mapped to an attribute': {
    of: 'circleci',
    mapping: { 'google.subject': 'assertion.sub', 'attribute.ssh': "assertion['oidc.circleci.com/ssh-rerun']" },
    condition: "attribute.ssh != 'true'",
    jobs: [],
    refused: true,
  },
  'an attribute that is computed': {
    of: 'github',
    mapping: {
      'google.subject': 'assertion.sub',
      'attribute.kind': "assertion.ref == 'refs/heads/main' ? 'main' : 'other'",
    },
    condition: `attribute.kind == 'main' && ${shop}`,
    jobs: [acme],
  },
}

function providerOf({ of, condition, mapping }: Sample): GcpOriginal & { readonly name: string } {
  return {
    name: `${pool}/providers/ci`,
    attributeMapping: mapping ?? { 'google.subject': 'assertion.sub' },
    ...(condition === undefined ? {} : { attributeCondition: condition }),
    oidc: { issuerUri: issuers[of], allowedAudiences: [audience] },
  }
}

const makers = new Map<PlatformName, JobMaker>()
beforeAll(async () => {
  for (const name of ['github', 'gitlab', 'circleci'] as const)
    makers.set(name, await jobMaker(name, [audience, `${audience}-evil`]))
})

describe('an import of Google Cloud', () => {
  for (const [title, sample] of Object.entries(samples))
    test(`is never wider than the condition: ${title}`, async () => {
      const provider = providerOf(sample)
      const admits = gcpDecision(provider, sample.members)
      const maker = makers.get(sample.of) as JobMaker
      const around = await maker.around(sample.jobs.length === 0 ? [{}] : sample.jobs)
      const text = JSON.stringify(sample.members === undefined ? provider : { provider, members: sample.members })
      const found = compare({ source: 'gcp', text, admits }, around)
      expect(mistakesIn(found, admits, around)).toEqual([])
      for (const each of sample.jobs) expect(admits(maker.claims(each))).toBe(true)
      expect(found.imported.policy === undefined).toBe(sample.refused === true)
      expect(found.both > 0).toBe(sample.refused !== true)
    })
})

describe('a provider of Google Cloud', () => {
  const base = {
    name: `${pool}/providers/ci`,
    attributeMapping: { 'google.subject': 'assertion.sub', 'attribute.repository': 'assertion.repository' },
    attributeCondition: "assertion.repository_owner == 'acme'",
    oidc: { issuerUri: issuers.github, allowedAudiences: [audience] },
  }
  const refusals = (document: unknown): readonly string[] =>
    readGcp(JSON.stringify(document)).findings.flatMap(({ level, message }) => (level === 'refused' ? [message] : []))
  const ofCondition = (attributeCondition: string): readonly string[] => refusals({ ...base, attributeCondition })
  const ofMember = (...members: readonly string[]): readonly string[] => refusals({ provider: base, members })

  test('that is disabled or deleted grants nothing', () => {
    for (const more of [{ disabled: true }, { state: 'DELETED' }])
      expect(readGcp(JSON.stringify({ ...base, ...more }))).toMatchObject({
        grants: [],
        findings: [{ level: 'refused' }],
      })
    expect(readGcp(JSON.stringify({ ...base, disabled: false, state: 'ACTIVE' })).grants).toHaveLength(1)
  })

  test('without a list of audiences takes its own name', () => {
    const { audiences } = importPolicy('gcp', JSON.stringify({ ...base, oidc: { issuerUri: issuers.github } }))
    expect(audiences).toEqual([`https://iam.googleapis.com/${base.name}`, `//iam.googleapis.com/${base.name}`])
    expect(refusals({ ...base, name: undefined, oidc: { issuerUri: issuers.github } })).toHaveLength(1)
  })

  test('names what has no counterpart', () => {
    const reasons: Readonly<Record<string, string>> = {
      'size(assertion.sub) > 3': '> has no counterpart',
      'assertion.sub.size() == 3': 'only claims other than aud are compared, and with values',
      "assertion.sub.extract('repo:{name}') == 'a'": 'only claims other than aud are compared, and with values',
      "assertion.groups.exists(group, group == 'a')": 'it is no condition on claims',
      'assertion.actor == assertion.repository_owner': 'rules do not compare two claims',
      "startsWith(assertion.sub, 'a')": 'startsWith() is understood for a claim and a text',
      "!('a' in assertion.groups)": 'that a list lacks a value has no counterpart',
      'has(attribute.repository)': 'has() is understood for claims of the assertion',
      '!has(assertion.a.b)': 'that a claim within another one is absent has no counterpart',
      'attribute.unknown': 'it is no condition on claims',
      "assertion.ref.matches('v[0-9]')": 'of the regular expression, ranges of characters have no counterpart',
    }
    for (const [condition, reason] of Object.entries(reasons)) {
      const messages = ofCondition(condition)
      expect({ condition, messages }).toEqual({ condition, messages: [expect.stringMatching(/ is not translated: /)] })
      expect(messages[0]?.endsWith(`${reason}.`)).toBe(true)
    }
    expect(ofCondition('assertion.')).toEqual(['The condition is no CEL.'])
  })

  test('with a condition of very many parts is refused soon', () => {
    const nested = (depth: number): string =>
      depth === 0 ? 'assertion.a' : `(${nested(depth - 1)} ? true : assertion.b)`
    for (const condition of [nested(100), `${'!'.repeat(4000)}true`, `${'('.repeat(1500)}true${')'.repeat(1500)}`])
      expect(() => importPolicy('gcp', JSON.stringify({ ...base, attributeCondition: condition }))).not.toThrow()
    expect(ofCondition(nested(100))).toContain('The condition has too many parts.')
  })

  test('keeps the alternatives that have a counterpart', () => {
    const attributeCondition = "size(assertion.sub) > 3 || assertion.repository == 'acme/shop'"
    const { policy } = importPolicy('gcp', JSON.stringify({ ...base, attributeCondition }))
    expect(policy).toEqual({ rules: { ci: [{ provider: 'github-actions', repository: 'acme/shop' }] } })
  })

  test('grants nothing where its subject is computed', () => {
    const attributeMapping = { 'google.subject': "'repo::' + assertion.repository" }
    expect(refusals({ ...base, attributeMapping })).toHaveLength(1)
    expect(refusals({ ...base, attributeMapping: {} })).toHaveLength(1)
  })

  test('grants nothing to members of other pools and to others', () => {
    const path = 'principalSet://iam.googleapis.com'
    expect(ofMember(`${path}/${pool}/*`)).toEqual([])
    expect(ofMember(`${path}/${pool}/attribute.repository/acme/shop`)).toEqual([])
    for (const member of [
      `${path}/${pool.replace('512', '513')}/*`,
      `${path}/${pool}-other/*`,
      `${path}/${pool}/attribute.unknown/acme/shop`,
      `${path}/${pool}/attribute.repository`,
      `${path}/${pool}/subject/repo:acme/shop:ref:refs/heads/main`,
      'serviceAccount:ci@acme.iam.gserviceaccount.com',
      'allUsers',
    ])
      expect({ member, refused: ofMember(member).length }).toEqual({ member, refused: 1 })
    expect(ofMember()).toEqual(['No member uses the provider, so it admits nothing.'])
  })

  test('that is not of OpenID Connect, or no JSON, is an error', () => {
    for (const text of ['{', '{}', JSON.stringify({ ...base, oidc: undefined, aws: { accountId: '1' } })])
      expect(() => readGcp(text)).toThrow(TypeError)
  })
})

test.each([
  ['excluded', "assertion.ref != 'refs/heads/main'"],
  ['listed', "assertion.ref in ['', 'refs/heads/main']"],
])('says that an empty claim does not pass, where another value is %s', (_, condition) => {
  const { findings } = importPolicy(
    'gcp',
    JSON.stringify({
      name: 'projects/512/locations/global/workloadIdentityPools/ci/providers/ci',
      attributeMapping: { 'google.subject': 'assertion.sub' },
      attributeCondition: `assertion.repository_id == '74205118' && assertion.event_name == 'push' && ${condition}`,
      oidc: { issuerUri: 'https://token.actions.githubusercontent.com' },
    }),
  )
  expect(findings).toContainEqual(
    expect.objectContaining({ level: 'stricter', message: expect.stringContaining('A rule takes an empty "ref"') }),
  )
})
