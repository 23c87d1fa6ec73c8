// Issuers that tenants bring: asked for once, fetched only when named, forgotten when removed.

import type { AnyWorkload, TrustRule, Types, VerdictEvent, Verifier, VerifierOptions } from '@jobpass/core'
import { circleci, createVerifier, getMatched, githubActions, gitlab, tenantIssuers } from '@jobpass/core'
import { requireWorkload, workloadAuth } from '@jobpass/express'
import { serviceTokens } from '@jobpass/exchange'
import type { TestIssuer } from '@jobpass/testing'
import { createTestIssuer } from '@jobpass/testing'
import { circleciOrganization, codeOf, manualClock, signToken, withPolluted } from '@jobpass/testing/internal'
import type { ManualClock } from '@jobpass/testing/internal'
import express from 'express'
import supertest from 'supertest'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'

const aud = 'https://api.acme.dev'
const [red, blue] = ['https://gitlab.red.example', 'https://git.blue.example/_services/token'] as const
const ids = { namespace_id: '7', project_id: '70' }

let clock: ManualClock
let asked: string[]
/** Made once, since making a key takes a third of a second. */
let servers: ReadonlyMap<string, TestIssuer<AnyWorkload>>
/** The rules of each tenant, by issuer: what the application's database has. */
let rows: Map<string, () => unknown>

beforeAll(async () => {
  const ofTest = { now: () => clock.now() }
  const made = [
    await createTestIssuer(gitlab, { issuer: red, clock: ofTest }),
    await createTestIssuer(githubActions, { issuer: blue, clock: ofTest }),
  ]
  servers = new Map(made.map((server) => [server.issuer, server as unknown as TestIssuer<AnyWorkload>]))
})

beforeEach(() => {
  clock = manualClock()
  asked = []
  rows = new Map<string, () => unknown>([
    [red, () => gitlab.at(red)({ ownerId: '7' }, { data: { tenant: 'red' } })],
    [blue, () => githubActions.at(blue)({ ownerId: '7' }, { data: { tenant: 'blue' } })],
  ])
})

/** The network: the servers of the tenants, and nothing else. */
const network: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : String(input)
  const server = [...servers.values()].find(({ issuer }) => url.startsWith(`${issuer}/`))
  fetched.push(url)
  if (server === undefined) throw new TypeError('fetch failed')
  return server.fetch(input, init)
}
const fetched: string[] = []

const lookUp = async (issuer: string): Promise<TrustRule | undefined> => {
  asked.push(issuer)
  return rows.get(issuer)?.() as TrustRule | undefined
}

function verifierWith(
  find: (issuer: string) => unknown = lookUp,
  options: Types.TenantIssuerOptions = {},
  more: Partial<VerifierOptions> = {},
): Verifier {
  fetched.length = 0
  return createVerifier({
    audience: aud,
    trust: tenantIssuers(find as typeof lookUp, options),
    fetch: network,
    clock,
    onWarning: () => {},
    ...more,
  })
}

const verifying = (...given: Parameters<typeof verifierWith>): Verifier['verify'] => {
  const verifier = verifierWith(...given)
  return (token) => verifier.verify(token)
}

const mint = (issuer: string, claims: object = {}): Promise<string> => {
  const named = issuer === red ? ids : { repository_owner_id: '7', repository_id: '70' }
  return (servers.get(issuer) as TestIssuer<AnyWorkload>).mint({ aud, ...named, ...claims })
}

/** A token that nobody signed. */
const forged = (iss: unknown, claims: object = {}): string =>
  signToken({ iss, aud, sub: 's', exp: 4e9, iat: 1, ...claims })

