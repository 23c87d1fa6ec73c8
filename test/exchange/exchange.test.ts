// The token endpoint: requests, tokens and refusals (RFC 8693, RFC 7523, RFC 6749, RFC 9068).

import { serviceTokens, viaExchange } from '@jobpass/exchange'
import { createHash } from 'node:crypto'
import { decodeProtectedHeader, importJWK } from 'jose'
import { describe, expect, test } from 'vitest'
import type { ReplayStore } from '@jobpass/core'
import { BodyTooLarge, createVerifier, githubActions, gitlab, memoryReplayStore, oneTime } from '@jobpass/core'
import type { Grant } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import { claimsWith, clockAt, fetchKeys, gitlabPush, now, signToken } from '@jobpass/testing/internal'
import {
  api,
  apiOf,
  ask,
  ciToken,
  claimsOf,
  issuer,
  jwtBearer,
  jwtType,
  makeKey,
  post,
  publish,
  service,
  tokenExchange,
  tokenOf,
} from './service.ts'

const failure = async (...args: Parameters<typeof ask>): Promise<readonly unknown[]> => {
  const { status, body } = await ask(...args)
  return [status, body['error'], body['code']]
}

describe('issued tokens', () => {
  test('RFC 8693 §2.2.1 and RFC 9068 §2: an access token for one API, with the job in it', async () => {
    const { exchange } = await service()
    const token = ciToken()
    const { status, body, answer } = await ask(exchange, { subject_token: token, scope: 'publish read' })
    expect([status, { ...body, access_token: undefined }]).toEqual([
      200,
      {
        access_token: undefined,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'publish read',
      },
    ])
    expect(answer.headers).toEqual({
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      Pragma: 'no-cache',
    })
    expect(decodeProtectedHeader(String(body['access_token']))).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    const client = 'https://token.actions.githubusercontent.com#repo:acme@1234567/shop@74205118:ref:refs/heads/main'
    const { jti, ...claims } = claimsOf(body['access_token'])
    expect(jti).toMatch(/^[0-9a-f-]{36}$/)
    expect(claims).toEqual({
      iss: issuer,
      sub: client,
      client_id: client,
      aud: api,
      iat: now,
      exp: now + 900,
      scope: 'publish read',
      job: claimsOf(token),
    })
  })

  test('RFC 7523 §2.1: the same for an assertion', async () => {
    const { exchange } = await service()
    const { status, body } = await ask(exchange, { grant_type: jwtBearer, assertion: ciToken() })
    expect([status, body['scope']]).toEqual([200, 'publish'])
  })

  test('scopes are those requested that matching grants have', async () => {
    const { exchange } = await service()
    expect((await ask(exchange, { scope: 'admin read' })).body['scope']).toBe('read')
  })

  test('scopes default to those of the grant if none are requested', async () => {
    const { exchange } = await service({ grants: [{ ...publish, defaultScopes: ['read'] }] })
    expect((await ask(exchange, { scope: '' })).body['scope']).toBe('read')
  })

  test('several grants combine, with the shortest lifetime of those that contribute', async () => {
    const owner = githubActions({ ownerId: '1234567' })
    const grants: readonly Grant[] = [
      { ...publish, claims: ({ repository }) => ({ package: repository, team: 'a' }) },
      {
        name: 'log',
        rule: owner,
        scopes: ['log'],
        audience: [api, 'https://logs.acme.dev'],
        lifetime: 60,
        claims: () => ({ team: 'a' }),
      },
      { name: 'other', rule: owner, scopes: ['other'], audience: api, lifetime: 10 },
    ]
    const { exchange, records } = await service({ grants })
    const { body } = await ask(exchange, { scope: 'log publish', audience: api })
    expect([body['scope'], body['expires_in']]).toEqual(['log publish', 60])
    expect(claimsOf(body['access_token'])).toMatchObject({ package: 'acme/shop', team: 'a' })
    expect(records).toMatchObject([{ grants: ['publish', 'log'] }])
  })

  test('the token is bound to a key if one of several grants requires that', async () => {
    const owner = githubActions({ ownerId: '1234567' })
    const log: Grant = { name: 'log', rule: owner, scopes: ['log'], audience: api, dpop: 'required' }
    const { exchange } = await service({ grants: [publish, log] })
    expect(await failure(exchange, { scope: 'log publish' })).toEqual([400, 'invalid_dpop_proof', undefined])
    expect((await ask(exchange, { scope: 'publish' })).body['token_type']).toBe('Bearer')
  })

  test('the audience is the named resource (RFC 8707)', async () => {
    const { exchange } = await service({ grants: [{ ...publish, audience: [api, 'https://logs.acme.dev'] }] })
    const { body } = await ask(exchange, { resource: 'https://logs.acme.dev' })
    expect(claimsOf(body['access_token'])['aud']).toBe('https://logs.acme.dev')
  })

  test('a function can find the grants of the tenant of a job', async () => {
    const asked: unknown[] = []
    const { exchange } = await service({
      grants: async (workload, request) => {
        asked.push([workload.repositoryId, request])
        return [publish]
      },
    })
    expect((await ask(exchange)).status).toBe(200)
    expect(asked).toEqual([['74205118', { scopes: ['publish'], audience: undefined, details: [] }]])
  })
})

