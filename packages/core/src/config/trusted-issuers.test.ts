import {
  anyEvent,
  circleci,
  createVerifier,
  defineProvider,
  githubActions,
  gitlab,
  glob,
  kubernetes,
} from '@jobpass/core'
import { describe, expect, test, vi } from 'vitest'
import {
  circleciOrganization as org,
  claimsWith,
  clockAt,
  codeOf,
  fetchKeys,
  githubPush,
  gitlabPush,
  now,
  publicJwk,
  signToken,
  withPolluted,
} from '@jobpass/testing/internal'
import { compileConfig } from './verifier-config.ts'
import type { VerifierOptions } from './options.ts'

const audience = 'https://api.acme.dev'
const rule = githubActions({ ownerId: '1234567' })
const make = (options: unknown): unknown => createVerifier(options as VerifierOptions)
const refuses = (options: unknown, message: string): void => {
  expect(() => make(options)).toThrow(TypeError)
  expect(() => make(options)).toThrow(message)
}

describe('a verifier admits no caller by default', () => {
  test.each([
    ['no options', undefined, 'must be an object'],
    ['null', null, 'must be an object'],
    ['a rule', rule, 'must be an object'],
    ['a list', [], 'must be an object'],
    ['empty options', {}, 'A verifier needs audience'],
    ['lesson E1: no audience', { trust: rule }, 'A verifier needs audience: nobody gets in by default'],
    ['lesson E1: an undefined audience', { audience: undefined, trust: rule }, "'audience' is undefined"],
    ['lesson E1: a null audience', { audience: null, trust: rule }, "'audience' is null"],
    [
      'lesson E1: an empty audience',
      { audience: '', trust: rule },
      "must name this API, such as 'https://api.acme.dev'",
    ],
    ['lesson E1: a blank audience', { audience: ' \t', trust: rule }, 'must name this API'],
    ['lesson E1: an empty list', { audience: [], trust: rule }, 'must name this API'],
    ['lesson E1: a list with an empty audience', { audience: [audience, ''], trust: rule }, 'must name this API'],
    ['lesson E1: a list with undefined', { audience: [audience, undefined], trust: rule }, 'must name this API'],
    ['a pattern as audience', { audience: glob('**'), trust: rule }, 'must name this API'],
    ['a RegExp as audience', { audience: /.*/, trust: rule }, 'must name this API'],
    ['true as audience', { audience: true, trust: rule }, 'must name this API'],
    ['a Set as audience', { audience: new Set([audience]), trust: rule }, 'must name this API'],
    ['no trust', { audience }, 'A verifier needs trust: nobody gets in by default'],
    ['an undefined trust', { audience, trust: undefined }, "'trust' is undefined"],
    ['an empty trust', { audience, trust: [] }, 'nobody could call; add a rule'],
  ])('%s: a verifier does not construct', (_, options, message) => {
    refuses(options, message)
  })

  test('a verifier refuses a list of audiences with a hole', () => {
    const sparse = [audience]
    sparse[2] = 'https://next.acme.dev'
    refuses({ audience: sparse, trust: rule }, 'must name this API')
  })
})

test('trust refuses a deny rule', () => {
  const deny = githubActions.deny({ ownerId: '1' })
  for (const trust of [deny, [rule, deny]])
    refuses({ audience, trust }, 'A deny rule belongs in `deny`, not in `trust`')
})

describe('trust takes rules only', () => {
  test.each([
    ['a provider that was not called', githubActions, 'the provider itself: call it, githubActions({ … })'],
    ['a bound provider', gitlab.at('https://gitlab.acme.dev'), 'the provider itself: call it'],
    ['a provider in a list', [rule, gitlab], 'the provider itself: call it'],
    ['JSON', rule.toJSON(), 'made by calling a provider'],
    ['a forged rule', { effect: 'allow', toJSON: () => ({}) }, 'made by calling a provider'],
    ['a spread rule', { ...rule }, 'made by calling a provider'],
    ['a widened rule', { ...rule, checks: [] }, 'made by calling a provider'],
    ['a cloned rule', structuredClone({ ...rule }), 'made by calling a provider'],
    ['an object that inherits from a rule', Object.create(rule), 'made by calling a provider'],
    ['a proxy of a rule', new Proxy(rule, {}), 'made by calling a provider'],
    ['a function', () => rule, 'made by calling a provider'],
    ['text', 'github-actions', 'made by calling a provider'],
    ['rules within rules', [[rule]], 'made by calling a provider'],
    ['undefined in a list', [rule, undefined], 'made by calling a provider'],
    ['a hole in a list', Object.assign([rule], { length: 2 }), 'made by calling a provider'],
    ['a Set', new Set([rule]), 'made by calling a provider'],
    ['a deny rule', githubActions.deny({ ownerId: '1' }), 'A deny rule belongs in `deny`'],
  ])('trust refuses %s', (_, trust, message) => {
    refuses({ audience, trust }, message)
  })

  test.each([
    ['a trust rule', rule, 'made by deny()'],
    ['a lookup', githubActions.lookup(() => undefined), 'made by deny()'],
    ['a function', () => true, 'made by deny()'],
    ['an empty list', [], 'deny is an empty list: leave it out'],
    ['conditions', { ownerId: '1' }, 'made by deny()'],
    ['a spread rule', { ...githubActions.deny({ ownerId: '1' }) }, 'made by deny()'],
    ['undefined', undefined, "'deny' is undefined"],
  ])('deny refuses %s', (_, deny, message) => {
    refuses({ audience, trust: rule, deny }, message)
  })
})

