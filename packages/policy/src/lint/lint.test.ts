/** Every lint with its own samples, and places and messages of findings. */

import { runInNewContext } from 'node:vm'
import * as core from '@jobpass/core'
import {
  absent,
  anyEvent,
  circleci,
  createVerifier,
  defineProvider,
  githubActions,
  gitlab,
  glob,
  not,
  present,
  reportOnly,
} from '@jobpass/core'
import type { VerifierOptions } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import type { Finding } from './finding.ts'
import type { LintableRule, LintInput } from './subject.ts'
import { lintRules } from './lint-rules.ts'
import { lintTable } from './lint-table.ts'

// The samples are text, so that the documentation shows exactly the code that is tested.
const acmeCi = defineProvider({
  id: 'acme-ci',
  title: 'Acme CI',
  issuer: 'https://ci.acme.dev',
  algorithms: ['ES256'],
  claims: { team_id: 'id', repo: 'name', branch: 'text', trigger: 'text' },
  identity: { ownerId: 'team_id', repository: 'repo', branch: 'branch' },
  pins: ['ownerId'],
})

type Input = LintInput | LintableRule | readonly LintableRule[]

const evaluate = (code: string): Input => runInNewContext(`(${code})`, { ...core, acmeCi }) as Input
const idsOf = (input: Input): readonly string[] => lintRules(input).map(({ id }) => id)

const shop = { repositoryId: '74205118' } as const
const audience = 'https://api.acme.dev'
const org = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const project = '71c2d3e4-f506-4718-a29b-3c4d5e6f7081'

describe('the table', () => {
  test('the lint table has unique, ordered and permanent ids', () => {
    const ids = lintTable.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(ids.toSorted())
    // Ids may be retired, but never reused.
    expect(ids.join(' ')).toMatchInlineSnapshot(
      `"L001 L002 L003 L004 L005 L010 L011 L012 L013 L014 L020 L021 L022 L023 L024 L025 L026 L027 L030 L031 L040 L041 L042 L043 L044 L050 L051 L052 L053 L054 L055 L060 L070 L071 L072 L073 L074 L075 L080 L081"`,
    )
  })

  test.each(lintTable)('$id, $title: finds the bad sample', ({ id, bad }) => {
    expect(idsOf(evaluate(bad))).toContain(id)
  })

  test.each(lintTable)('$id, $title: passes the good sample', ({ id, good }) => {
    expect(idsOf(evaluate(good))).not.toContain(id)
  })

  test.each(lintTable)('$id, $title: has a good sample without warnings or errors of another lint', ({ good }) => {
    const grave = lintRules(evaluate(good)).filter(({ level }) => level === 'error')
    expect(grave).toEqual([])
  })
})

/** The findings of one id. */
function found(id: string, input: Input): readonly Finding[] {
  return lintRules(input).filter((finding) => finding.id === id)
}

interface More {
  readonly id: string
  readonly bad?: readonly Input[]
  readonly good?: readonly Input[]
}

const main = githubActions({ ...shop, branch: 'main' })
const deployFile = 'acme/shop/.github/workflows/deploy.yml@refs/heads/main'