describe('refused requests', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly unknown[]]>([
    ['no grant type', { grant_type: '' }, [400, 'invalid_request', undefined]],
    ['another grant type', { grant_type: 'password' }, [400, 'unsupported_grant_type', undefined]],
    ['no subject token', { subject_token: '' }, [400, 'invalid_request', undefined]],
    ['no assertion', { grant_type: jwtBearer, assertion: '' }, [400, 'invalid_request', undefined]],
    [
      'another type of token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      [400, 'invalid_request', undefined],
    ],
    ['an actor', { actor_token: 'x', actor_token_type: jwtType }, [400, 'invalid_request', undefined]],
    ['another token wanted', { requested_token_type: jwtType }, [400, 'invalid_request', undefined]],
    ['an actor of no type', { actor_token: 'x' }, [400, 'invalid_request', undefined]],
    ['a type of no actor', { actor_token_type: jwtType }, [400, 'invalid_request', undefined]],
    ['a secret', { client_secret: 'x' }, [400, 'invalid_client', undefined]],
    ['a scope that is none', { scope: 'a"b' }, [400, 'invalid_scope', undefined]],
    ['one that is none beside one that is granted', { scope: 'publish a"b' }, [400, 'invalid_scope', undefined]],
    [
      '101 scopes, one of them granted',
      { scope: ['publish', ...Array.from({ length: 100 }, (_, index) => `s${index}`)].join(' ') },
      [400, 'invalid_scope', undefined],
    ],
    ['no scope, and no default', { scope: '' }, [400, 'invalid_scope', undefined]],
    ['a scope that no grant has', { scope: 'admin' }, [400, 'invalid_scope', undefined]],
    ['an audience that no grant has', { audience: 'https://other.acme.dev' }, [400, 'invalid_target', undefined]],
    ['two audiences', { audience: api, resource: 'https://other.acme.dev' }, [400, 'invalid_target', undefined]],
    ['text that is no token', { subject_token: 'x y' }, [400, 'invalid_request', 'request_malformed']],
    ['a malformed token', { subject_token: 'a.b.c' }, [400, 'invalid_request', 'token_malformed']],
    ['a malformed assertion', { grant_type: jwtBearer, assertion: 'a.b.c' }, [400, 'invalid_grant', 'token_malformed']],
    ['a token for the API', { subject_token: ciToken({ aud: api }) }, [400, 'invalid_request', 'audience_mismatch']],
    [
      'another job',
      { subject_token: ciToken({ ref: 'refs/heads/dev' }) },
      [400, 'unauthorized_client', 'workload_forbidden'],
    ],
    [
      'a stranger',
      { subject_token: ciToken({ repository_owner_id: '7', sub: 'repo:acme@7/shop@74205118:ref:refs/heads/main' }) },
      [400, 'unauthorized_client', 'workload_forbidden'],
    ],
  ])('%s', async (_, form, expected) => {
    const { exchange, store } = await service()
    expect(await failure(exchange, form)).toEqual(expected)
    expect(store.seen?.('x')).toBe(false)
  })

  test('a job sees which of its own checks failed, and a stranger does not', async () => {
    const { exchange } = await service()
    const dev = await ask(exchange, { subject_token: ciToken({ ref: 'refs/heads/dev' }) })
    expect(dev.body['checks']).toEqual([{ field: 'branch', operator: 'equals', actual: 'dev' }])
    const other = await ask(exchange, { subject_token: ciToken({ repository_id: '1' }) })
    expect(other.body['checks']).toBeUndefined()
  })

  test('a job with two audiences must name one', async () => {
    const { exchange } = await service({ grants: [{ ...publish, audience: [api, 'https://logs.acme.dev'] }] })
    expect(await failure(exchange)).toEqual([400, 'invalid_target', undefined])
  })

  test.each<[string, Readonly<Record<string, string>> | string, string]>([
    ['no audience', {}, 'This job may have tokens for several APIs: name one as audience.'],
    [
      'an audience of no grant',
      { audience: 'https://x.acme.dev' },
      'No grant of this job is for that audience or resource.',
    ],
    ['a scope of no grant', { audience: api, scope: 'admin' }, 'No grant of this job has such a scope.'],
    ['no scope', { audience: api, scope: '' }, 'scope is missing, and has no default here.'],
    [
      'two audiences',
      { audience: api, resource: 'https://x.acme.dev' },
      'Ask for one audience: a token is for one API.',
    ],
  ])('the error description says what is missing: %s', async (_, form, description) => {
    const { exchange } = await service({ grants: [{ ...publish, audience: [api, 'https://logs.acme.dev'] }] })
    expect((await ask(exchange, form as Record<string, string>)).body['error_description']).toBe(description)
  })

  test('a request may have 100 scopes', async () => {
    const { exchange } = await service()
    const scope = ['publish', ...Array.from({ length: 99 }, (_, index) => `s${index}`)].join(' ')
    expect((await ask(exchange, { scope })).body['scope']).toBe('publish')
  })

  test.each([
    [1, 200, undefined],
    [2, 400, 'Ask for one audience: a token is for one API.'],
    [10, 400, 'Ask for one audience: a token is for one API.'],
    [11, 400, 'Too many audiences.'],
  ])('RFC 8707 §2: resource may be repeated: %s of them', async (length, status, description) => {
    const { exchange } = await service()
    const form = new URLSearchParams({
      grant_type: tokenExchange,
      subject_token: ciToken(),
      subject_token_type: jwtType,
      scope: 'publish',
      // A repeated resource counts once.
      audience: api,
    })
    for (let index = 0; index < length; index++)
      form.append('resource', index === 0 ? api : `https://${index}.acme.dev`)
    const answer = await post(exchange, '/token', form.toString())
    expect([answer.status, (JSON.parse(answer.body) as Record<string, unknown>)['error_description']]).toEqual([
      status,
      description,
    ])
  })

  test.each<[string, number]>([
    ['application/x-www-form-urlencoded', 200],
    ['application/x-www-form-urlencoded;charset=UTF-8', 200],
    ['Application/X-WWW-Form-URLencoded ; charset=UTF-8', 200],
    ['application/x-www-form-urlencodedx;', 400],
    ['text/plain; application/x-www-form-urlencoded', 400],
    ['multipart/form-data', 400],
  ])('a valid form with the content type %s is answered %s', async (type, status) => {
    const { exchange } = await service()
    expect((await ask(exchange, {}, { 'content-type': [type] })).status).toBe(status)
  })

  describe('a form that a framework has parsed', () => {
    const good = () => ({
      grant_type: tokenExchange,
      subject_token: ciToken(),
      subject_token_type: jwtType,
      scope: 'publish',
    })
    const askWith = async (body: () => Promise<unknown>) => {
      const { exchange } = await service()
      const headers = (name: string) => (name === 'content-type' ? ['application/x-www-form-urlencoded'] : [])
      const answer = await exchange.answer({ method: 'POST', path: '/token', headers, body })
      const { error, error_description } = JSON.parse(answer?.body ?? '') as Record<string, unknown>
      return [answer?.status, error, error_description]
    }

    test('a parsed form is read like its text', async () => {
      expect(await askWith(async () => good())).toEqual([200, undefined, undefined])
      expect(await askWith(async () => ({ ...good(), resource: [api, api] }))).toEqual([200, undefined, undefined])
    })

    test.each<[string, () => unknown, string]>([
      ['nothing', () => undefined, 'grant_type is missing.'],
      ['null', () => null, 'grant_type is missing.'],
      ['a number', () => 7, 'grant_type is missing.'],
      ['a parameter twice', () => ({ ...good(), scope: ['publish', 'read'] }), 'A parameter is there more than once.'],
      ['a parameter that is an object', () => ({ ...good(), scope: { a: 'publish' } }), 'Each parameter must be text.'],
      ['a list with a number', () => ({ ...good(), audience: [api, 7] }), 'Each parameter must be text.'],
    ])('a parsed form is refused for %s', async (_, body, description) => {
      expect(await askWith(async () => body())).toEqual([400, 'invalid_request', description])
    })

    test('a parsed form that is too long is refused, and an unreadable body is a fault', async () => {
      expect(await askWith(() => Promise.reject(new BodyTooLarge()))).toEqual([
        400,
        'invalid_request',
        'The body is longer than 64 KiB.',
      ])
      await expect(askWith(() => Promise.reject(new Error('reset')))).rejects.toThrow('reset')
    })
  })

  test.each<[string, string, Readonly<Record<string, readonly string[]>>, readonly unknown[]]>([
    ['a parameter twice', 'grant_type=a&grant_type=b', {}, [400, 'invalid_request']],
    ['JSON', '{}', { 'content-type': ['application/json'] }, [400, 'invalid_request']],
    ['no type', 'a=b', { 'content-type': [] }, [400, 'invalid_request']],
  ])('%s', async (_, form, headers, expected) => {
    const { exchange } = await service()
    const { status, body } = await post(exchange, '/token', form, headers)
    expect([status, (JSON.parse(body) as { error: string }).error]).toEqual(expected)
  })

  test.each([
    ['Basic eDp5', 'Basic'],
    ['bearer x.y.z', 'bearer'],
    ['DPoP x.y.z', 'DPoP'],
    ['Negotiate', 'Negotiate'],
    ['Digest username="a", uri="/token"', 'Digest'],
    ['', 'Basic'],
    ['"x" y', 'Basic'],
    ['Basic\r\nSet-Cookie: a', 'Basic'],
  ])('a client that authenticates by %j gets 401, and a challenge of the scheme %s (RFC 6749 §5.2)', async (...row) => {
    const [credentials, scheme] = row
    const { exchange } = await service()
    const { status, body, answer } = await ask(exchange, {}, { authorization: [credentials] })
    expect([status, body['error']]).toEqual([401, 'invalid_client'])
    expect(answer.headers['WWW-Authenticate']).toBe(`${scheme} realm="jobpass"`)
  })

  test('no other answer of the token endpoint is a challenge', async () => {
    const { exchange } = await service()
    for (const form of [{}, { client_secret: 'x' }, { scope: 'admin' }, { grant_type: 'client_credentials' }]) {
      const { status, answer } = await ask(exchange, form)
      expect([status === 401, 'WWW-Authenticate' in answer.headers]).toEqual([false, false])
    }
  })

  test('other methods are refused', async () => {
    const { exchange } = await service()
    const request = { method: 'GET', path: '/token', headers: () => [], body: async () => '' }
    expect(await exchange.answer(request)).toMatchObject({ status: 405, headers: { Allow: 'POST' } })
  })

  test('other paths are passed on synchronously', async () => {
    const { exchange } = await service()
    const request = { method: 'POST', path: '/token/', headers: () => [], body: async () => '' }
    expect(exchange.answer(request)).toBeUndefined()
  })

  test('service tokens are refused: their type differs, and their issuer is not trusted', async () => {
    const { exchange } = await service()
    const token = await tokenOf(exchange)
    expect(await failure(exchange, { subject_token: token })).toEqual([400, 'invalid_request', 'issuer_untrusted'])
  })
})