describe('lesson M2: unknown options', () => {
  test.each([
    ['audiences', "did you mean 'audience'?"],
    ['Audience', "did you mean 'audience'?"],
    ['algorithms', "has no 'algorithms'"],
    ['issuer', "has no 'issuer'"],
    ['skipVerification', "has no 'skipVerification'"],
    ['path', "has no 'path'"],
  ])('a verifier refuses the unknown option %s', (name, message) => {
    refuses({ audience, trust: rule, [name]: true }, message)
  })
})

describe('values of options', () => {
  const bad: readonly (readonly [string, unknown, string])[] = [
    ...[-1, 301, Number.NaN, Infinity, '30', [30]].map(
      (value) => ['clockTolerance', value, 'a number of seconds from 0 to 300'] as const,
    ),
    ...[0, -1, 86_401, Number.NaN, Infinity, '60'].map(
      (value) => ['maxTokenAge', value, 'a number of seconds from 1 to 86400'] as const,
    ),
    ...['yes', 1, 0, {}].flatMap((value) => [
      ['optional', value, 'must be true or false'] as const,
      ['strict', value, 'must be true or false'] as const,
    ]),
    ['explain', 'all', "'none' or 'own' or 'full'"],
    ['explain', true, "'none' or 'own' or 'full'"],
    ['errors', 'next', "'respond' or 'throw'"],
    ['realm', '', 'printable ASCII'],
    ['realm', 'a"b', 'printable ASCII'],
    ['realm', 'a\r\nX: y', 'printable ASCII'],
    ['realm', 7, 'printable ASCII'],
    ['header', '', 'the name of one request header'],
    ['header', 'x y', 'the name of one request header'],
    ['header', 'x:', 'the name of one request header'],
    ['header', 'Cookie', 'the name of one request header'],
    ['header', ['authorization', 'x-token'], 'the name of one request header'],
    ['fetch', 'https://x.example', 'fetch must be a function'],
    ['onVerdict', {}, 'onVerdict must be a function'],
    ['onWarning', 'console', 'onWarning must be a function'],
    ['clock', {}, 'clock.now must be a function'],
    ['clock', { now: () => 0 }, 'clock.after must be a function'],
    ['clock', 0, 'clock.now must be a function'],
  ]
  test.each(bad)('lesson M3: a verifier refuses the option %s: %j', (name, value, message) => {
    refuses({ audience, trust: rule, [name]: value }, message)
  })

  test.each([...new Set(bad.map(([name]) => name))])(
    'lesson M3: a verifier refuses the option %s: undefined, and null',
    (name) => {
      for (const value of [undefined, null]) {
        refuses({ audience, trust: rule, [name]: value }, `'${name}' is ${String(value)}: leave the key out`)
      }
    },
  )

  test.each(['audience', 'trust'])('a verifier ignores an inherited %s', (name) => {
    const both: Record<string, unknown> = { audience, trust: rule }
    const options = Object.create(Object.assign(Object.create(null) as object, { [name]: both[name] })) as object
    delete both[name]
    expect(() => make(Object.assign(options, both))).toThrow(TypeError)
  })

  test.each([
    ['optional', true],
    ['strict', true],
    ['clockTolerance', 300],
    ['explain', 'full'],
    ['deny', githubActions.deny({ ownerId: '1234567' })],
  ])('lesson B3: a verifier ignores %s on Object.prototype', (name, value) => {
    const fetch = fetchKeys()
    const plain = compileConfig({ audience, trust: rule, fetch }) as unknown as Record<string, unknown>
    withPolluted(name, value, () => {
      const policy = compileConfig({ audience, trust: rule, fetch }) as unknown as Record<string, unknown>
      const had = Object.hasOwn(plain, name)
      expect(Object.hasOwn(policy, name) ? policy[name] : undefined).toEqual(had ? plain[name] : undefined)
      expect(policy['denies']).toMatchObject({ rules: [] })
    })
  })
})