// Cases that the samples of the table do not cover.
const more: readonly More[] = [
  {
    id: 'L001',
    bad: [
      githubActions({ owner: 'acme', branch: 'main' }),
      gitlab({ repository: glob('acme/*'), branch: 'main' }),
      githubActions({ claims: { repository: 'acme/shop' }, branch: 'main' }),
      { trust: githubActions({ owner: 'acme' }), routes: { deploy: githubActions({ repository: 'acme/shop' }) } },
    ],
    good: [
      circleci({ ownerId: org, repository: 'github.com/acme/shop', branch: 'main' }),
      githubActions({ claims: { repository_id: '74205118' }, branch: 'main' }),
      { trust: githubActions({ ownerId: '1' }), routes: { deploy: githubActions({ repository: 'acme/shop' }) } },
      githubActions.deny({ repository: 'acme/shop' }),
    ],
  },
  {
    id: 'L002',
    bad: [
      circleci({ ownerId: org, repository: 'github.com/acme/shop', branch: 'main' }),
      { trust: githubActions({ ownerId: '1' }), routes: { deploy: githubActions({ repository: 'acme/shop' }) } },
    ],
    good: [
      circleci({ ownerId: org, projectId: project, repository: 'github.com/acme/shop', branch: 'main' }),
      githubActions({ repository: 'acme/shop', branch: 'main' }),
      { trust: main, routes: { deploy: githubActions({ repository: 'acme/shop' }) } },
    ],
  },
  {
    id: 'L003',
    bad: [
      gitlab({ ownerId: '99', repository: glob('acme/*/shop'), branch: 'main' }),
      githubActions({ repository: glob('acme/?hop'), branch: 'main' }),
    ],
    good: [githubActions({ repository: glob('acme/*') }), githubActions({ repository: glob('acme/shop') })],
  },
  {
    id: 'L004',
    bad: [
      githubActions({ repository: glob('acme/*'), branch: 'main' }),
      circleci({ ownerId: org }),
      {
        trust: githubActions({ ownerId: '1' }),
        routes: { deploy: githubActions({ ownerId: '1', branch: 'main' }) },
      },
    ],
    good: [
      { trust: main, routes: { deploy: githubActions({ ownerId: '1' }) } },
      githubActions({ ownerId: '1', workflow: deployFile }),
    ],
  },
  {
    id: 'L010',
    bad: [gitlab({ repositoryId: '1' }), circleci({ ownerId: org, projectId: project }), acmeCi({ ownerId: '7' })],
    good: [
      gitlab({ repositoryId: '1', refProtected: true }),
      githubActions({ ...shop, commit: '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310' }),
      githubActions({ ...shop, event: 'pull_request' }),
      githubActions({ ...shop, claims: { ref: 'refs/heads/main' } }),
      { trust: githubActions({ ownerId: '1', branch: 'main' }), routes: { deploy: githubActions(shop) } },
      githubActions.deny(shop),
    ],
  },
  {
    id: 'L011',
    bad: [githubActions({ ...shop, environment: glob('prod-*') })],
    good: [
      gitlab({ repositoryId: '1', environment: 'production', environmentProtected: true }),
      githubActions({ ...shop, environment: 'production', refProtected: true }),
    ],
  },
  {
    id: 'L012',
    bad: [
      githubActions({ ...shop, branch: glob('**/main') }),
      githubActions({ ...shop, ref: glob('refs/heads/main*') }),
      githubActions({ ...shop, ref: glob('refs/*/main') }),
      githubActions({ ...shop, branch: 'main', environment: glob('prod*') }),
    ],
    good: [
      githubActions({ ...shop, tag: glob('v*') }),
      githubActions({ ...shop, ref: glob('refs/tags/v*') }),
      githubActions({ ...shop, branch: glob('release*'), refProtected: true }),
      gitlab({ repositoryId: '1', environment: glob('prod*'), environmentProtected: true }),
    ],
  },
  {
    id: 'L013',
    bad: [githubActions({ ...shop, branch: glob('**') }), githubActions({ ...shop, ref: glob('refs/**') })],
    good: [githubActions({ ...shop, branch: glob('team/**') })],
  },
  {
    id: 'L014',
    bad: [
      gitlab({ repositoryId: '1', refProtected: [true, false] }),
      gitlab({ repositoryId: '1', branch: 'main', claims: { environment_protected: 'false' } }),
    ],
    good: [{ trust: gitlab({ repositoryId: '1', branch: 'main' }), deny: gitlab.deny({ refProtected: false }) }],
  },
  {
    id: 'L020',
    bad: [
      gitlab({ repositoryId: '1', event: 'merge_request_event' }),
      circleci({ ownerId: org, projectId: project, pullRequest: present() }),
      githubActions({ ...shop, event: 'pull_request_target', workflow: deployFile }),
    ],
    good: [
      circleci({ ownerId: org, projectId: project, pullRequest: absent() }),
      { trust: githubActions({ ownerId: '1', event: ['push', 'pull_request'] }), routes: { deploy: main } },
    ],
  },
  {
    id: 'L021',
    bad: [
      gitlab({ repositoryId: '1', event: 'parent_pipeline' }),
      circleci({ ownerId: org, projectId: project, sshRerun: true }),
      circleci({ ownerId: org, projectId: project, sshRerun: [true, false] }),
    ],
    good: [
      circleci({ ownerId: org, projectId: project, sshRerun: false }),
      githubActions({ ...shop, event: 'release' }),
    ],
  },
  {
    id: 'L023',
    bad: [gitlab({ ownerId: '99', claims: { job_project_path: 'acme/shop' } })],
  },
  {
    id: 'L024',
    good: [
      acmeCi({ ownerId: '7', where: ({ claims }) => claims.trigger === 'push' }),
      circleci({ ownerId: org, projectId: project }),
    ],
  },
  {
    id: 'L025',
    bad: [githubActions({ ownerId: '1', event: anyEvent() })],
  },
  {
    id: 'L026',
    good: [circleci({ ownerId: org, projectId: project, pullRequest: '7' })],
  },
  {
    id: 'L027',
    bad: [githubActions({ ...shop, event: ['push', 'pushed'] })],
    good: [githubActions({ ...shop, event: 'merge_group' })],
  },
  {
    id: 'L030',
    good: [
      githubActions({ repository: 'acme/shop', jobWorkflow: deployFile }),
      { trust: main, routes: { deploy: githubActions({ ownerId: '1', jobWorkflow: deployFile }) } },
    ],
  },
  {
    id: 'L031',
    bad: [githubActions({ ...shop, jobWorkflow: glob('acme/ci-kit/.github/workflows/release.yml@refs/tags/v*') })],
  },
  {
    id: 'L040',
    bad: [
      { audience: ['https://api.acme.dev', 'sts.amazonaws.com'] },
      { audience: 'https://gitlab.acme.dev', trust: gitlab.at('https://gitlab.acme.dev')({ repositoryId: '1' }) },
      { audience: org, trust: circleci({ ownerId: org }) },
      circleci({ ownerId: org }, { audience: [org] }),
      githubActions(shop, { audience: 'https://github.com/ACME' }),
      githubActions(shop, { audience: 'API://AzureADTokenExchange' }),
    ],
    good: [{ audience: 'https://github.com', trust: gitlab({ ownerId: '99' }) }],
  },
  {
    id: 'L042',
    bad: [circleci({ ownerId: org }), { routes: { deploy: gitlab({ repositoryId: '1' }) } }],
    good: [
      { trust: gitlab({ ownerId: '99' }), maxTokenAge: 900 },
      { trust: main, routes: { deploy: gitlab({ repositoryId: '1' }) } },
    ],
  },
  {
    id: 'L050',
    bad: [
      gitlab({ repositoryId: '1', claims: { deployment_tier: 'production' } }),
      githubActions({ ...shop, claims: { workflow: present() } }),
    ],
    good: [githubActions.deny({ claims: { actor: 'quill-otter' } })],
  },
  {
    id: 'L051',
    bad: [
      githubActions({ ...shop, environment: not('preview') }),
      githubActions({ ownerId: '1', repository: not('acme/secret') }),
    ],
    good: [
      githubActions({ ...shop, event: not('schedule') }),
      { trust: main, routes: { deploy: githubActions({ ...shop, branch: not('next') }) } },
    ],
  },
  {
    id: 'L052',
    good: [{ trust: main, deny: githubActions.deny({ repository: not('acme/shop') }) }],
  },
  {
    id: 'L054',
    good: [githubActions({ ...shop, subject: 'repo:acme@123456/app@456789:ref:refs/heads/main' })],
  },
  {
    id: 'L060',
    bad: [githubActions({ ...shop, environment: ['production', 'preview-?'] })],
    good: [githubActions({ ...shop, claims: { actor: 'dependabot[bot]' } })],
  },
  {
    id: 'L070',
    bad: [
      githubActions({ ...shop, claims: { repository_id: '5' } }),
      githubActions({ ...shop, owner: absent() }),
      githubActions({ ...shop, branch: present(), event: 'merge_group' }),
      githubActions({ ...shop, mergeQueue: 'main', event: 'push' }),
      githubActions({ ...shop, ref: 'refs/tags/v1', branch: 'v1' }),
      githubActions({ ...shop, ref: glob('refs/tags/*'), branch: glob('*') }),
      githubActions({ owner: 'acme', repository: 'quill-otter/shop' }),
      githubActions({ owner: 'acme', repository: glob('quill-otter/*') }),
      githubActions({ ...shop, event: glob('pull_*') }),
      githubActions({ ...shop, environment: 'Preview', claims: { environment: not('preview') } }),
      gitlab({ repositoryId: '1', branch: 'main', event: 'merge_request_event' }),
      githubActions.deny({ branch: 'main', tag: 'v1' }),
    ],
    good: [
      githubActions({ owner: 'acme', repository: 'Acme/shop' }),
      gitlab({ owner: 'acme/platform', repository: 'acme/platform/shop' }),
      githubActions({ ...shop, ref: glob('refs/**'), branch: 'main' }),
      githubActions({ ...shop, branch: absent(), tag: 'v1' }),
      circleci({ ownerId: org, contextIds: project, claims: { 'oidc.circleci.com/context-ids': org } }),
    ],
  },
  {
    id: 'L071',
    bad: [
      { trust: main, deny: gitlab.deny({ ownerId: '99' }) },
      { trust: gitlab({ ownerId: '99' }), routes: { a: gitlab.at('https://gitlab.acme.dev')({ ownerId: '99' }) } },
    ],
    good: [
      { routes: { deploy: gitlab({ repositoryId: '1' }) } },
      { trust: gitlab.lookup(() => undefined), routes: { deploy: gitlab({ repositoryId: '1' }) } },
    ],
  },
  {
    id: 'L072',
    bad: [
      { trust: githubActions({ ownerId: '1' }), routes: { deploy: githubActions({ ownerId: '2' }) } },
      {
        trust: circleci({ ownerId: org }),
        routes: { check: circleci({ ownerId: org, pullRequest: present() }) },
      },
    ],
    good: [
      {
        trust: [githubActions({ ownerId: '1' }), githubActions({ ownerId: '2' })],
        routes: { deploy: githubActions({ ownerId: '2' }) },
      },
    ],
  },
  {
    id: 'L073',
    bad: [
      [main, main],
      { routes: { deploy: [main, githubActions({ ...shop, branch: glob('**') })] } },
      {
        deny: [
          githubActions.deny({ claims: { actor: 'x' } }),
          githubActions.deny({ branch: 'main', claims: { actor: 'x' } }),
        ],
      },
    ],
    good: [
      { routes: { deploy: main, publish: main } },
      { routes: { deploy: [main, reportOnly(main)] } },
      [main, githubActions({ ...shop, branch: 'main', event: 'pull_request_target' })],
      [githubActions(shop, { maxTokenAge: 60 }), githubActions({ ...shop, branch: 'main' })],
      [githubActions({ ...shop, where: () => true }), main],
      [githubActions({ ...shop, environment: not('preview') }), githubActions({ ...shop, environment: absent() })],
      [circleci({ ownerId: org, contextIds: not(org) }), circleci({ ownerId: org, contextIds: project })],
      [githubActions({ ...shop, event: not('schedule') }), githubActions({ ...shop, event: 'schedule' })],
    ],
  },
  {
    id: 'L074',
    good: [{ routes: { deploy: main, publish: [main, githubActions({ ...shop, tag: 'v1' })] } }],
  },
  {
    id: 'L075',
    bad: [{ routes: { deploy: circleci({ ownerId: org }) }, deny: circleci.deny({ ownerId: org }) }],
    good: [{ routes: { deploy: main }, deny: githubActions.deny({ ...shop, where: () => true }) }],
  },
]