describe('one exchange per CI token', () => {
  test('a CI token is exchanged once, even by fifty concurrent requests', async () => {
    const { exchange } = await service()
    const subject_token = ciToken()
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(exchange, { subject_token })))
    expect(answers.filter(({ status }) => status === 200).length).toBe(1)
    expect(await failure(exchange, { subject_token })).toEqual([400, 'invalid_request', 'token_replayed'])
  })

  test('the claim has the same key in every process and version, for as long as the CI token may be accepted', async () => {
    const claims: unknown[] = []
    const store: ReplayStore = {
      claim: (...claim) => (claims.push(claim.slice(0, 2)), 'first'),
      mark: () => {},
      seen: () => false,
    }
    const { exchange } = await service({}, { replay: { store }, clockTolerance: 10 })
    const subject_token = ciToken({ jti: 'one' })
    expect((await ask(exchange, { subject_token })).status).toBe(200)
    const parts = ['https://token.actions.githubusercontent.com', 'exchange', 'jti', 'one']
    const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
    expect(claims).toEqual([[key, Number(claimsOf(subject_token)['exp']) + 300 + 60]])
  })

  test('a refused request does not use up the token', async () => {
    const { exchange } = await service()
    const subject_token = ciToken()
    expect((await ask(exchange, { subject_token, scope: 'admin' })).status).toBe(400)
    expect((await ask(exchange, { subject_token })).status).toBe(200)
  })

  test.each<[string, Partial<ReplayStore>]>([
    ['throws', { claim: () => Promise.reject(new Error('down')) }],
    ['answers something else', { claim: () => 'yes' as never }],
  ])('a store that %s is an outage: nothing is issued', async (_, broken) => {
    const store = { ...memoryReplayStore(), ...broken } as ReplayStore
    const { exchange } = await service({}, { replay: { store } })
    const { status, body, answer } = await ask(exchange)
    expect([status, body['error'], body['access_token']]).toEqual([503, 'temporarily_unavailable', undefined])
    expect(answer.headers['Retry-After']).toBe('5')
  })
})