describe('an issuer that the application names', () => {
  test('its tokens verify, by its own keys', async () => {
    const verify = verifying()
    expect(await verify(await mint(red))).toMatchObject({ provider: 'gitlab', issuer: red, ownerId: '7' })
    expect(await verify(await mint(blue))).toMatchObject({ provider: 'github-actions', issuer: blue, ownerId: '7' })
    expect(asked).toEqual([red, blue])
    expect(fetched).toEqual(
      [
        `${red}/.well-known/openid-configuration`,
        `${red}/oauth/discovery/keys`,
        `${blue}/.well-known/openid-configuration`,
        `${blue}/.well-known/jwks`,
      ].map((url) => expect.stringMatching(new RegExp(`^${url.split('/').slice(0, 3).join('/')}`))),
    )
  })

  test('it is asked for once per maxAge, and its keys are kept beyond', async () => {
    const verify = verifying()
    const token = await mint(red)
    for (let call = 0; call < 50; call++) await verify(token)
    expect(asked).toEqual([red])
    const before = fetched.length
    clock.advance(299)
    await verify(await mint(red))
    expect(asked).toEqual([red])
    clock.advance(1)
    await verify(await mint(red))
    expect([asked, fetched.length]).toEqual([[red, red], before])
  })

  test('many calls at once ask once', async () => {
    const verify = verifying()
    const tokens = await Promise.all(Array.from({ length: 200 }, () => mint(red)))
    await Promise.all(tokens.map(async (token) => verify(token)))
    expect([asked, fetched]).toEqual([[red], [expect.any(String), expect.any(String)]])
  })

  test('a removed tenant is out within maxAge, with tokens that were verified before', async () => {
    const verify = verifying(lookUp, { maxAge: 60 })
    const token = await mint(red)
    await verify(token)
    rows.delete(red)
    clock.advance(59)
    expect(await codeOf(verify(token))).toBe('allowed')
    clock.advance(1)
    expect(await codeOf(verify(token))).toBe('issuer_untrusted')
    expect(await codeOf(verify(await mint(red)))).toBe('issuer_untrusted')
  })

  test('a changed rule counts within maxAge, also for tokens that were verified before', async () => {
    const verify = verifying(lookUp, { maxAge: 60 })
    const token = await mint(red)
    await verify(token)
    rows.set(red, () => gitlab.at(red)({ ownerId: '8' }))
    clock.advance(60)
    expect(await codeOf(verify(token))).toBe('workload_forbidden')
  })

  test('new keys in the answer replace the old ones', async () => {
    const verify = verifying(lookUp, { maxAge: 60 })
    const token = await mint(red)
    await verify(token)
    const other = await createTestIssuer(gitlab, { issuer: red, clock })
    rows.set(red, () => gitlab.at(red, { keys: other.keys as never })({ ownerId: '7' }))
    clock.advance(60)
    expect(await codeOf(verify(token))).toBe('key_unknown')
    expect(await codeOf(verify(await other.mint({ aud, ...ids })))).toBe('allowed')
  })

  test('an answer may hold look-ups, several rules, and a tenant of a provider with one issuer each', async () => {
    const issuer = `https://oidc.circleci.com/org/${circleciOrganization}`
    const server = await createTestIssuer(circleci, { clock })
    const find = (asking: string): unknown =>
      asking === issuer
        ? circleci({ ownerId: circleciOrganization })
        : asking === red
          ? [gitlab.at(red)({ ownerId: '8' }), gitlab.at(red).lookup(() => gitlab.at(red)({ ownerId: '7' }))]
          : undefined
    const verify = verifying(
      find,
      {},
      {
        fetch: async (input, init) =>
          String(input).startsWith(issuer) ? server.fetch(input, init) : network(input, init),
      },
    )
    expect(await codeOf(verify(await mint(red)))).toBe('allowed')
    expect(await codeOf(verify(await server.mint({ aud, ownerId: circleciOrganization })))).toBe('allowed')
  })

  test('its deny rules, settings and one-time rules hold', async () => {
    const denied = verifierWith(lookUp, {}, { deny: gitlab.at(red).deny({ repositoryId: '70' }) })
    expect(await codeOf(denied.verify(await mint(red)))).toBe('workload_denied')
    rows.set(red, () => gitlab.at(red)({ ownerId: '7' }, { maxTokenAge: 60 }))
    const aged = verifierWith()
    const token = await mint(red)
    clock.advance(100)
    expect(await codeOf(aged.verify(token))).toBe('token_too_old')
  })
})

