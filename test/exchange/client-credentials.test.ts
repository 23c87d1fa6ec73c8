// The job as an OAuth client that authenticates by its CI token: client_credentials with an
// assertion (RFC 7521 §4.2, RFC 7523 §2.2), and the audience that assertions must have.

import { createVerifier, memoryReplayStore, spiffe } from '@jobpass/core'
import type { AnyWorkload, Verifier } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { githubPush, manualClock, now } from '@jobpass/testing/internal'
import { describe, expect, test } from 'vitest'
import {
  api,
  ask,
  ciToken,
  claimsOf,
  issuer,
  jwtBearer,
  jwtType,
  post,
  publish,
  service,
  tokenExchange,
} from './service.ts'

const jwtAssertion = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const spiffeAssertion = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'
const subject = String(githubPush.sub)

type Form = Readonly<Record<string, string>>

const asking = async (form: Form, given = service()): Promise<readonly [number, Readonly<Record<string, unknown>>]> => {
  const { exchange } = await given
  const { status, body } = await post(exchange, '/token', {
    grant_type: 'client_credentials',
    client_assertion_type: jwtAssertion,
    client_assertion: 'client_assertion' in form ? '' : ciToken(),
    scope: 'publish',
    ...form,
  })
  return [status, JSON.parse(body) as Record<string, unknown>]
}

test('a job that authenticates by its CI token gets a token as with the other grants', async () => {
  const [status, { access_token, ...rest }] = await asking({})
  expect([status, rest]).toEqual([200, { token_type: 'Bearer', expires_in: 900, scope: 'publish' }])
  expect(claimsOf(access_token)).toMatchObject({
    iss: issuer,
    aud: api,
    sub: `https://token.actions.githubusercontent.com#${subject}`,
    client_id: `https://token.actions.githubusercontent.com#${subject}`,
    scope: 'publish',
  })
})

test('only a token exchange names the type of what it issued (RFC 8693 §2.2.1)', async () => {
  const { exchange } = await service()
  const { body } = await ask(exchange)
  expect(body['issued_token_type']).toBe('urn:ietf:params:oauth:token-type:access_token')
  const other = await ask(exchange, { grant_type: jwtBearer, assertion: ciToken() })
  expect(Object.keys(other.body)).toEqual(['access_token', 'token_type', 'expires_in', 'scope'])
})

test.each([
  ['left out', {}],
  ['the subject of the token', { client_id: subject }],
  ['issuer and subject, as in the tokens', { client_id: `https://token.actions.githubusercontent.com#${subject}` }],
])('client_id may be %s', async (_, form) => {
  expect((await asking(form))[0]).toBe(200)
})