describe('outages and faults', () => {
  test('a function of grants that throws is an outage', async () => {
    const { exchange } = await service({ grants: () => Promise.reject(new Error('database down')) })
    expect(await failure(exchange)).toEqual([503, 'temporarily_unavailable', 'resolver_unavailable'])
  })

  test('a function of grants that returns invalid grants is an outage', async () => {
    const { exchange } = await service({ grants: () => [{ name: 'x' } as never] })
    expect(await failure(exchange)).toEqual([503, 'temporarily_unavailable', 'resolver_unavailable'])
  })

  test('a KMS whose key changes is an outage: no token that does not verify is issued', async () => {
    const [jwk, other] = [await makeKey(), await makeKey()]
    const [own, another] = [await importJWK(jwk, 'ES256'), await importJWK(other, 'ES256')] as [CryptoKey, CryptoKey]
    let using = own
    const sign = async (data: Uint8Array): Promise<Uint8Array> => {
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
      const bytes = data as Uint8Array<ArrayBuffer>
      return new Uint8Array(await crypto.subtle.sign(algorithm, using, bytes))
    }
    const { d: _, ...publicKey } = jwk
    const { exchange } = await service({ keys: [{ sign, publicKey }] })
    expect((await ask(exchange)).status).toBe(200)
    using = another
    expect(await failure(exchange)).toEqual([503, 'temporarily_unavailable', undefined])
  })

  const down = () => Promise.reject(new Error('down'))
  test.each<[string, () => ReturnType<typeof service>]>([
    ['of the grants', () => service({ grants: down })],
    ['of the audit', () => service({ audit: down })],
    ['of the store', () => service({}, { replay: { store: { ...memoryReplayStore(), claim: down } } })],
  ])('an outage %s is answered with Retry-After', async (_, make) => {
    const { status, body, answer } = await ask((await make()).exchange)
    expect([status, body['error'], answer.headers['Retry-After']]).toEqual([503, 'temporarily_unavailable', '5'])
  })

  test('finding no grants is a refusal', async () => {
    const { exchange } = await service({ grants: () => undefined })
    expect(await failure(exchange)).toEqual([400, 'unauthorized_client', 'workload_forbidden'])
  })

  test('a failing KMS is an outage, and the CI token can still be used', async () => {
    const jwk = await makeKey()
    const { exchange: good } = await service({ keys: [{ privateKey: jwk }] })
    expect((await ask(good)).status).toBe(200)
    const key = (await importJWK(jwk, 'ES256')) as CryptoKey
    let works = true
    const sign = async (data: Uint8Array): Promise<Uint8Array> => {
      if (!works) throw new Error('KMS is down')
      return new Uint8Array(
        await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, data as Uint8Array<ArrayBuffer>),
      )
    }
    const { d: _, ...publicKey } = jwk
    const { exchange } = await service({ keys: [{ sign, publicKey }] })
    works = false
    const subject_token = ciToken()
    expect(await failure(exchange, { subject_token })).toEqual([503, 'temporarily_unavailable', undefined])
    works = true
    expect((await ask(exchange, { subject_token })).status).toBe(200)
  })

  test.each<[string, NonNullable<Grant['claims']>]>([
    ['a reserved claim', () => ({ iss: 'https://evil.example' })],
    ['the claim that says who calls', () => ({ job: {} })],
    ['no object', () => 'x' as never],
  ])('%s from a grant is a fault of the program', async (_, claims) => {
    const { exchange } = await service({ grants: [{ ...publish, claims }] })
    await expect(ask(exchange)).rejects.toThrow(TypeError)
  })

  test('two grants that set one claim differently are a fault of the program; the same value is allowed', async () => {
    const grants = (team: string): readonly Grant[] => [
      { ...publish, claims: () => ({ team: { id: 'a' } }) },
      { ...publish, name: 'read', scopes: ['read'], claims: () => ({ team: { id: team } }) },
    ]
    const { exchange } = await service({ grants: grants('b') })
    await expect(ask(exchange, { scope: 'publish read' })).rejects.toThrow(
      "Two grants set the claim 'team' differently",
    )
    expect((await ask(exchange, { scope: 'publish' })).status).toBe(200)
    const { exchange: alike } = await service({ grants: grants('a') })
    const token = await tokenOf(alike, { scope: 'publish read' })
    expect(claimsOf(token)['team']).toEqual({ id: 'a' })
  })

  test.each('iss sub aud exp iat nbf jti client_id scope job cnf act may_act'.split(' '))(
    'a grant cannot set the claim %s',
    async (name) => {
      const { exchange } = await service({ grants: [{ ...publish, claims: () => ({ [name]: 'x' }) }] })
      await expect(ask(exchange)).rejects.toThrow(`the claim '${name}' is reserved`)
    },
  )
})