describe('an issuer that the application does not name', () => {
  test('1000 random issuers are not fetched', async () => {
    const verify = verifying()
    for (let index = 0; index < 1000; index++)
      expect(await codeOf(verify(forged(`https://gitlab-${index}.evil.example`)))).toBe('issuer_untrusted')
    expect([fetched, asked.length]).toEqual([[], 1000])
  })

  test('10000 tokens of one issuer ask once per unknownMaxAge', async () => {
    const verify = verifying()
    const [header, , signature] = forged('https://evil.example').split('.')
    for (let index = 0; index < 10_000; index++) {
      const claims = JSON.stringify({ iss: 'https://evil.example', aud, exp: 4e9, iat: 1, jti: `j${index}` })
      await codeOf(verify(`${header}.${Buffer.from(claims).toString('base64url')}.${signature}`))
    }
    expect([fetched, asked]).toEqual([[], ['https://evil.example']])
    clock.advance(59)
    await codeOf(verify(forged('https://evil.example')))
    expect(asked).toHaveLength(1)
    clock.advance(1)
    await codeOf(verify(forged('https://evil.example')))
    expect(asked).toHaveLength(2)
  })

  test('a tenant that signs up is in after unknownMaxAge', async () => {
    const rule = rows.get(red) as () => unknown
    rows.delete(red)
    const verify = verifying(lookUp, { unknownMaxAge: 10 })
    expect(await codeOf(verify(await mint(red)))).toBe('issuer_untrusted')
    rows.set(red, rule)
    clock.advance(10)
    expect(await codeOf(verify(await mint(red)))).toBe('allowed')
  })

  test.each([
    ['another path', `${red}/x`],
    ['a slash at the end', `${red}/`],
    ['another host below', `${red}.evil.example`],
    ['a user name', 'https://gitlab.red.example@evil.example'],
    ['capitals', 'https://GITLAB.red.example'],
    ['another port', `${red}:8443`],
    ['http', 'http://gitlab.red.example'],
  ])('an issuer that looks like a tenant’s is another: %s', async (_, iss) => {
    const verify = verifying()
    expect(await codeOf(verify(await mint(red)))).toBe('allowed')
    const before = fetched.length
    expect(await codeOf(verify(forged(iss)))).toBe('issuer_untrusted')
    expect(fetched).toHaveLength(before)
  })

  test.each([
    'http://gitlab.red.example',
    'https://user@gitlab.red.example',
    'https://gitlab.red.example?a',
    'https://gitlab.red.example#a',
    'https://gitlab.red.example/..',
    'https://gitlab.red.example//',
    'https://*.example',
    `https://${'a'.repeat(300)}.example`,
    'javascript:alert(1)',
    'file:///etc/passwd',
    'gitlab.red.example',
    '',
  ])('text that is no issuer is not even asked for: %j', async (iss) => {
    const verify = verifying()
    expect(['issuer_untrusted', 'token_malformed']).toContain(await codeOf(verify(forged(iss))))
    expect([fetched, asked]).toEqual([[], []])
  })

  test('with optional, a call passes without a workload', async () => {
    const verifier = verifierWith(lookUp, {}, { optional: true })
    expect(await verifier.authorize(`Bearer ${forged('https://evil.example')}`)).toBeUndefined()
    expect(await verifier.authorize(`Bearer ${await mint(red)}`)).toMatchObject({ issuer: red })
  })

  test('names of Object.prototype are no issuers', async () => {
    const verify = verifying()
    const calls: Promise<unknown>[] = []
    withPolluted('https://evil.example', { trusted: true }, () =>
      calls.push(codeOf(verify(forged('https://evil.example')))),
    )
    expect(await Promise.all(calls)).toEqual(['issuer_untrusted'])
    for (const iss of ['constructor', '__proto__', 'toString'])
      expect(await codeOf(verify(forged(iss)))).toBe('issuer_untrusted')
  })
})

describe('two tenants', () => {
  test('equal ids never mix', async () => {
    const tenants = tenantIssuers(lookUp)
    const app = express()
    app.use(workloadAuth({ audience: aud, trust: tenants, fetch: network, clock }))
    app.get('/', (req, res) => void res.json(getMatched(req, tenants).data))
    app.get('/red', requireWorkload(gitlab.at(red)({ ownerId: '7' })), (_req, res) => void res.end())
    const get = async (path: string, token: string): Promise<[number, unknown]> => {
      const { status, body } = await supertest(app).get(path).auth(token, { type: 'bearer' })
      return [status, body]
    }
    expect(await get('/', await mint(red))).toEqual([200, { tenant: 'red' }])
    expect(await get('/', await mint(blue))).toEqual([200, { tenant: 'blue' }])
    expect((await get('/red', await mint(red)))[0]).toBe(200)
    expect((await get('/red', await mint(blue)))[0]).toBe(403)
  })

  test('keys never mix: a token in the name of another tenant does not verify', async () => {
    const verify = verifying()
    await verify(await mint(red))
    await verify(await mint(blue))
    expect(await codeOf(verify(await mint(red, { iss: blue })))).toBe('key_unknown')
    expect(await codeOf(verify(await mint(blue, { iss: red })))).toBe('key_unknown')
  })

  test('the least recently used issuers above maxIssuers are forgotten', async () => {
    const verify = verifying(lookUp, { maxIssuers: 1 })
    for (const issuer of [red, red, blue, red]) await verify(await mint(issuer))
    expect(asked).toEqual([red, blue, red])
  })
})