test.each<[string, Form, string | undefined]>([
  ['the id of another client', { client_id: 'repo:acme/kiosk:ref:refs/heads/main' }, undefined],
  ['no type of assertion', { client_assertion_type: '' }, undefined],
  [
    'another type of assertion',
    { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    undefined,
  ],
  ['a CI token as a JWT-SVID', { client_assertion_type: spiffeAssertion }, undefined],
  ['no assertion', { client_assertion: '' }, undefined],
  ['a secret as well', { client_secret: 'x' }, undefined],
  ['a malformed assertion', { client_assertion: 'a.b.c' }, 'token_malformed'],
  [
    'an expired assertion',
    { client_assertion: ciToken({ exp: now - 100, iat: now - 400, nbf: now - 400 }) },
    'token_expired',
  ],
  ['an assertion for the API', { client_assertion: ciToken({ aud: api }) }, 'audience_mismatch'],
])('%s is invalid_client with 400 (RFC 6749 §5.2), and uses nothing up', async (_, form, code) => {
  const token = ciToken()
  const given = service()
  const [status, body] = await asking({ client_assertion: token, ...form }, given)
  expect([status, body['error'], body['code']]).toEqual([400, 'invalid_client', code])
  expect((await asking({ client_assertion: token }, given))[0]).toBe(200)
})

test('a job without a grant is an unauthorized client', async () => {
  const [status, body] = await asking({ client_assertion: ciToken({ ref: 'refs/heads/dev' }) })
  expect([status, body['error'], body['code']]).toEqual([400, 'unauthorized_client', 'workload_forbidden'])
})

test.each([
  [tokenExchange, 'subject_token'],
  [jwtBearer, 'assertion'],
])('an assertion next to %s is refused: the CI token is already there', async (grant_type, name) => {
  const { exchange } = await service()
  const form = { grant_type, [name]: ciToken(), client_assertion_type: jwtAssertion, client_assertion: ciToken() }
  const { status, body } = await ask(exchange, form)
  expect([status, body['error']]).toEqual([400, 'invalid_client'])
})

test('one CI token is good for one token, whichever grants present it', async () => {
  const { exchange } = await service()
  const token = ciToken()
  const forms: readonly Form[] = [
    { grant_type: 'client_credentials', client_assertion_type: jwtAssertion, client_assertion: token },
    { grant_type: jwtBearer, assertion: token },
    { grant_type: tokenExchange, subject_token_type: jwtType, subject_token: token },
  ]
  const codes: unknown[] = []
  for (const form of forms) {
    const { status, body } = await post(exchange, '/token', { scope: 'publish', ...form })
    const { error, code } = JSON.parse(body) as Form
    codes.push(status === 200 ? 'issued' : [status, error, code])
  }
  expect(codes).toEqual([
    'issued',
    [400, 'invalid_grant', 'token_replayed'],
    [400, 'invalid_request', 'token_replayed'],
  ])
})

describe('the audience of assertions is the issuer and nothing else (rfc7523bis)', () => {
  const both = [issuer, 'https://auth.acme.dev/token']
  const assertion: Readonly<Record<string, (token: string) => Form>> = {
    client_credentials: (token) => ({ client_assertion_type: jwtAssertion, client_assertion: token }),
    [jwtBearer]: (token) => ({ assertion: token }),
  }

  test.each(Object.keys(assertion))(
    '%s refuses the URL of the token endpoint, which the verifier accepts',
    async (grant_type) => {
      const { exchange } = await service({}, { audience: both })
      const form = (aud: unknown): Form => ({
        grant_type,
        scope: 'publish',
        ...assertion[grant_type]?.(ciToken({ aud })),
      })
      const wrong = await post(exchange, '/token', form(both[1]))
      expect([wrong.status, JSON.parse(wrong.body)]).toMatchObject([
        400,
        { error: grant_type === jwtBearer ? 'invalid_grant' : 'invalid_client', code: 'audience_mismatch' },
      ])
      expect((await post(exchange, '/token', form(issuer))).status).toBe(200)
      expect((await post(exchange, '/token', form([issuer]))).status).toBe(200)
    },
  )

  test('a token exchange may have any audience of the verifier (RFC 8693 has no such rule)', async () => {
    const { exchange } = await service({}, { audience: both })
    expect((await ask(exchange, { subject_token: ciToken({ aud: both[1] }) })).status).toBe(200)
  })
})

test('a workload of SPIFFE authenticates by its JWT-SVID', async () => {
  const trustDomain = await createTestIssuer(spiffe.at('https://oidc.example.org'))
  const rule = spiffe.at('https://oidc.example.org')({ trustDomain: 'example.org', path: '/billing/worker' })
  const clock = manualClock(now)
  const verifier = createVerifier({
    audience: issuer,
    trust: rule,
    fetch: trustDomain.fetch,
    clock,
    replay: { store: memoryReplayStore({ clock }) },
    onWarning: () => {},
  }) as Verifier<AnyWorkload>
  const given = service({ verifier, grants: [{ ...publish, rule }] })
  const svid = (): Promise<string> =>
    trustDomain.mint({ aud: issuer, sub: 'spiffe://example.org/billing/worker', iat: now, exp: now + 300 })
  const form = async (): Promise<Form> => ({ client_assertion_type: spiffeAssertion, client_assertion: await svid() })
  expect((await asking(await form(), given))[0]).toBe(200)
  const named = await asking({ ...(await form()), client_id: 'spiffe://example.org/billing/worker' }, given)
  expect(named[0]).toBe(200)
  const other = await asking({ ...(await form()), client_id: 'spiffe://example.org/billing/other' }, given)
  expect([other[0], other[1]['error']]).toEqual([400, 'invalid_client'])
})