describe.each(more)('$id', ({ id, bad = [], good = [] }) => {
  test.each(bad.map((input, index) => [index, input] as const))('the lint finds sample %i', (_, input) => {
    expect(idsOf(input)).toContain(id)
  })

  test.each(good.map((input, index) => [index, input] as const))('the lint passes sample %i', (_, input) => {
    expect(idsOf(input)).not.toContain(id)
  })
})

describe('findings', () => {
  test('a finding has a message, a place, a reason and a fix', () => {
    const routes = { deploy: [main, githubActions({ ...shop, environment: 'prod*' })] }
    expect(found('L060', { audience, routes })).toEqual([
      {
        id: 'L060',
        level: 'error',
        title: 'Pattern written as a value',
        where: 'routes.deploy[1].environment',
        message: "'prod*' is compared literally, including its wildcards, so it matches nothing.",
        attack: 'E3',
        fix: "Write environment: glob('prod*') if you mean a pattern.",
      },
    ])
  })

  test.each([
    ['a single rule', { trust: githubActions({ ...shop, environment: 'prod*' }) }, 'trust.environment'],
    ['a list', { trust: [githubActions({ ...shop, environment: 'prod*' })] }, 'trust[0].environment'],
    ['a bare list', [githubActions({ ...shop, environment: 'prod*' })], 'rules[0].environment'],
    ['a bare rule', githubActions({ ...shop, environment: 'prod*' }), 'rules.environment'],
    [
      'a name that is not an identifier',
      { routes: { "POST /it's": githubActions({ ...shop, environment: 'prod*' }) } },
      "routes['POST /it\\'s'].environment",
    ],
    ['a claim', githubActions({ ...shop, claims: { environment: 'prod*' } }), 'rules.claims.environment'],
  ] as const)('says where: %s', (_, input, where) => {
    expect(found('L060', input as Input).map((finding) => finding.where)).toEqual([where])
  })

  test('a finding names the attack that uses this claim', () => {
    const attacks = found('L050', [
      githubActions({ ...shop, branch: 'main', claims: { actor: 'a', head_ref: 'b', workflow: 'c' } }),
    ]).map(({ where, attack }) => [where, attack])
    expect(attacks).toEqual([
      ['rules[0].claims.actor', 'C8'],
      ['rules[0].claims.head_ref', 'C7'],
      ['rules[0].claims.workflow', 'C5'],
    ])
  })

  test('findings are in the order of the rules, then of the ids', () => {
    const input: LintInput = {
      audience: 'sigstore',
      trust: [githubActions({ owner: 'acme' }), githubActions({ owner: 'acme', environment: 'prod*' })],
      deny: githubActions.deny({ branch: not('main') }),
    }
    expect(lintRules(input).map(({ id, where }) => `${id} ${where}`)).toEqual([
      'L040 audience',
      'L001 trust[0].owner',
      'L004 trust[0].owner',
      'L010 trust[0]',
      'L001 trust[1].owner',
      'L004 trust[1].owner',
      'L011 trust[1].environment',
      'L060 trust[1].environment',
      'L073 trust[1]',
      'L052 deny.branch',
    ])
    expect(lintRules(input)).toEqual(lintRules(input))
  })

  test('lint finds nothing in the first example of the documentation', () => {
    const trust = [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' }, { maxTokenAge: 900 })]
    const routes = { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }) }
    expect(lintRules({ audience, trust, routes })).toEqual([])
  })
})

