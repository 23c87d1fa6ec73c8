// Widely used clients over real HTTP, in every adapter: discovery, exchange and a protected route,
// with and without DPoP.

import { serviceTokens, viaExchange } from '@jobpass/exchange'
import type { ServiceWorkload } from '@jobpass/exchange'
import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createExchange } from '@jobpass/exchange'
import type { Exchange } from '@jobpass/exchange'
import * as onExpress from '@jobpass/express'
import * as onFastify from '@jobpass/fastify'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import * as onNest from '@jobpass/nestjs'
import { createTestIssuer } from '@jobpass/testing'
import { Router } from '@koa/router'
import * as nest from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jwtBearer, jwtType, makeKey, tokenExchange } from './service.ts'

type Auth = Parameters<typeof onExpress.workloadAuth>[0]
type Rule = ReturnType<typeof viaExchange>
interface Parts {
  readonly exchange: Exchange
  readonly auth: Auth
  readonly rule: Rule
}

const apps: Readonly<Record<string, (parts: Parts) => RequestListener | Promise<RequestListener>>> = {
  Express: ({ exchange, auth, rule }) => {
    const app = express()
    app.use(onExpress.endpoints(exchange))
    app.use(onExpress.workloadAuth(auth))
    app.put('/packages/:name', onExpress.requireWorkload(rule), (req, res) => void res.json(summary(req.workload)))
    return app
  },
  Koa: ({ exchange, auth, rule }) => {
    const app = new Koa()
    app.use(onKoa.endpoints(exchange))
    app.use(onKoa.workloadAuth(auth as never))
    const router = new Router()
    router.put('/packages/:name', onKoa.requireWorkload(rule), (ctx) => {
      ctx.body = summary(onKoa.getWorkload(ctx))
    })
    app.use(router.routes())
    return app.callback()
  },
  Hono: ({ exchange, auth, rule }) => {
    const app = new Hono()
    app.use(onHono.endpoints(exchange))
    app.use(onHono.workloadAuth(auth as never))
    app.put('/packages/:name', onHono.requireWorkload(rule), (c) => c.json(summary(c.var.workload)))
    return getRequestListener(app.fetch, { overrideGlobalObjects: false })
  },
  Fastify: async ({ exchange, auth, rule }) => {
    const app = fastify()
    await app.register(onFastify.endpoints(exchange))
    await app.register(onFastify.workloadAuth(auth as never))
    app.put('/packages/:name', { onRequest: onFastify.requireWorkload(rule) }, async (request) =>
      summary(onFastify.getWorkload(request)),
    )
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
  NestJS: async ({ exchange, auth, rule }) => {
    class Packages {
      put(workload: unknown): object {
        return summary(workload)
      }
    }
    const put = Object.getOwnPropertyDescriptor(Packages.prototype, 'put') as PropertyDescriptor
    for (const decorate of [nest.Put(':name'), onNest.RequireWorkload(rule)]) decorate(Packages.prototype, 'put', put)
    onNest.Workload()(Packages.prototype, 'put', 0)
    nest.Controller('packages')(Packages)
    class AppModule {}
    nest.Module({ imports: [onNest.WorkloadModule.forRoot(auth)], controllers: [Packages] })(AppModule)
    const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false })
    app.use(onExpress.endpoints(exchange))
    await app.init()
    return app.getHttpAdapter().getInstance() as RequestListener
  },
}

const summary = (workload: unknown): object => {
  const { provider, scopes, job } = workload as ServiceWorkload
  return { provider, scopes, repositoryId: job.repositoryId }
}

const upload = { type: 'upload', package: ['shop', 'kiosk'] }
const apiSecret = 'n3T1h0pW5n9yqvTn0PVbqJ3bT0mZ2x1c'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const jwtAssertion = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const expected = { provider: 'service-token', scopes: ['publish'], repositoryId: '74205118' }
const closing: (() => Promise<unknown>)[] = []
afterAll(() => Promise.all(closing.map((close) => close())))