describe('an application that cannot answer', () => {
  const eventsOf = async (find: (issuer: string) => unknown): Promise<[string, VerdictEvent | undefined, string[]]> => {
    const events: VerdictEvent[] = []
    const warnings: string[] = []
    const verifier = verifierWith(
      find,
      {},
      { onVerdict: (event) => void events.push(event), onWarning: (message) => void warnings.push(message) },
    )
    return [String(await codeOf(verifier.verify(await mint(red)))), events[0], warnings]
  }

  test('an error is an outage, whose text only the hook gets', async () => {
    const cause = new Error('password=hunter2')
    const [code, event, warnings] = await eventsOf(() => Promise.reject(cause))
    expect([code, event?.cause, event?.unverified?.issuer]).toEqual(['resolver_unavailable', cause, red])
    expect(warnings).toEqual(['A look-up of an issuer failed: Error'])
  })

  test('an answer that takes longer than 5 s is an outage', async () => {
    const verify = verifying(() => new Promise(() => {}))
    const code = codeOf(verify(await mint(red)))
    await Promise.resolve()
    clock.advance(5)
    expect(await code).toBe('resolver_unavailable')
  })

  test('an outage is not remembered', async () => {
    let isUp = false
    const verify = verifying((issuer) => (isUp ? lookUp(issuer) : Promise.reject(new Error('down'))))
    expect(await codeOf(verify(await mint(red)))).toBe('resolver_unavailable')
    isUp = true
    expect(await codeOf(verify(await mint(red)))).toBe('allowed')
  })

  test.each<[string, () => unknown, string]>([
    [
      'a rule for another issuer',
      () => gitlab({ ownerId: '7' }),
      `tenantIssuers() was asked for the issuer "${red}", and found a rule for https://gitlab.com: make it by .at(issuer)`,
    ],
    ['a deny rule', () => gitlab.at(red).deny({ ownerId: '7' }), 'A deny rule belongs in `deny`, not in `trust`'],
    [
      'a provider',
      () => gitlab,
      "trust takes rules made by calling a provider, such as githubActions({ ownerId: '1234567' }), not the provider itself: call it, gitlab({ … })",
    ],
    [
      'true',
      () => true,
      "trust takes rules made by calling a provider, such as githubActions({ ownerId: '1234567' }), not true",
    ],
    ['null', () => null, ''],
    [
      'two providers',
      () => [gitlab.at(red)({ ownerId: '7' }), githubActions.at(`${red}/_services/token`)({ ownerId: '7' })],
      `tenantIssuers() was asked for the issuer "${red}", and found a rule for ${red}/_services/token: make it by .at(issuer)`,
    ],
    [
      'trust in an exchange',
      () => serviceTokens(red, { jobs: githubActions }),
      'tenantIssuers() finds no serviceTokens()',
    ],
  ])('an answer that is no rule for the issuer admits nobody: %s', async (_, find, detail) => {
    const [code, , warnings] = await eventsOf(find)
    if (detail === '') return expect([code, warnings]).toEqual(['issuer_untrusted', []])
    expect([code, warnings]).toEqual(['resolver_unavailable', [`A look-up of an issuer failed: ${detail}`]])
  })

  test('what a strict verifier does not trust is an outage', async () => {
    rows.set(red, () => gitlab.at(red)({ owner: 'acme' }))
    const warnings: string[] = []
    const strict = verifierWith(lookUp, {}, { strict: true, onWarning: (message) => void warnings.push(message) })
    expect(await codeOf(strict.verify(await mint(red)))).toBe('resolver_unavailable')
    expect(warnings[0]).toContain('pin an id')
  })

  test('beyond 100 open questions, unknown issuers get 503, and known ones are still asked for', async () => {
    let hangs = false
    const verify = verifying((issuer) => (hangs && issuer !== red ? new Promise(() => {}) : lookUp(issuer)), {
      maxAge: 60,
    })
    await verify(await mint(red))
    hangs = true
    const open = Array.from({ length: 100 }, (_, index) => codeOf(verify(forged(`https://n${index}.example`))))
    await Promise.resolve()
    expect(await codeOf(verify(forged('https://n100.example')))).toBe('resolver_unavailable')
    clock.advance(4)
    clock.freeze(56)
    expect(await codeOf(verify(await mint(red)))).toBe('allowed')
    clock.advance(5)
    expect(new Set(await Promise.all(open))).toEqual(new Set(['resolver_unavailable']))
  })
})

