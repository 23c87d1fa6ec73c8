import { circleci, defineProvider, githubActions, gitlab } from '@jobpass/core'
import type { ProviderTable } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { circleciOrganization as org, publicJwk } from '@jobpass/testing/internal'
import { commonFields } from '../model/workload.ts'

type Untyped = (...args: readonly unknown[]) => unknown
const atGithub = Reflect.get(githubActions, 'at') as Untyped

/** A correct table with some of its words replaced; `undefined` leaves a word out. */
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

describe('a table that contradicts itself', () => {
  test.each([
    ['no id', { id: undefined }, 'needs an id'],
    ['an empty id', { id: '' }, 'needs an id'],
    ['an unknown key', { trustedEvent: ['push'] }, "did you mean 'trustedEvents'?"],
    ['no algorithm', { algorithms: [] }, 'needs algorithms'],
    ['algorithms that are text', { algorithms: 'RS256' }, 'needs algorithms'],
    ['lesson C1: HMAC', { algorithms: ['RS256', 'HS256'] }, '"HS256" is not a supported signature algorithm'],
    ['lesson C1: none', { algorithms: ['none'] }, '"none" is not a supported signature algorithm'],
    ['encryption', { algorithms: ['RSA-OAEP'] }, 'not a supported signature algorithm'],
    ['an unknown word for a claim', { claims: { team_id: 'string' } }, "'string' is no word for a claim"],
    ['a field of a missing claim', { identity: { ownerId: 'team' } }, 'which is no claim'],
    ['a path to a missing claim', { identity: { ownerId: ['team_id', 'x'] } }, 'which is no claim'],
    ['a pin that is no field', { pins: ['owner'] }, "names a field 'owner'"],
    ['an untrustedWhen that is no field', { untrustedWhen: ['pullRequest'] }, "names a field 'pullRequest'"],
    ['requires for a missing field', { requires: { branch: 'repository' } }, "names a field 'branch'"],
    ['requires that names a missing field', { requires: { ref: ['repository', 'owner'] } }, "names a field 'owner'"],
    ['a shared issuer and no pins', { pins: [] }, 'shared issuer and no pins'],
    [
      'a pin that is not a rule key',
      { identity: { ownerId: 'team_id', tokenId: 'repo' }, pins: ['tokenId'] },
      'not a rule key',
    ],
    ['a tenant that is no field', { issuer: 'https://{team}.acme.dev' }, "names a field 'team'"],
    ['two tenants', { issuer: 'https://{ownerId}.acme.dev/{repository}' }, 'one tenant field'],
    [
      'an unknown tenant shape',
      { issuer: 'https://{ownerId}.acme.dev', shapes: { ownerId: 'word' } },
      'must be one of uuid, braced-uuid, dns-label, slug, url-safe',
    ],
  ])('refuses a table with %s', (_, changes, message) => {
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
  ])('refuses a field called %s, a reserved name', (name) => {
    refuses(
      () => define(table({ identity: { ownerId: 'team_id', [name]: 'repo' }, trustedEvents: undefined })),
      'is reserved',
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
  ])('lesson D13: refuses a table with the issuer %s', (issuer) => {
    refuses(() => define(table({ issuer })), 'issuer')
  })

  test('refuses a table with an event and no trusted events, which would trust every trigger', () => {
    refuses(() => define(table({ trustedEvents: undefined })), 'trustedEvents')
  })

  test('refuses a table with trusted events and no event', () => {
    refuses(() => define(table({ identity: { ownerId: 'team_id' } })), 'event')
  })

  test.each(['claims', 'identity', 'pins'])('refuses a table without %s by name', (key) => {
    refuses(() => define(table({ [key]: undefined })), key)
  })
})

describe('a provider', () => {
  test.each([
    [githubActions, 'github-actions', 'GitHub Actions', 'https://token.actions.githubusercontent.com'],
    [gitlab, 'gitlab', 'GitLab CI', 'https://gitlab.com'],
    [circleci, 'circleci', 'CircleCI', 'https://oidc.circleci.com/org/{ownerId}'],
  ])('a provider knows its id, title and issuer', (provider, id, title, issuer) => {
    expect([provider.id, provider.title, provider.issuer]).toEqual([id, title, issuer])
  })

  test.each([
    ['github-actions', githubActions, ['enterprise', 'enterpriseId']],
    ['gitlab', gitlab, []],
    ['circleci', circleci, ['contextIds', 'sshRerun']],
  ])('the table of %s has common fields, and only these of its own', (_, { table: facts }, own) => {
    const names = Object.keys(facts.identity)
    expect(names.filter((name) => !(commonFields as readonly string[]).includes(name))).toEqual(own)
  })

  test('a provider cannot be changed', () => {
    expect(Object.isFrozen(githubActions)).toBe(true)
    expect(() => (githubActions.table.trustedEvents as string[]).push('pull_request_target')).toThrow(TypeError)
    expect(() => (githubActions.table.pins as string[]).push('branch')).toThrow(TypeError)
    expect(() => Object.assign(githubActions.table.claims, { x: 'id' })).toThrow(TypeError)
  })

  test.each([false, true])(
    'a provider does not follow later changes of its table (frozen at the top: %s)',
    (frozen) => {
      const pins = ['ownerId']
      const facts = table({ pins })
      if (frozen) Object.freeze(facts)
      const provider = define(facts)
      try {
        pins.push('repository')
      } catch {
        // The list was frozen with its table, which is as good.
      }
      refuses(() => provider({ repository: 'acme/shop' }), 'must pin')
    },
  )
})

describe('.at()', () => {
  test('.at() binds the provider to another issuer', () => {
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
  ])('attack E10: .at() refuses the issuer %j', (issuer, message) => {
    refuses(() => atGithub(issuer), message)
  })

  test('attack A3: .at() refuses a template or pattern as issuer', () => {
    refuses(() => circleci.at('https://oidc.circleci.com/org/{ownerId}'), 'issuer')
    refuses(() => circleci.at('https://oidc.circleci.com/org/*'), 'issuer')
    refuses(() => githubActions.at('https://token.actions.githubusercontent.com/*'), 'issuer')
    refuses(() => gitlab.at('https://*.acme.dev'), 'issuer')
  })

  test('.at() refuses the issuer of a tenant, which the tenant field chooses', () => {
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
  ])('.at() refuses the options %j', (options, message) => {
    refuses(() => atGithub('https://git.acme.dev/_services/token', options), message)
  })

  test('.at() takes fetch, jwksUri, and a loopback address with insecureLoopback', () => {
    const issuer = 'https://git.acme.dev/_services/token'
    const insecureLoopback = true
    expect(() => atGithub(issuer, { fetch })).not.toThrow()
    expect(() => atGithub(issuer, { jwksUri: 'https://keys.acme.dev/jwks', fetch })).not.toThrow()
    expect(() => atGithub(issuer, { jwksUri: 'http://127.0.0.1:9/jwks', insecureLoopback })).not.toThrow()
    expect(() => atGithub('http://127.0.0.1:9', { insecureLoopback })).not.toThrow()
    refuses(() => atGithub('http://git.acme.dev', { insecureLoopback }), 'must be https:')
    refuses(() => atGithub(issuer, { jwksUri: 'http://127.0.0.1:9/jwks' }), 'must be an https: URL')
  })

  test('.at() takes an issuer that begins like the provider’s own', () => {
    expect(gitlab.at('https://gitlab.company.dev').issuer).toBe('https://gitlab.company.dev')
    expect(gitlab.at('https://gitlab.com').issuer).toBe('https://gitlab.com')
  })

  test.each([[[]], [[org, '../x']], [['../x', org]], ['../x'], [undefined]])(
    'a provider puts no tenant like %j into an issuer',
    (ownerId) => {
      for (const provider of [circleci, circleci.at('https://oidc.circleci.com')] as unknown as readonly Untyped[])
        refuses(
          () => provider(ownerId === undefined ? {} : { ownerId }),
          "CircleCI: 'ownerId' is required and chooses the issuer: write the exact value (a lower-case uuid), or a list of them, not ",
        )
    },
  )

  test('a bound provider does not follow later changes of its keys', () => {
    const keys = [{ ...publicJwk }]
    const bound = githubActions.at('https://git.acme.dev/_services/token', { keys })
    ;(keys[0] as Record<string, unknown>)['n'] = 'evil'
    keys.push({ ...publicJwk, kid: 'k2' })
    expect(bound({ ownerId: '1' })).toMatchObject({ effect: 'allow' })
  })
})

describe('kinds of issuers', () => {
  const selfHosted = define(table({ issuer: undefined, pins: [], trustedEvents: ['push'] }))

  test('a provider without an issuer of its own makes no rules', () => {
    refuses(() => selfHosted({ ownerId: '1' }), "write acmeCi.at('https://…')({ … })")
    expect((selfHosted as { deny?: unknown }).deny).toBeUndefined()
    expect(selfHosted.lookup).toBeUndefined()
  })

  test('a self-hosted provider without pins takes any condition, and anyWorkload instead of none', () => {
    const bound = selfHosted.at('https://ci.acme.dev') as Untyped
    expect(bound({ ownerId: '1' })).toMatchObject({ effect: 'allow' })
    expect(bound({}, { anyWorkload: true })).toMatchObject({ effect: 'allow' })
    refuses(() => bound({}), 'needs a condition, or the setting { anyWorkload: true }')
  })

  test('look-ups exist for a shared issuer, and not for an issuer per tenant', () => {
    refuses(
      () => (circleci as unknown as { lookup: Untyped }).lookup(() => undefined),
      'look tenants up by tenantIssuers() in trust',
    )
    expect(circleci.at('https://oidc.circleci.com').lookup(() => undefined)).toEqual({ effect: 'lookup' })
  })

  test.each([
    [undefined, 'takes a function that finds the stored rules'],
    [githubActions({ ownerId: '1' }), 'takes a function'],
    [githubActions, 'takes a function'],
    [gitlab.at('https://gitlab.acme.dev'), 'takes a function'],
  ])('a look-up refuses anything that is not a function', (find, message) => {
    refuses(() => (githubActions.lookup as unknown as Untyped)(find), message)
  })

  test('a look-up checks its settings', () => {
    refuses(() => (githubActions.lookup as unknown as Untyped)(() => undefined, { maxTokenAge: 0 }), 'from 1 to 86400')
    refuses(() => (githubActions.lookup as unknown as Untyped)(() => undefined, { x: 1 }), "has no 'x'")
  })
})