describe('audiences that this API shares with others', () => {
  test.each([
    ['lesson E3', 'sts.amazonaws.com', rule],
    ['lesson E3', 'STS.amazonaws.com', rule],
    ['lesson E3', 'api://AzureADTokenExchange', rule],
    ['lesson E3', 'api://azureadtokenexchange', gitlab({ ownerId: '1' })],
    ['lesson E3', 'sigstore', circleci({ ownerId: org })],
    ['attack E6', 'https://github.com/acme', rule],
    ['attack E6', 'https://GitHub.com/Acme', rule],
    [
      'attack E6',
      'https://github.com/acme',
      githubActions.at('https://git.acme.dev/_services/token')({ ownerId: '1' }),
    ],
    [
      'attack E6',
      'https://git.acme.dev/ops',
      githubActions.at('https://git.acme.dev/_services/token')({ ownerId: '1' }),
    ],
    ['attack E6', 'https://github.com/acme', githubActions.lookup(() => undefined)],
    ['attack E6', 'https://gitlab.com', gitlab({ ownerId: '1' })],
    ['attack E6', 'https://gitlab.acme.dev', gitlab.at('https://gitlab.acme.dev')({ ownerId: '1' })],
    ['attack E6', org, circleci({ ownerId: org })],
    ['attack E6', org.toUpperCase(), circleci({ ownerId: org })],
    ['attack E6', org, circleci({ ownerId: ['11111111-2222-4333-8444-555555555555', org] })],
    ['attack E6', org, circleci.at('https://oidc.circleci.com')({ ownerId: org })],
  ])('%s: a verifier refuses the shared audience %s', (_, shared, trust) => {
    refuses({ audience: shared, trust }, 'others could replay their tokens here')
    refuses({ audience: [audience, shared], trust }, "choose a name of this API, such as 'https://api.acme.dev'")
  })

  test.each([
    ['https://github.com/acme/shop', rule],
    ['https://github.com', rule],
    ['https://gitlab.com', rule],
    ['https://api.acme.dev', circleci({ ownerId: org })],
    ['deploy-api', gitlab({ ownerId: '1' })],
  ])('a verifier accepts the audience %s', (own, trust) => {
    expect(() => make({ audience: own, trust })).not.toThrow()
  })
})

describe('one issuer, one provider, one source of keys', () => {
  const issuer = 'https://git.acme.dev/_services/token'
  const other = { ...publicJwk, kid: 'k2' }

  test.each([
    [
      'two providers',
      [rule, gitlab.at('https://token.actions.githubusercontent.com')({ ownerId: '1' })],
      'one issuer has one provider',
    ],
    [
      'two sets of keys',
      [
        githubActions.at(issuer, { keys: [publicJwk] })({ ownerId: '1' }),
        githubActions.at(issuer, { keys: [other] })({ ownerId: '2' }),
      ],
      'two sets of keys: make its rules from one and the same .at()',
    ],
    [
      'keys in one of two rules',
      [githubActions.at(issuer, { keys: [publicJwk] })({ ownerId: '1' }), githubActions.at(issuer)({ ownerId: '2' })],
      'two sets of keys',
    ],
    [
      'two URLs of keys',
      [
        githubActions.at(issuer, { jwksUri: 'https://a.example' })({ ownerId: '1' }),
        githubActions.at(issuer, { jwksUri: 'https://b.example' })({ ownerId: '1' }),
      ],
      'two sets of keys',
    ],
    [
      'two fetch functions',
      [
        githubActions.at(issuer, { fetch: fetchKeys() })({ ownerId: '1' }),
        githubActions.at(issuer, { fetch: fetchKeys() })({ ownerId: '1' }),
      ],
      'two sets of keys',
    ],
    [
      'the provider’s own issuer with other keys',
      [rule, githubActions.at('https://token.actions.githubusercontent.com', { keys: [publicJwk] })({ ownerId: '1' })],
      'two sets of keys',
    ],
    [
      'the provider’s own issuer after other keys',
      [githubActions.at('https://token.actions.githubusercontent.com', { keys: [publicJwk] })({ ownerId: '1' }), rule],
      'https://token.actions.githubusercontent.com is trusted with two sets of keys: make its rules from one and the same .at()',
    ],
    [
      'a lookup with other keys',
      [
        githubActions.at(issuer, { keys: [publicJwk] })({ ownerId: '1' }),
        githubActions.at(issuer).lookup(() => undefined),
      ],
      'two sets of keys',
    ],
  ])('a verifier refuses %s for one issuer', (_, trust, message) => {
    refuses({ audience, trust }, message)
  })

  test('two tables with the same id are two providers', () => {
    const table = {
      id: 'github-actions',
      title: 'Mine',
      issuer: 'https://token.actions.githubusercontent.com',
      algorithms: ['RS256'],
      claims: { repository_owner_id: 'id' },
      identity: { ownerId: 'repository_owner_id' },
      pins: ['ownerId'],
    } as const
    refuses({ audience, trust: [rule, defineProvider(table)({ ownerId: '1' })] }, 'one issuer has one provider')
  })

  test('a verifier accepts several rules of one .at()', () => {
    const at = githubActions.at(issuer, { keys: [publicJwk] })
    expect(() => make({ audience, trust: [at({ ownerId: '1' }), at({ ownerId: '2' })] })).not.toThrow()
  })

  test('a verifier accepts two .at() with equal options', () => {
    const twice = [1, 2].map((id) => githubActions.at(issuer, { keys: [{ ...publicJwk }] })({ ownerId: String(id) }))
    expect(() => make({ audience, trust: twice })).not.toThrow()
  })
})