describe('audit records', () => {
  test('a record has the job, the grant, the scopes and the digest of the token', async () => {
    const { exchange, records } = await service()
    const { body } = await ask(exchange)
    const token = String(body['access_token'])
    expect(records).toStrictEqual([
      {
        at: now,
        outcome: 'issuing',
        workload: expect.objectContaining({ repositoryId: '74205118', runId: '19872285394' }),
        grants: ['publish'],
        scopes: ['publish'],
        audience: api,
        tokenId: claimsOf(token)['jti'],
        tokenDigest: createHash('sha256').update(token).digest('base64url'),
        expiresAt: now + 900,
      },
    ])
    expect(JSON.stringify(records)).not.toContain(token)
  })

  test('a record of a refusal has its codes', async () => {
    const { exchange, records } = await service()
    await ask(exchange, { subject_token: ciToken({ ref: 'refs/heads/dev' }) })
    expect(records).toMatchObject([
      { outcome: 'refused', error: 'unauthorized_client', code: 'workload_forbidden', workload: { branch: 'dev' } },
    ])
  })

  test('a record of a refusal without a code has none', async () => {
    const { exchange, records } = await service()
    await ask(exchange, { scope: 'none' })
    expect(records).toStrictEqual([
      { at: now, outcome: 'refused', error: 'invalid_scope', workload: expect.objectContaining({ branch: 'main' }) },
    ])
  })

  test('a token whose record cannot be written is not issued', async () => {
    const { exchange, warnings } = await service({ audit: () => Promise.reject(new Error('disk full')) })
    const { status, body } = await ask(exchange)
    expect([status, body['error'], body['access_token']]).toEqual([503, 'temporarily_unavailable', undefined])
    expect(warnings).toContain('The audit record of an exchange could not be written within 5 s: Error: disk full')
  })
})