test('at most 20 documents are fetched at once', async () => {
  let [running, most] = [0, 0]
  const issuers = Array.from({ length: 60 }, (_, index) => `https://t${index}.example`)
  const slow: typeof fetch = async () => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    throw new TypeError('fetch failed')
  }
  const own: typeof fetch = (input, init) => slow(input, init)
  const verify = verifying(
    (issuer) => gitlab.at(issuer, issuer.includes('9') ? { fetch: own } : {})({ ownerId: '7' }),
    {},
    { fetch: slow },
  )
  const codes = await Promise.all(issuers.map((iss) => codeOf(verify(forged(iss, ids)))))
  expect(new Set(codes)).toEqual(new Set(['issuer_unavailable']))
  expect(most).toBe(20)
})

describe('options', () => {
  const make = tenantIssuers as unknown as (find: unknown, options?: unknown) => never

  test.each<[unknown, unknown, string]>([
    [undefined, {}, 'tenantIssuers() takes a function that finds the rules for an issuer, not undefined'],
    [() => undefined, { maxAge: 0 }, 'tenantIssuers(): maxAge must be a whole number from 1 to 3600, not 0'],
    [() => undefined, { maxAge: 3601 }, 'tenantIssuers(): maxAge must be a whole number from 1 to 3600, not 3601'],
    [
      () => undefined,
      { unknownMaxAge: '60' },
      'tenantIssuers(): unknownMaxAge must be a whole number from 1 to 3600, not "60"',
    ],
    [
      () => undefined,
      { maxIssuers: 0.5 },
      'tenantIssuers(): maxIssuers must be a whole number from 1 to 100000, not 0.5',
    ],
    [
      () => undefined,
      { maxage: 1 },
      "tenantIssuers() has no 'maxage'; did you mean 'maxAge'? Known: maxAge, unknownMaxAge, maxIssuers",
    ],
  ])('%j with %j is refused', (find, options, message) => {
    expect(() => make(find, options)).toThrow(new TypeError(message))
  })

  test('a verifier has one function that finds issuers', () => {
    const trust = [tenantIssuers(() => undefined), tenantIssuers(() => undefined)]
    expect(() => createVerifier({ audience: aud, trust })).toThrow(new TypeError('trust takes one tenantIssuers()'))
  })

  test('issuers in trust are never asked for', async () => {
    const verify = verifying(lookUp, {}, { trust: [tenantIssuers(lookUp), gitlab.at(red)({ ownerId: '7' })] })
    expect(await codeOf(verify(await mint(red)))).toBe('allowed')
    expect(asked).toEqual([])
  })

  test('a look-up of a provider with an issuer per tenant says where tenants are looked up', () => {
    expect(() => (circleci as unknown as { lookup: (find: unknown) => unknown }).lookup(() => undefined)).toThrow(
      new TypeError('CircleCI has an issuer per tenant: look tenants up by tenantIssuers() in trust'),
    )
  })

  test('a route’s rule for a tenant’s issuer causes no warning', async () => {
    const warnings: string[] = []
    const verifier = verifierWith(lookUp, {}, { onWarning: (message) => void warnings.push(message) })
    await verifier.guard(gitlab.at(red)({ ownerId: '7' }))(`Bearer ${await mint(red)}`)
    expect(warnings).toEqual([])
  })
})