const constructionError = (make: () => unknown): string => {
  try {
    return String(make())
  } catch (error) {
    return (error as TypeError).message
  }
}

describe('the input', () => {
  test('lintRules() takes all options of a verifier, and routes', () => {
    const options: Required<Pick<VerifierOptions, 'audience' | 'trust' | 'strict' | 'onVerdict'>> = {
      audience,
      trust: githubActions({ ownerId: '1234567' }),
      strict: true,
      onVerdict: () => {},
    }
    expect(lintRules({ ...options, routes: { deploy: main } })).toEqual([])
  })

  test('lintRules() knows every option of a verifier', () => {
    const refused = (): unknown => createVerifier({ audience, trust: main, nonsense: true } as never)
    const names = constructionError(refused).split('Known: ')[1]?.split(', ') ?? []
    expect(names).toContain('onVerdict')
    for (const name of names) expect(() => lintRules({ [name]: main }), name).not.toThrow('has no')
  })

  test('S12: lint reports that it cannot inspect lookups and resolvers', () => {
    const trust = githubActions.lookup(() => undefined)
    const places = (input: Input): unknown => lintRules(input).map(({ id, where, message }) => [id, where, message])
    const cannot = (where: string, what: string): unknown => [
      'L080',
      where,
      `Lint cannot inspect this: a ${what} finds its rules per request.`,
    ]
    expect(places({ audience, trust, routes: { deploy: () => main, check: [main] } })).toEqual([
      cannot('trust', 'look-up'),
      cannot('routes.deploy', 'resolver'),
    ])
    expect(places([trust])).toEqual([cannot('rules[0]', 'look-up')])
    expect(places({ audience, trust: core.tenantIssuers(() => undefined) })).toEqual([cannot('trust', 'look-up')])
    expect(lintRules({})).toEqual([])
    expect(lintRules([])).toEqual([])
  })

  test.each([
    ['something else', 7, 'takes rules, or the options of a verifier'],
    ['an unknown option', { route: {} }, "has no 'route'"],
    ['a list of routes', { routes: [main] }, 'routes is an object'],
    ['a provider that was not called', { routes: { deploy: githubActions } }, 'routes.deploy is a function'],
    ['a resolver in trust', { trust: () => main }, 'trust is a function'],
    ['a deny rule in trust', { trust: [githubActions.deny(shop)] }, 'trust[0] is a deny rule'],
    ['a deny rule on a route', { routes: { a: githubActions.deny(shop) } }, 'routes.a is a deny rule'],
    ['a trust rule under deny', { deny: main }, 'deny is not a deny rule'],
    ['a report-only rule in trust', { trust: reportOnly(main) }, 'trust only reports'],
    ['a look-up on a route', { routes: { a: githubActions.lookup(() => undefined) } }, 'inspectRule() takes a rule'],
    ['an object that only looks like a rule', [{ effect: 'allow' }], 'inspectRule() takes a rule'],
    ['JSON of a rule', { trust: main.toJSON() }, 'inspectRule() takes a rule'],
  ])('is refused: %s', (_, input, message) => {
    expect(() => lintRules(input as never)).toThrow(TypeError)
    expect(() => lintRules(input as never)).toThrow(message)
  })
})