describe('strict (lesson G4)', () => {
  test.each([
    ['an owner name', githubActions({ owner: 'acme' })],
    ['a repository name', githubActions({ repository: 'acme/shop' })],
    ['a pattern', githubActions({ repository: glob('acme/*') })],
    ['a group path', gitlab({ owner: 'acme' })],
    ['an enterprise name', githubActions({ enterprise: 'acme-inc' })],
    ['a raw name', githubActions({ claims: { repository_owner: 'acme' } })],
  ])('a strict verifier refuses a rule pinned by %s, and names the ids', (_, trust) => {
    refuses({ audience, trust, strict: true }, 'strict: a rule for')
    refuses({ audience, trust, strict: true }, 'pin an id: ownerId or repositoryId')
    expect(() => make({ audience, trust })).not.toThrow()
  })

  test('a strict verifier refuses a platform whose tokens have no ids', () => {
    const provider = defineProvider({
      id: 'acme-ci',
      title: 'Acme CI',
      issuer: 'https://ci.acme.dev',
      algorithms: ['RS256'],
      claims: { team: 'name' },
      identity: { owner: 'team' },
      pins: ['owner'],
    })
    refuses(
      { audience, trust: provider({ owner: 'red' }), strict: true },
      'strict: a rule for Acme CI is pinned by names, which others can take over; its tokens have no ids, so a strict verifier cannot trust it',
    )
  })

  test.each([
    ['an id', rule],
    ['an id and a name', githubActions({ repository: 'acme/shop', repositoryId: '7' })],
    ['a raw id', githubActions({ claims: { repository_id: '7' } })],
    [
      'an id on a self-hosted server',
      kubernetes.at('https://cluster.acme.dev')({ serviceAccountId: 'ac6d5e4f-0000-4031-9c2d-3e4f50617283' }),
    ],
    ['the issuer’s tenant', circleci({ ownerId: org, repository: 'github.com/acme/shop', branch: 'main' })],
    ['a look-up, whose rules are checked when found', githubActions.lookup(() => undefined)],
  ])('a strict verifier accepts %s', (_, trust) => {
    expect(() => make({ audience, trust, strict: true })).not.toThrow()
  })
})

describe('warnings', () => {
  const warningsOf = (trust: VerifierOptions['trust']): string[] => {
    const warnings: string[] = []
    make({ audience, trust, onWarning: (message: string) => warnings.push(message) })
    return warnings
  }

  test('lesson F9: an exact value that looks like a pattern triggers a warning', () => {
    expect(warningsOf([githubActions({ ownerId: '1', environment: 'prod*' })])[0]).toContain('Did you mean glob()?')
    expect(warningsOf([rule])).toEqual([])
  })

  test('the same warning is given once', () => {
    expect(
      warningsOf([
        githubActions({ ownerId: '1', environment: 'prod*' }),
        githubActions({ ownerId: '1', environment: 'prod*' }),
      ]),
    ).toHaveLength(1)
  })

  test('warnings go to process.emitWarning by default', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    try {
      make({ audience, trust: githubActions({ ownerId: '1', environment: 'prod*' }) })
      expect(emit).toHaveBeenCalledTimes(1)
      expect(emit.mock.calls[0]?.[1]).toBe('JobpassWarning')
    } finally {
      emit.mockRestore()
    }
  })

  test('an onWarning hook that throws changes nothing', () => {
    const onWarning = (): void => {
      throw new Error('x')
    }
    expect(() =>
      make({ audience, trust: githubActions({ ownerId: '1', environment: 'prod*' }), onWarning }),
    ).not.toThrow()
  })
})

