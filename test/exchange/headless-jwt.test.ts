// docs/security/headless-jwt.md: each requirement of draft-levy-wimse-headless-jwt-authentication,
// and of RFC 7523 §3, to which it refers.

import { createVerifier, githubActions } from '@jobpass/core'
import type { AnyWorkload, Verifier } from '@jobpass/core'
import { claimsWith, fetchKeys, githubPush, signToken } from '@jobpass/testing/internal'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { ask, ciToken, issuer, jwtBearer, post, service } from './service.ts'

const asking = async (assertion: string, given = service()): Promise<readonly [number, string, string]> => {
  const { exchange } = await given
  const { status, body } = await post(exchange, '/token', { grant_type: jwtBearer, assertion, scope: 'publish' })
  const { error = '', code = '' } = JSON.parse(body) as Readonly<Record<string, string>>
  return [status, error, code]
}

test('MUST trust the JWT issuer: nothing is fetched for another one', async () => {
  const fetched: string[] = []
  const keys = fetchKeys()
  const counting: typeof fetch = (input, init) => {
    fetched.push(String(input))
    return keys(input, init)
  }
  const given = service({}, { fetch: counting })
  expect(await asking(ciToken({ iss: 'https://issuer.example.org' }), given)).toEqual([
    400,
    'invalid_grant',
    'issuer_untrusted',
  ])
  expect(fetched).toEqual([])
})

test('MUST trust the specific workload: a job of a trusted issuer without a grant gets nothing', async () => {
  expect(await asking(ciToken({ ref: 'refs/heads/dev' }))).toEqual([400, 'unauthorized_client', 'workload_forbidden'])
})

test('the audience of the example, the token endpoint, is refused for an assertion and not for a subject token', async () => {
  const aud = `${issuer}/token`
  expect(await asking(ciToken({ aud }))).toEqual([400, 'invalid_grant', 'audience_mismatch'])
  const given = await service({}, { audience: [issuer, aud] })
  expect(await asking(ciToken({ aud }), Promise.resolve(given))).toEqual([400, 'invalid_grant', 'audience_mismatch'])
  expect((await ask(given.exchange, { subject_token: ciToken({ aud }) })).status).toBe(200)
})

test('a secure channel MUST be used: an exchange and an issuer without TLS do not construct', async () => {
  await expect(service({ issuer: 'http://auth.acme.dev' })).rejects.toThrow('must be https:')
  expect(() => githubActions.at('http://issuer.acme.dev')).toThrow('must be https:')
  expect(() => githubActions.at('https://issuer.acme.dev', { jwksUri: 'http://issuer.acme.dev/jwks' })).toThrow(
    'https:',
  )
})

test.each(['iss', 'sub', 'aud', 'exp'])('RFC 7523 §3: a JWT without %s is refused', async (name) => {
  const { [name]: _, ...claims } = claimsWith(githubPush, { aud: issuer, jti: `without-${name}` })
  const [status, error] = await asking(signToken(claims))
  expect([status, error]).toEqual([400, 'invalid_grant'])
})

test('the key is the one that was discovered, never one from the JWT', async () => {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const forged = (header: object): Promise<string> =>
    new SignJWT(claimsWith(githubPush, { aud: issuer, jti: 'forged' }))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...header })
      .sign(privateKey)
  for (const header of [
    { jwk: await exportJWK(publicKey) },
    { kid: 'test', jku: 'https://evil.example/jwks' },
    { kid: 'x' },
  ]) {
    const [status, error] = await asking(await forged(header))
    expect([status, error]).toEqual([400, 'invalid_grant'])
  }
})

test('the discovered configuration must name the issuer that was configured', async () => {
  const verifier = createVerifier({
    audience: issuer,
    trust: githubActions({ ownerId: '1234567' }),
    fetch: async () =>
      Response.json({ issuer: 'https://other.example.org', jwks_uri: 'https://other.example.org/jwks' }),
    clock: (await service()).clock,
    replay: { store: (await service()).store },
    onWarning: () => {},
  }) as Verifier<AnyWorkload>
  expect(await asking(ciToken(), service({ verifier }))).toEqual([503, 'temporarily_unavailable', 'issuer_unavailable'])
})