describe('the documents of an exchange', () => {
  const get = async (path: string, method = 'GET', options = {}) =>
    (await service(options)).exchange.answer({ method, path, headers: () => [], body: async () => '' })

  test('the metadata document follows RFC 8414 §2', async () => {
    const answer = await get('/.well-known/oauth-authorization-server')
    expect(answer).toMatchObject({ status: 200, headers: { 'Cache-Control': 'public, max-age=300' } })
    const {
      dpop_signing_alg_values_supported: _,
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      ...document
    } = JSON.parse(answer?.body ?? '') as Record<string, unknown>
    // RFC 8414 §2: required next to private_key_jwt, and never "none".
    expect(algorithms).toEqual(expect.arrayContaining(['RS256', 'ES256', 'EdDSA']))
    expect(algorithms).not.toContain('none')
    expect(document).toEqual({
      issuer,
      authorization_endpoint: 'https://auth.acme.dev/authorize',
      token_endpoint: 'https://auth.acme.dev/token',
      jwks_uri: 'https://auth.acme.dev/jwks',
      revocation_endpoint: 'https://auth.acme.dev/revoke',
      scopes_supported: ['publish', 'read'],
      response_types_supported: [],
      grant_types_supported: [tokenExchange, jwtBearer, 'client_credentials'],
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt', 'spiffe_jwt'],
      revocation_endpoint_auth_methods_supported: ['none'],
    })
  })

  test('the authorization endpoint, without which clients of MCP read no metadata, refuses without a redirect', async () => {
    for (const method of ['GET', 'POST']) {
      const answer = await get('/authorize', method)
      expect([answer?.status, Object.keys(answer?.headers ?? {}), JSON.parse(answer?.body ?? '')]).toEqual([
        400,
        ['Content-Type', 'Cache-Control', 'Pragma'],
        {
          error: 'unsupported_response_type',
          error_description: 'Nobody signs in here: jobs exchange their token at the token endpoint.',
        },
      ])
    }
  })

  test('RFC 8414 §3.1: the well-known path goes between host and path of the issuer', async () => {
    const options = { issuer: 'https://acme.dev/ci' }
    expect(await get('/.well-known/oauth-authorization-server/ci', 'GET', options)).toMatchObject({ status: 200 })
    expect(await get('/ci/jwks', 'HEAD', options)).toMatchObject({ status: 200 })
  })

  test('published keys are public, in whatever form they were given', async () => {
    const { keys } = JSON.parse((await get('/jwks'))?.body ?? '') as { keys: Record<string, unknown>[] }
    expect(keys.map((each) => Object.keys(each).toSorted())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']])
  })

  test('the metadata has no scopes if a function finds the grants', async () => {
    const { body = '' } =
      (await get('/.well-known/oauth-authorization-server', 'GET', { grants: () => [publish] })) ?? {}
    expect(Object.keys(JSON.parse(body) as object)).not.toContain('scopes_supported')
  })

  test('exchange.fetch returns these documents and nothing else', async () => {
    const { exchange } = await service()
    const response = await exchange.fetch(new Request(`${issuer}/jwks`))
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=300'])
    const posted = await exchange.fetch(`${issuer}/token`)
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'POST'])
    const only = new TypeError('only the documents of the exchange can be fetched so')
    await expect(exchange.fetch(`${issuer}/other`)).rejects.toThrow(only)
    await expect(exchange.fetch('https://evil.example/jwks')).rejects.toThrow(only)
    await expect(exchange.fetch('http://auth.acme.dev/jwks')).rejects.toThrow(only)
  })

  test('the documents accept no other method', async () => {
    expect(await get('/jwks', 'DELETE')).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD' } })
  })
})

