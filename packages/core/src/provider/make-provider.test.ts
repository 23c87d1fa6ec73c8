import { circleci, defineProvider, githubActions, gitlab } from '@jobpass/core'
import type { ProviderTable } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { publicJwk } from '../../../../test/lessons/forge.ts'
import { circleciOrganization as org } from '../../../../test/lessons/samples.ts'
import { commonFields } from '../model/workload.ts'

type Untyped = (...args: readonly unknown[]) => unknown
const atGithub = Reflect.get(githubActions, 'at') as Untyped

/** A table that is right, with some of it replaced; `undefined` leaves a key out. */
function table(changes: Readonly<Record<string, unknown>>): ProviderTable {
  const all: Record<string, unknown> = {
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['ES256'],
    claims: { team_id: 'id', repo: 'name', ref: 'text', trigger: 'text' },
    identity: { ownerId: 'team_id', repository: 'repo', ref: 'ref', event: 'trigger' },
    pins: ['ownerId'],
    trustedEvents: ['push'],
    ...changes,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as unknown as ProviderTable
}

const define = defineProvider as unknown as (table: ProviderTable) => Untyped & { at: Untyped; lookup: Untyped }
const refuses = (make: () => unknown, message: string | RegExp): void => {
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
}

describe('a table that contradicts itself does not construct', () => {
  test.each([
    ['no id', { id: undefined }, 'needs an id'],
    ['an empty id', { id: '' }, 'needs an id'],
    ['an unknown key', { trustedEvent: ['push'] }, "did you mean 'trustedEvents'?"],
    ['no algorithm', { algorithms: [] }, 'needs algorithms'],
    ['algorithms that are text', { algorithms: 'RS256' }, 'needs algorithms'],
    ['lesson C1: HMAC', { algorithms: ['RS256', 'HS256'] }, '"HS256" is no signature algorithm here'],
    ['lesson C1: none', { algorithms: ['none'] }, '"none" is no signature algorithm here'],
    ['encryption', { algorithms: ['RSA-OAEP'] }, 'no signature algorithm'],
    ['a word nobody knows', { claims: { team_id: 'string' } }, "'string' is no word for a claim"],
    ['a field of no claim', { identity: { ownerId: 'team' } }, 'which is no claim'],
    ['a path of no claim', { identity: { ownerId: ['team_id', 'x'] } }, 'which is no claim'],
    ['a pin that is no field', { pins: ['owner'] }, "speaks of a field 'owner'"],
    ['unusual that is no field', { untrustedWhen: ['pullRequest'] }, "speaks of a field 'pullRequest'"],
    ['needs of no field', { requires: { branch: 'repository' } }, "speaks of a field 'branch'"],
    ['needs another that is no field', { requires: { ref: ['repository', 'owner'] } }, "speaks of a field 'owner'"],
    ['a shared issuer and no pins', { pins: [] }, 'shared issuer and no pins'],
    ['a pin nobody may write', { identity: { ownerId: 'team_id', tokenId: 'repo' }, pins: ['tokenId'] }, 'no rule key'],
    ['a tenant that is no field', { issuer: 'https://{team}.acme.dev' }, "speaks of a field 'team'"],
    ['two tenants', { issuer: 'https://{ownerId}.acme.dev/{repository}' }, 'one tenant field'],
    [
      'a tenant shape nobody knows',
      { issuer: 'https://{ownerId}.acme.dev', shapes: { ownerId: 'word' } },
      'must be one of uuid, braced-uuid, dns-label, slug, url-safe',
    ],
  ])('refuses %s', (_, changes, message) => {
    refuses(() => define(table(changes)), message)
  })

  test.each([
    'issuer',
    'subject',
    'audience',
    'issuedAt',
    'expiresAt',
    'provider',
    'claims',
    'where',
    'ownerKey',
    'repositoryKey',
    'settings',
    'reportOnly',
    'deny',
  ])('refuses an own field called %s, which is core’s', (name) => {
    refuses(
      () => define(table({ identity: { ownerId: 'team_id', [name]: 'repo' }, trustedEvents: undefined })),
      'is taken',
    )
  })

  test.each([
    'http://ci.acme.dev',
    'http://127.0.0.1:9',
    'ci.acme.dev',
    'https://ci.acme.dev//x',
    'https://ci.acme.dev?x',
    'https://ci.acme.dev#x',
    'https://user@ci.acme.dev',
    'https://ci.acme.dev/../x',
    'https://ci.acme.dev:0443',
    'http://{ownerId}.acme.dev',
  ])('lesson D13: refuses the issuer %s', (issuer) => {
    refuses(() => define(table({ issuer })), 'issuer')
  })

  test('a table with an event lists its ordinary ones, else every stranger’s trigger were trusted', () => {
    refuses(() => define(table({ trustedEvents: undefined })), 'ordinary')
  })

  test('a table with ordinary events has an event', () => {
    refuses(() => define(table({ identity: { ownerId: 'team_id' } })), 'event')
  })

  test.each(['claims', 'identity', 'pins'])('says what is missing without %s', (key) => {
    refuses(() => define(table({ [key]: undefined })), key)
  })
})

describe('a provider', () => {
  test.each([
    [githubActions, 'github-actions', 'GitHub Actions', 'https://token.actions.githubusercontent.com'],
    [gitlab, 'gitlab', 'GitLab CI', 'https://gitlab.com'],
    [circleci, 'circleci', 'CircleCI', 'https://oidc.circleci.com/org/{ownerId}'],
  ])('says what it is', (provider, id, title, issuer) => {
    expect([provider.id, provider.title, provider.issuer]).toEqual([id, title, issuer])
  })

  test.each([
    ['github-actions', githubActions, ['enterprise', 'enterpriseId']],
    ['gitlab', gitlab, []],
    ['circleci', circleci, ['contextIds', 'sshRerun']],
  ])('%s has common fields, and own ones by intention only', (_, { table: facts }, own) => {
    const names = Object.keys(facts.identity)
    expect(names.filter((name) => !(commonFields as readonly string[]).includes(name))).toEqual(own)
  })

  test('cannot be changed', () => {
    expect(Object.isFrozen(githubActions)).toBe(true)
    expect(() => (githubActions.table.trustedEvents as string[]).push('pull_request_target')).toThrow(TypeError)
    expect(() => (githubActions.table.pins as string[]).push('branch')).toThrow(TypeError)
    expect(() => Object.assign(githubActions.table.claims, { x: 'id' })).toThrow(TypeError)
  })

  test.each([false, true])('does not follow later changes of its table (frozen at the top: %s)', (frozen) => {
    const pins = ['ownerId']
    const facts = table({ pins })
    if (frozen) Object.freeze(facts)
    const provider = define(facts)
    try {
      pins.push('repository')
    } catch {
      // A list that was frozen would do as well.
    }
    refuses(() => provider({ repository: 'acme/shop' }), 'must pin')
  })
})

describe('.at()', () => {
  test('binds the provider to another issuer', () => {
    const enterprise = githubActions.at('https://git.acme.dev/_services/token')
    expect(enterprise.issuer).toBe('https://git.acme.dev/_services/token')
    expect(enterprise.id).toBe('github-actions')
    expect(githubActions.issuer).toBe('https://token.actions.githubusercontent.com')
  })

  test.each([
    [undefined, 'must be a URL'],
    ['https://gitlab.com?x', '"https://gitlab.com"'],
    ['http://gitlab.com', 'must be https:'],
    ['http://127.0.0.1:3000', 'insecureLoopback: true'],
    ['https://gitlab.com/a/..', '"https://gitlab.com"'],
    ['https://user:pass@gitlab.com', '"https://gitlab.com"'],
    ['https://gitlab.com#x', '"https://gitlab.com"'],
  ])('attack E10: refuses %j', (issuer, message) => {
    refuses(() => atGithub(issuer), message)
  })

  test('attack A3: a template or a family of issuers is no issuer', () => {
    refuses(() => circleci.at('https://oidc.circleci.com/org/{ownerId}'), 'issuer')
    refuses(() => circleci.at('https://oidc.circleci.com/org/*'), 'issuer')
    refuses(() => githubActions.at('https://token.actions.githubusercontent.com/*'), 'issuer')
    refuses(() => gitlab.at('https://*.acme.dev'), 'issuer')
  })

  test('a tenant’s own issuer is reached by the tenant, not by .at()', () => {
    refuses(
      () => circleci.at(`https://oidc.circleci.com/org/${org}`),
      "write circleci({ ownerId: '…' }) instead of .at()",
    )
  })

  test.each([
    [{ jwks_uri: 'https://x.example' }, "did you mean 'jwksUri'?"],
    [{ jwksUri: undefined }, "'jwksUri' is undefined"],
    [{ jwksUri: 'http://keys.acme.dev' }, 'must be an https: URL'],
    [{ jwksUri: 'https://user:x@keys.acme.dev' }, 'must be an https: URL'],
    [{ keys: [] }, 'must be a list of public JSON Web Keys'],
    [{ keys: 'pem' }, 'must be a list of public JSON Web Keys'],
    [{ keys: [{ kty: 'oct', k: 'x' }] }, 'keys[0] cannot verify signatures'],
    [{ keys: [publicJwk], jwksUri: 'https://x.example' }, 'with keys nothing is fetched'],
    [{ keys: [publicJwk], fetch }, 'with keys nothing is fetched'],
    [{ fetch: 'https://x.example' }, 'fetch must be a function'],
    [{ insecureLoopback: false }, 'insecureLoopback is true, or left out'],
    [{ insecureLoopback: 'yes' }, 'insecureLoopback is true, or left out'],
    [null, 'must be an object'],
    [[], 'must be an object'],
  ])('refuses the options %j', (options, message) => {
    refuses(() => atGithub('https://git.acme.dev/_services/token', options), message)
  })

  test('takes a fetch, an address of keys, and a loopback where that is said', () => {
    const issuer = 'https://git.acme.dev/_services/token'
    const insecureLoopback = true
    expect(() => atGithub(issuer, { fetch })).not.toThrow()
    expect(() => atGithub(issuer, { jwksUri: 'https://keys.acme.dev/jwks', fetch })).not.toThrow()
    expect(() => atGithub(issuer, { jwksUri: 'http://127.0.0.1:9/jwks', insecureLoopback })).not.toThrow()
    expect(() => atGithub('http://127.0.0.1:9', { insecureLoopback })).not.toThrow()
    refuses(() => atGithub('http://git.acme.dev', { insecureLoopback }), 'must be https:')
    refuses(() => atGithub(issuer, { jwksUri: 'http://127.0.0.1:9/jwks' }), 'must be an https: URL')
  })

  test('takes an issuer that begins like the provider’s own', () => {
    expect(gitlab.at('https://gitlab.company.dev').issuer).toBe('https://gitlab.company.dev')
    expect(gitlab.at('https://gitlab.com').issuer).toBe('https://gitlab.com')
  })

  test.each([[[]], [[org, '../x']], [['../x', org]], ['../x'], [undefined]])(
    'puts no tenant like %j into an issuer',
    (ownerId) => {
      for (const provider of [circleci, circleci.at('https://oidc.circleci.com')] as unknown as readonly Untyped[])
        refuses(
          () => provider(ownerId === undefined ? {} : { ownerId }),
          "CircleCI: 'ownerId' is required and chooses the issuer: write the exact value (lower-case uuid), or a list of them, not ",
        )
    },
  )

  test('does not follow later changes of its keys', () => {
    const keys = [{ ...publicJwk }]
    const bound = githubActions.at('https://git.acme.dev/_services/token', { keys })
    ;(keys[0] as Record<string, unknown>)['n'] = 'evil'
    keys.push({ ...publicJwk, kid: 'k2' })
    expect(bound({ ownerId: '1' })).toMatchObject({ effect: 'allow' })
  })
})

describe('kinds of issuers', () => {
  const selfHosted = define(table({ issuer: undefined, pins: [], trustedEvents: ['push'] }))

  test('a provider without an issuer of its own makes no rule', () => {
    refuses(() => selfHosted({ ownerId: '1' }), "write acme-ci.at('https://…')({ … })")
    expect((selfHosted as { deny?: unknown }).deny).toBeUndefined()
    expect(selfHosted.lookup).toBeUndefined()
  })

  test('on a server of one’s own without pins, any condition will do, and none is said by its name', () => {
    const bound = selfHosted.at('https://ci.acme.dev') as Untyped
    expect(bound({ ownerId: '1' })).toMatchObject({ effect: 'allow' })
    expect(bound({}, { anyWorkload: true })).toMatchObject({ effect: 'allow' })
    refuses(() => bound({}), 'needs a condition, or the setting { anyWorkload: true }')
  })

  test('lookups exist where the issuer is shared, and not where each tenant has one', () => {
    refuses(() => (circleci as unknown as { lookup: Untyped }).lookup(() => undefined), 'write .at(issuer).lookup(…)')
    expect(circleci.at('https://oidc.circleci.com').lookup(() => undefined)).toEqual({ effect: 'lookup' })
  })

  test.each([
    [undefined, 'takes a function that finds the stored rules'],
    [githubActions({ ownerId: '1' }), 'takes a function'],
    [githubActions, 'takes a function'],
    [gitlab.at('https://gitlab.acme.dev'), 'takes a function'],
  ])('a lookup takes a function, and no provider', (find, message) => {
    refuses(() => (githubActions.lookup as unknown as Untyped)(find), message)
  })

  test('a lookup checks its settings', () => {
    refuses(() => (githubActions.lookup as unknown as Untyped)(() => undefined, { maxTokenAge: 0 }), 'from 1 to 86400')
    refuses(() => (githubActions.lookup as unknown as Untyped)(() => undefined, { x: 1 }), "has no 'x'")
  })
})