describe('settings of a rule apply only to tokens that it admits', () => {
  const verify = (trust: VerifierOptions['trust'], claims: object, options: object = {}): Promise<unknown> =>
    codeOf(
      createVerifier({ audience, trust, fetch: fetchKeys(), clock: clockAt(now), ...options }).verify(
        signToken(claims),
      ),
    )
  const own = 'https://deploy.acme.dev'

  test('the audience of a rule is accepted from its issuer only', async () => {
    const trust = [githubActions({ ownerId: '1234567' }, { audience: own }), gitlab({ ownerId: '99' })]
    expect(await verify(trust, claimsWith(githubPush, { aud: own }))).toBe('allowed')
    expect(await verify(trust, githubPush)).toBe('audience_mismatch')
    expect(await verify(trust, gitlabPush)).toBe('allowed')
    expect(await verify(trust, claimsWith(gitlabPush, { aud: own }))).toBe('audience_mismatch')
  })

  test('a token with the audience of one rule does not match another rule of the issuer', async () => {
    const trust = [githubActions({ repositoryId: '666' }, { audience: own }), githubActions({ ownerId: '1234567' })]
    expect(await verify(trust, githubPush)).toBe('allowed')
    expect(await verify(trust, claimsWith(githubPush, { aud: own }))).toBe('workload_forbidden')
  })

  test('a token with several audiences matches only a rule that accepts them', async () => {
    const aud = [audience, 'https://other.example']
    const several = gitlab({ repositoryId: '48120077' }, { multipleAudiences: true })
    expect(await verify([several], claimsWith(gitlabPush, { aud }))).toBe('allowed')
    expect(
      await verify(
        [several, gitlab({ ownerId: '99' })],
        claimsWith(gitlabPush, { aud, project_id: '1', job_project_id: '1' }),
      ),
    ).toBe('workload_forbidden')
    expect(await verify([gitlab({ ownerId: '99' })], claimsWith(gitlabPush, { aud }))).toBe('audience_multiple')
  })

  test('lesson E7: a token with a longer lifetime matches only a rule that accepts it', async () => {
    const long = { exp: now + 100_000 }
    expect(await verify([rule], claimsWith(githubPush, long))).toBe('token_lifetime')
    const trust = [githubActions({ repositoryId: '74205118' }, { maxLifetime: 200_000 }), rule]
    expect(await verify(trust, claimsWith(githubPush, long))).toBe('allowed')
    expect(
      await verify(
        trust,
        claimsWith(githubPush, { ...long, repository_id: '1', sub: 'repo:acme/x:ref:refs/heads/main' }),
      ),
    ).toBe('workload_forbidden')
  })

  test('lesson E7: the maximum age of a rule applies in addition to the verifier’s', async () => {
    const young = githubActions({ ownerId: '1234567' }, { maxTokenAge: 10 })
    expect(await verify([young], githubPush)).toBe('token_too_old')
    expect(await verify([young, githubActions({ ownerId: '666' })], githubPush)).toBe('workload_forbidden')
    expect(await verify([githubActions({ ownerId: '1234567' }, { maxTokenAge: 60 })], githubPush)).toBe('allowed')
    expect(await verify([rule], githubPush, { maxTokenAge: 10 })).toBe('token_too_old')
  })

  test('lesson E5: the clock tolerance applies to the age of a rule as to the verifier’s', async () => {
    // The token is 50 s old: over the limit of 30 s, but within the tolerance of another 30 s.
    const limit = { maxTokenAge: 30 }
    expect(await verify([rule], githubPush, limit)).toBe('allowed')
    expect(await verify([githubActions({ ownerId: '1234567' }, limit)], githubPush)).toBe('allowed')
    expect(await verify([githubActions({ ownerId: '1234567' }, limit)], githubPush, { clockTolerance: 0 })).not.toBe(
      'allowed',
    )
  })

  test('a token of an untrusted event matches only a rule with anyEvent()', async () => {
    const trust = [githubActions({ repositoryId: '74205118', event: anyEvent() }), rule]
    const pull = claimsWith(githubPush, { event_name: 'pull_request_target' })
    expect(await verify(trust, pull)).toBe('allowed')
    expect(await verify([rule], pull)).toBe('workload_forbidden')
  })
})
