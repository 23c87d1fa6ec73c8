// Another path and body for the token endpoint, for clients of a vendor that already post JSON.

import type { ExchangeOptions } from '@jobpass/exchange'
import * as onExpress from '@jobpass/express'
import express from 'express'
import supertest from 'supertest'
import { describe, expect, test } from 'vitest'
import { ciToken, claimsOf, issuer, jwtBearer, post, service } from './service.ts'

const tokenEndpoint = { path: '/v1/auth/jwt', json: { jwt: 'subject_token', permission: 'scope' } }
const asJson = { 'content-type': ['application/json'] }

const sent = async (body: unknown, headers: Readonly<Record<string, readonly string[]>> = asJson) => {
  const { exchange } = await service({ tokenEndpoint })
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await post(exchange, tokenEndpoint.path, text, headers)
  return [answer.status, JSON.parse(answer.body) as Readonly<Record<string, unknown>>] as const
}

test('a JSON body with the names of the vendor is a token exchange', async () => {
  const [status, body] = await sent({ jwt: ciToken(), permission: 'publish' })
  expect([status, body['token_type'], body['scope']]).toEqual([200, 'Bearer', 'publish'])
  expect(claimsOf(body['access_token'])).toMatchObject({ iss: issuer, scope: 'publish' })
})

test('a JSON body may name parameters, and another grant type', async () => {
  expect((await sent({ grant_type: jwtBearer, assertion: ciToken(), scope: 'publish' }))[0]).toBe(200)
})

test('forms are accepted at that path too, and nothing is at the usual one', async () => {
  const { exchange } = await service({ tokenEndpoint })
  const form = { grant_type: jwtBearer, assertion: ciToken(), scope: 'publish' }
  expect((await post(exchange, '/v1/auth/jwt', form)).status).toBe(200)
  await expect(post(exchange, '/token', form)).rejects.toThrow('no such endpoint')
})

test('the metadata names the path', async () => {
  const { exchange } = await service({ tokenEndpoint })
  const response = await exchange.fetch('https://auth.acme.dev/.well-known/oauth-authorization-server')
  expect(await response.json()).toMatchObject({ token_endpoint: 'https://auth.acme.dev/v1/auth/jwt' })
})

test.each<[string, unknown, Readonly<Record<string, readonly string[]>>?]>([
  ['no JSON', '{'],
  ['a list', []],
  ['text', '"x"'],
  ['null', 'null'],
  ['a value that is no text', { jwt: ['x'] }],
  ['a member and the parameter it stands for', { jwt: 'x', subject_token: 'x' }],
  ['more than 32 members', Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`m${index}`, 'x']))],
  ['another type of body', { jwt: 'x' }, { 'content-type': ['text/plain'] }],
])('%s is invalid_request', async (_, body, headers) => {
  const [status, { error }] = await sent(body, headers)
  expect([status, error]).toEqual([400, 'invalid_request'])
})

test('without the option JSON is refused', async () => {
  const { exchange } = await service()
  const { status, body } = await post(exchange, '/token', JSON.stringify({ subject_token: ciToken() }), asJson)
  expect([status, JSON.parse(body)]).toEqual([
    400,
    { error: 'invalid_request', error_description: 'The body must be application/x-www-form-urlencoded.' },
  ])
})

test.each([true, false])('over HTTP, with a body parser in front: %s', async (parser) => {
  const { exchange } = await service({ tokenEndpoint })
  const app = express()
  if (parser) app.use(express.json())
  app.use(onExpress.endpoints(exchange))
  const { status, body } = await supertest(app).post('/v1/auth/jwt').send({ jwt: ciToken(), permission: 'publish' })
  expect([status, (body as { scope?: string }).scope]).toEqual([200, 'publish'])
})

describe.each(['https://auth.acme.dev', 'https://auth.acme.dev/ci'])('of %s', (of) => {
  const base = new URL(of).pathname.replace(/\/$/, '')

  test.each([
    `${base}/jwks`,
    `${base}/revoke`,
    `${base}/introspect`,
    `${base}/authorize`,
    `/.well-known/oauth-authorization-server${base}`,
    '/.well-known/anything',
  ])('the path of another endpoint is a TypeError: %s', async (path) => {
    const made = service({ issuer: of, tokenEndpoint: { path } }, { audience: of })
    await expect(made).rejects.toThrow(TypeError)
    await expect(made).rejects.toThrow('and is not that of another endpoint')
  })

  test.each([`${base}/token`, '/v1/..auth', '/.hidden', '/other/jwks'])('%s is a path', async (path) => {
    const { exchange } = await service({ issuer: of, tokenEndpoint: { path } }, { audience: of })
    const form = { grant_type: jwtBearer, assertion: ciToken({ aud: of }), scope: 'publish' }
    expect((await post(exchange, path, form)).status).toBe(200)
  })
})

describe('bad options', () => {
  test.each<[string, unknown, string]>([
    ['a path without a slash', { path: 'v1/auth' }, "path begins with a slash, such as '/v1/auth/jwt'"],
    ['an address', { path: 'https://auth.acme.dev/v1' }, 'path begins with a slash'],
    ['a path with a query', { path: '/v1?x' }, 'path begins with a slash'],
    ...['/v1/../token', '/./x', '/..', '/v1/.', '/v1/%2e%2e/token', '/v1//token', '/v1/'].map(
      (path): [string, unknown, string] => [`the path ${path}`, { path }, 'path begins with a slash'],
    ),
    ['JSON that is true', { json: true }, "such as { jwt: 'subject_token' }"],
    ['a parameter that is none', { json: { jwt: 'Subject Token' } }, "such as { jwt: 'subject_token' }"],
    ['an unknown option', { url: '/v1' }, "has no 'url'"],
  ])('%s is a TypeError', async (_, given, message) => {
    const made = service({ tokenEndpoint: given as NonNullable<ExchangeOptions['tokenEndpoint']> })
    await expect(made).rejects.toThrow(TypeError)
    await expect(made).rejects.toThrow(message)
  })
})