describe('invalid options of createExchange()', () => {
  const replay = { store: memoryReplayStore() }
  const trust = githubActions({ ownerId: '1' })
  const quiet = { onWarning: () => {}, fetch: fetchKeys(), clock: clockAt(now) }

  test.each<[string, () => Promise<unknown>, string]>([
    ['no verifier', () => service({ verifier: {} as never }), 'needs verifier'],
    ['a verifier without a store', () => service({}, { replay: undefined as never }), 'leave the key out'],
    [
      'a verifier whose store cannot be asked',
      () => service({}, { replay: { store: { claim: () => 'first' } } }),
      'with claim, mark and seen',
    ],
    [
      'a verifier that is optional',
      () =>
        service({ verifier: createVerifier({ audience: issuer, trust, replay, optional: true, ...quiet }) as never }),
      'not optional',
    ],
    [
      'a verifier that trusts service tokens',
      () =>
        service({
          verifier: createVerifier({
            audience: issuer,
            trust: serviceTokens('https://x.acme.dev', { jobs: githubActions }),
            replay,
            ...quiet,
          }),
        }),
      'cannot be exchanged again',
    ],
    [
      'a verifier that trusts service tokens as well as CI tokens',
      () =>
        service({
          verifier: createVerifier({
            audience: issuer,
            trust: [trust, serviceTokens('https://x.acme.dev', { jobs: githubActions })],
            replay,
            ...quiet,
          }) as never,
        }),
      'cannot be exchanged again',
    ],
    [
      'a verifier that was given no store',
      () => service({ verifier: createVerifier({ audience: issuer, trust, ...quiet }) }),
      'with claim, mark and seen',
    ],
    ['http', () => service({ issuer: 'http://auth.acme.dev' }), 'must be https:'],
    ['http on loopback', () => service({ issuer: 'http://localhost:8080' }), 'must be https:'],
    [
      'http on loopback, said otherwise',
      () => service({ issuer: 'http://localhost:8080', insecureLoopback: 'yes' as never }),
      'must be https:',
    ],
    ['http elsewhere', () => service({ issuer: 'http://auth.acme.dev', insecureLoopback: true }), 'must be https:'],
    ['an audit that is none', () => service({ audit: {} as never }), 'audit must be a function'],
    [
      'keys left out',
      () =>
        createExchange({
          issuer,
          verifier: createVerifier({ audience: issuer, trust, replay, ...quiet }),
          grants: [publish],
        }),
      'The replay store is in the memory of this process',
    ],
    ['a slash at the end', () => service({ issuer: 'https://auth.acme.dev/x/' }), 'must not end with a slash'],
    ['no keys', () => service({ keys: [] }), 'needs keys'],
    ['no grants', () => service({ grants: [] }), 'needs grants'],
    ['a life too long', () => service({ grants: [{ ...publish, lifetime: 3601 }] }), 'from 10 to 3600'],
    ['no name', () => service({ grants: [{ ...publish, name: ' ' }] }), 'needs a name'],
    ['a name that is not text', () => service({ grants: [{ ...publish, name: 7 as never }] }), 'needs a name'],
    ['a name of 101 characters', () => service({ grants: [{ ...publish, name: 'x'.repeat(101) }] }), 'needs a name'],
    ['no rule', () => service({ grants: [{ name: 'x', scopes: ['a'], audience: api } as never] }), 'needs a rule'],
    ['an empty list of rules', () => service({ grants: [{ ...publish, rule: [] }] }), 'needs a rule'],
    [
      'a rule for service tokens',
      () => service({ grants: [{ ...publish, rule: viaExchange(publish.rule as never, { scope: 'a' }) }] }),
      'takes rules',
    ],
    ['an audience of spaces', () => service({ grants: [{ ...publish, audience: [api, ' '] }] }), 'needs an audience'],
    [
      'an audience that is not text',
      () => service({ grants: [{ ...publish, audience: [api, 7 as never] }] }),
      'needs an audience',
    ],
    ['claims that are no function', () => service({ grants: [{ ...publish, claims: {} as never }] }), 'claims must be'],
    [
      'DPoP that is optional',
      () => service({ grants: [{ ...publish, dpop: 'optional' as never }] }),
      "dpop is 'required'",
    ],
    [
      'no audience at all',
      () => service({ grants: [{ name: 'x', rule: publish.rule, scopes: ['a'] } as never] }),
      'needs an audience',
    ],
    ['one name twice', () => service({ grants: [publish, publish] }), 'Two grants are called'],
    ['a provider for a rule', () => service({ grants: [{ ...publish, rule: githubActions as never }] }), 'takes rules'],
    [
      'a rule of one-time use',
      () => service({ grants: [{ ...publish, rule: oneTime(githubActions({ ownerId: '1' })) }] }),
      'take oneTime() or notExchanged() off its rules',
    ],
    ['no scope', () => service({ grants: [{ ...publish, scopes: [] }] }), 'must be a scope'],
    ['a scope with a space', () => service({ grants: [{ ...publish, scopes: ['a b'] }] }), 'must be a scope'],
    [
      'a default that is none of the scopes',
      () => service({ grants: [{ ...publish, defaultScopes: ['x'] }] }),
      'is not one of its scopes',
    ],
    ['no audience', () => service({ grants: [{ ...publish, audience: [] }] }), 'needs an audience'],
    ['an unknown option', () => service({ grantz: [] } as object), "did you mean 'grants'"],
    ['a short secret', () => service({ nonceSecret: new Uint8Array(31) }), 'at least 32 random bytes'],
  ])('%s', async (_, make, message) => {
    await expect(make()).rejects.toThrow(message)
    await expect(make()).rejects.toThrow(TypeError)
  })

  test('createExchange() accepts a name of 100 characters, and http on loopback with insecureLoopback', async () => {
    const local = 'http://localhost:8080'
    const { exchange } = await service({
      issuer: local,
      insecureLoopback: true,
      grants: [{ ...publish, name: 'x'.repeat(100) }],
    })
    expect(claimsOf(await tokenOf(exchange))['iss']).toBe(local)
  })

  test('createExchange() refuses anything except an options object', async () => {
    await expect(createExchange(undefined as never)).rejects.toThrow(TypeError)
  })
})

test('each platform has its own grants', async () => {
  const lab = gitlab({ repositoryId: '48120077', branch: 'main', refProtected: true })
  const { exchange, clock, store } = await service({ grants: [publish, { ...publish, name: 'lab', rule: lab }] })
  const token = signToken(claimsWith(gitlabPush, { aud: issuer, jti: 'lab-1' }))
  const body = (await ask(exchange, { subject_token: token })).body
  const workload = await apiOf({ exchange, clock, store }).verify(String(body['access_token']))
  expect(workload).toMatchObject({
    provider: 'service-token',
    job: { provider: 'gitlab', repositoryId: '48120077' },
  })
})