describe.each(Object.entries(apps))('%s', (_name, makeListener) => {
  let base = ''
  let mint: (claims?: Readonly<Record<string, unknown>>) => Promise<string>

  beforeAll(async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const issuer = `${base}/auth`
    const github = await createTestIssuer(onExpress.githubActions)
    mint = (claims) => github.mint({ aud: issuer, repository_id: '74205118', ref: 'refs/heads/main', ...claims })
    const replay = { store: onExpress.memoryReplayStore() }
    const rule = onExpress.githubActions({ repositoryId: '74205118', branch: 'main' })
    const quiet = { onWarning: () => {} }
    const exchange = await createExchange({
      singleProcess: true,
      issuer,
      verifier: onExpress.createVerifier({ audience: issuer, trust: rule, fetch: github.fetch, replay, ...quiet }),
      grants: [{ name: 'publish', rule, scopes: ['publish'], details: upload, audience: base }],
      introspection: [{ id: 'api', secretDigest: sha256(apiSecret), audience: base }],
      keys: [{ privateKey: await makeKey() }],
      nonceSecret: new Uint8Array(32).fill(1),
      insecureLoopback: true,
    })
    const tokens = serviceTokens(issuer, {
      jobs: onExpress.githubActions,
      insecureLoopback: true,
      dpop: { origin: base, nonceSecret: new Uint8Array(32).fill(2) },
    })
    const auth = { audience: base, trust: tokens, replay, ...quiet } as unknown as Auth
    server.on('request', await makeListener({ exchange, auth, rule: viaExchange(rule, { scope: 'publish' }) }))
  })

  describe('oauth4webapi', () => {
    const insecure = { [oauth.allowInsecureRequests]: true }
    const client: oauth.Client = { client_id: 'any' }

    const discover = async (): Promise<oauth.AuthorizationServer> => {
      const issuer = new URL(`${base}/auth`)
      const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
      return oauth.processDiscoveryResponse(issuer, response)
    }

    const exchangeToken = async (
      as: oauth.AuthorizationServer,
      grant: Readonly<Record<string, string>>,
      options: { DPoP?: oauth.DPoPHandle } = {},
    ): Promise<oauth.TokenEndpointResponse> => {
      const { grant_type: type = tokenExchange, ...rest } = grant
      const response = await oauth.genericTokenEndpointRequest(
        as,
        client,
        oauth.None(),
        type,
        { ...(type === tokenExchange ? { subject_token_type: jwtType } : {}), scope: 'publish', ...rest },
        { ...options, ...insecure },
      )
      return oauth.processGenericTokenEndpointResponse(as, client, response)
    }

    test.each([
      [tokenExchange, 'subject_token'],
      [jwtBearer, 'assertion'],
    ])('oauth4webapi gets a token with %s, and calls a protected route', async (grant_type, parameter) => {
      const { access_token, token_type } = await exchangeToken(await discover(), {
        grant_type,
        [parameter]: await mint(),
      })
      expect(token_type).toBe('bearer')
      const url = new URL(`${base}/packages/shop`)
      const response = await oauth.protectedResourceRequest(access_token, 'PUT', url, undefined, null, insecure)
      expect([response.status, await response.json()]).toEqual([200, expected])
    })

    /** The job authenticates by its CI token. */
    const byToken =
      (token: string): oauth.ClientAuth =>
      (_as, _client, body) => {
        body.set('client_assertion_type', jwtAssertion)
        body.set('client_assertion', token)
      }

    test('oauth4webapi gets a token with client_credentials and authorization details (RFC 7523, RFC 9396)', async () => {
      const as = await discover()
      const parameters = {
        scope: 'publish',
        authorization_details: JSON.stringify([{ type: 'upload', package: 'shop' }]),
      }
      const auth = byToken(await mint())
      const response = await oauth.clientCredentialsGrantRequest(
        as,
        client,
        auth,
        new URLSearchParams(parameters),
        insecure,
      )
      const { access_token, authorization_details } = await oauth.processClientCredentialsResponse(as, client, response)
      expect(authorization_details).toEqual([{ type: 'upload', package: 'shop' }])
      const call = await oauth.protectedResourceRequest(
        access_token,
        'PUT',
        new URL(`${base}/packages/shop`),
        undefined,
        null,
        insecure,
      )
      expect([call.status, await call.json()]).toEqual([200, expected])
    })

    test('oauth4webapi gets the documented errors of client_credentials', async () => {
      const as = await discover()
      const asking = async (auth: oauth.ClientAuth, parameters: Readonly<Record<string, string>>): Promise<unknown> => {
        const form = new URLSearchParams(parameters)
        const response = await oauth.clientCredentialsGrantRequest(as, client, auth, form, insecure)
        return oauth.processClientCredentialsResponse(as, client, response)
      }
      await expect(asking(byToken('a.b.c'), { scope: 'publish' })).rejects.toMatchObject({
        error: 'invalid_client',
        status: 400,
      })
      const details = JSON.stringify([{ type: 'delete' }])
      await expect(asking(byToken(await mint()), { authorization_details: details })).rejects.toMatchObject({
        error: 'invalid_authorization_details',
        status: 400,
      })
    })

    test('oauth4webapi introspects a token for an API (RFC 7662)', async () => {
      const as = await discover()
      const { access_token } = await exchangeToken(as, { subject_token: await mint() })
      const introspecting = async (secret: string): Promise<oauth.IntrospectionResponse> => {
        const auth = oauth.ClientSecretBasic(secret)
        const own = { client_id: 'api' }
        const response = await oauth.introspectionRequest(as, own, auth, access_token, insecure)
        return oauth.processIntrospectionResponse(as, own, response)
      }
      expect(await introspecting(apiSecret)).toMatchObject({
        active: true,
        scope: 'publish',
        aud: base,
        token_type: 'Bearer',
      })
      await expect(introspecting('another')).rejects.toThrow(oauth.WWWAuthenticateChallengeError)
    })

    test('oauth4webapi uses DPoP with nonces of both servers (RFC 9449)', async () => {
      const as = await discover()
      const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))
      const subject_token = await mint()
      const first = exchangeToken(as, { subject_token }, { DPoP })
      await expect(first).rejects.toSatisfy(oauth.isDPoPNonceError)
      const { access_token, token_type } = await exchangeToken(as, { subject_token }, { DPoP })
      expect(token_type).toBe('dpop')
      const url = new URL(`${base}/packages/shop?x=1`)
      const call = () =>
        oauth.protectedResourceRequest(access_token, 'PUT', url, undefined, null, { DPoP, ...insecure })
      await expect(call()).rejects.toSatisfy(oauth.isDPoPNonceError)
      const response = await call()
      expect([response.status, await response.json()]).toEqual([200, expected])
      const bearer = await fetch(url, { method: 'PUT', headers: { authorization: `Bearer ${access_token}` } })
      expect([bearer.status, ((await bearer.json()) as { code: string }).code]).toEqual([401, 'scheme_mismatch'])
    })

    test('oauth4webapi gets the documented error of a refusal', async () => {
      const as = await discover()
      const refused = exchangeToken(as, { subject_token: await mint({ ref: 'refs/heads/dev' }) })
      await expect(refused).rejects.toMatchObject({ error: 'unauthorized_client', status: 400 })
      const scope = exchangeToken(as, { subject_token: await mint(), scope: 'admin' })
      await expect(scope).rejects.toMatchObject({ error: 'invalid_scope' })
      const twice = await mint()
      await exchangeToken(as, { subject_token: twice })
      await expect(exchangeToken(as, { subject_token: twice })).rejects.toMatchObject({ error: 'invalid_request' })
    })

    test('oauth4webapi revokes a token (RFC 7009)', async () => {
      const as = await discover()
      const { access_token } = await exchangeToken(as, { subject_token: await mint() })
      const response = await oauth.revocationRequest(as, client, oauth.None(), access_token, insecure)
      await expect(oauth.processRevocationResponse(response)).resolves.toBeUndefined()
    })

    test('oauth4webapi parses the challenges to an invalid token', async () => {
      const url = new URL(`${base}/packages/shop`)
      const call = oauth.protectedResourceRequest('x.y.z', 'PUT', url, undefined, null, insecure)
      const error = (await call.catch((reason: unknown) => reason)) as oauth.WWWAuthenticateChallengeError
      expect(error.cause.map(({ scheme, parameters }) => [scheme, parameters.error])).toEqual([
        ['bearer', 'invalid_token'],
        ['dpop', undefined],
      ])
    })
  })

  describe('openid-client', () => {
    const configure = (): Promise<openid.Configuration> =>
      openid.discovery(new URL(`${base}/auth`), 'any', undefined, openid.None(), {
        algorithm: 'oauth2',
        execute: [openid.allowInsecureRequests],
      })

    test('openid-client discovers, exchanges and calls', async () => {
      const config = await configure()
      const tokens = await openid.genericGrantRequest(config, tokenExchange, {
        subject_token: await mint(),
        subject_token_type: jwtType,
        scope: 'publish',
      })
      const url = new URL(`${base}/packages/shop`)
      const response = await openid.fetchProtectedResource(config, tokens.access_token, url, 'PUT')
      expect([response.status, await response.json()]).toEqual([200, expected])
    })

    test('openid-client does the same with DPoP, and retries with the nonce', async () => {
      const config = await configure()
      const DPoP = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair('ES256'))
      const parameters = { subject_token: await mint(), subject_token_type: jwtType, scope: 'publish' }
      const tokens = await openid.genericGrantRequest(config, tokenExchange, parameters, { DPoP })
      expect(tokens.token_type).toBe('dpop')
      const url = new URL(`${base}/packages/shop`)
      const response = await openid.fetchProtectedResource(config, tokens.access_token, url, 'PUT', null, undefined, {
        DPoP,
      })
      expect([response.status, await response.json()]).toEqual([200, expected])
    })

    test('openid-client uses client_credentials and introspection', async () => {
      const token = await mint()
      const config = await openid.discovery(
        new URL(`${base}/auth`),
        'any',
        undefined,
        (_as, _client, body) => {
          body.set('client_assertion_type', jwtAssertion)
          body.set('client_assertion', token)
        },
        { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] },
      )
      const { access_token } = await openid.clientCredentialsGrant(config, { scope: 'publish' })
      const api = await openid.discovery(
        new URL(`${base}/auth`),
        'api',
        undefined,
        openid.ClientSecretPost(apiSecret),
        {
          algorithm: 'oauth2',
          execute: [openid.allowInsecureRequests],
        },
      )
      expect(await openid.tokenIntrospection(api, access_token)).toMatchObject({
        active: true,
        scope: 'publish',
        iss: `${base}/auth`,
      })
    })

    test('openid-client throws the documented errors', async () => {
      const config = await configure()
      const parameters = { subject_token: await mint({ repository_id: '1' }), subject_token_type: jwtType }
      await expect(openid.genericGrantRequest(config, tokenExchange, parameters)).rejects.toMatchObject({
        error: 'unauthorized_client',
        cause: { code: 'workload_forbidden' },
      })
    })
  })
})
