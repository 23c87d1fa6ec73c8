// Widely used clients over real HTTP, in every adapter: discovery, exchange and a protected route,
// as a bearer, with DPoP and with a certificate.

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
import { decodeJwt } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jwtBearer, jwtType, makeKey, tokenExchange } from './service.ts'

type Auth = Parameters<typeof onExpress.workloadAuth>[0]
type Rule = ReturnType<typeof viaExchange>
interface Parts {
  readonly exchange: Exchange
  readonly auth: Auth
  readonly rules: readonly [Rule, Rule]
}

const apps: Readonly<Record<string, (parts: Parts) => RequestListener | Promise<RequestListener>>> = {
  Express: ({ exchange, auth, rules }) => {
    const app = express()
    app.use(onExpress.endpoints(exchange))
    app.use(onExpress.workloadAuth(auth))
    app.put('/packages/:name', onExpress.requireWorkload(...rules), (req, res) => void res.json(summary(req.workload)))
    return app
  },
  Koa: ({ exchange, auth, rules }) => {
    const app = new Koa()
    app.use(onKoa.endpoints(exchange))
    app.use(onKoa.workloadAuth(auth as never))
    const router = new Router()
    router.put('/packages/:name', onKoa.requireWorkload(...rules), (ctx) => {
      ctx.body = summary(onKoa.getWorkload(ctx))
    })
    app.use(router.routes())
    return app.callback()
  },
  Hono: ({ exchange, auth, rules }) => {
    const app = new Hono()
    app.use(onHono.endpoints(exchange))
    app.use(onHono.workloadAuth(auth as never))
    app.put('/packages/:name', onHono.requireWorkload(...rules), (c) => c.json(summary(c.var.workload)))
    return getRequestListener(app.fetch, { overrideGlobalObjects: false })
  },
  Fastify: async ({ exchange, auth, rules }) => {
    const app = fastify()
    await app.register(onFastify.endpoints(exchange))
    await app.register(onFastify.workloadAuth(auth as never))
    app.put('/packages/:name', { onRequest: onFastify.requireWorkload(...rules) }, async (request) =>
      summary(onFastify.getWorkload(request)),
    )
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
  NestJS: async ({ exchange, auth, rules }) => {
    class Packages {
      put(workload: unknown): object {
        return summary(workload)
      }
    }
    const put = Object.getOwnPropertyDescriptor(Packages.prototype, 'put') as PropertyDescriptor
    for (const decorate of [nest.Put(':name'), onNest.RequireWorkload(...rules)])
      decorate(Packages.prototype, 'put', put)
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
  return { provider, scopes, job: job.subject }
}

const upload = { type: 'upload', package: ['shop', 'kiosk'] }
const apiSecret = 'n3T1h0pW5n9yqvTn0PVbqJ3bT0mZ2x1c'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const jwtAssertion = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const spiffeAssertion = 'urn:ietf:params:oauth:client-assertion-type:jwt-spiffe'

const mesh = onExpress.spiffe.at('https://oidc.mesh.acme.dev')
const ciJob = 'repo:acme/shop:ref:refs/heads/main'
const worker = 'spiffe://mesh.acme.dev/worker'
const called = (subject: string): object => ({ provider: 'service-token', scopes: ['publish'], job: subject })
const expected = called(ciJob)

/** How a workload presents its token. */
interface Presented {
  readonly grant: string
  readonly parameters: Readonly<Record<string, string>>
  readonly auth: oauth.ClientAuth
}

/** The job authenticates by its CI token, or another workload by its JWT-SVID. */
const byToken =
  (token: string, type = jwtAssertion): oauth.ClientAuth =>
  (_as, _client, body) => {
    body.set('client_assertion_type', type)
    body.set('client_assertion', token)
  }

/** What the proxy that ends TLS writes for the certificate of a client. */
const shown = { 'client-cert': `:${Buffer.from('the certificate of a client').toString('base64')}:` }
const thumbprint = createHash('sha256').update('the certificate of a client').digest('base64url')
/** How a library reaches a server: directly, or through that proxy with the certificate. */
type Reach = (url: string, init: { readonly headers?: Readonly<Record<string, string>> }) => Promise<Response>
const directly: Reach = (url, init) => fetch(url, init)
const withCertificate: Reach = (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...shown } })

const closing: (() => Promise<unknown>)[] = []
afterAll(() => Promise.all(closing.map((close) => close())))

describe.each(Object.entries(apps))('%s', (_name, makeListener) => {
  let base = ''
  let mint: (claims?: Readonly<Record<string, unknown>>) => Promise<string>
  let mintSvid: () => Promise<string>

  beforeAll(async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const issuer = `${base}/auth`
    const [github, domain] = [await createTestIssuer(onExpress.githubActions), await createTestIssuer(mesh)]
    mint = (claims) =>
      github.mint({ aud: issuer, repository_id: '74205118', ref: 'refs/heads/main', sub: ciJob, ...claims })
    mintSvid = () => domain.mint({ aud: issuer, sub: worker })
    const keysOf: typeof fetch = (input, init) =>
      (String(input).startsWith(mesh.issuer) ? domain : github).fetch(input, init)
    const replay = { store: onExpress.memoryReplayStore() }
    const rule = onExpress.githubActions({ repositoryId: '74205118', branch: 'main' })
    const workers = mesh({ trustDomain: 'mesh.acme.dev', path: '/worker' })
    const quiet = { onWarning: () => {} }
    const certificate = { header: 'client-cert', format: 'rfc9440' } as const
    const trust = [rule, workers]
    const exchange = await createExchange({
      singleProcess: true,
      issuer,
      verifier: onExpress.createVerifier({ audience: issuer, trust, fetch: keysOf, replay, ...quiet }),
      grants: [{ name: 'publish', rule: trust, scopes: ['publish'], details: upload, audience: base }],
      introspection: [{ id: 'api', secretDigest: sha256(apiSecret), audience: base }],
      keys: [{ privateKey: await makeKey() }],
      nonceSecret: new Uint8Array(32).fill(1),
      certificate,
      insecureLoopback: true,
    })
    const tokens = serviceTokens(issuer, {
      jobs: [onExpress.githubActions, mesh],
      insecureLoopback: true,
      dpop: { origin: base, nonceSecret: new Uint8Array(32).fill(2) },
      certificate,
    })
    const auth = { audience: base, trust: tokens, replay, ...quiet } as unknown as Auth
    const rules = [viaExchange(rule, { scope: 'publish' }), viaExchange(workers, { scope: 'publish' })] as const
    server.on('request', await makeListener({ exchange, auth, rules }))
  })

  /** The grants, as a workload uses them, and the job that the API sees. */
  const ways: Readonly<Record<string, readonly [subject: string, present: () => Promise<Presented>]>> = {
    'a token exchange (RFC 8693)': [
      ciJob,
      async () => ({
        grant: tokenExchange,
        parameters: { subject_token: await mint(), subject_token_type: jwtType },
        auth: oauth.None(),
      }),
    ],
    'an assertion (RFC 7523 §2.1)': [
      ciJob,
      async () => ({ grant: jwtBearer, parameters: { assertion: await mint() }, auth: oauth.None() }),
    ],
    'client credentials and a CI token (RFC 7523 §2.2)': [
      ciJob,
      async () => ({ grant: 'client_credentials', parameters: {}, auth: byToken(await mint()) }),
    ],
    'client credentials and a JWT-SVID': [
      worker,
      async () => ({
        grant: 'client_credentials',
        parameters: {},
        auth: byToken(await mintSvid(), spiffeAssertion),
      }),
    ],
  }

  /** Gets a token with a library, and calls the protected route with it. */
  type Library = (presented: Presented, reach: Reach) => Promise<[token: string, call: Call]>
  type Call = (reach: Reach) => Promise<Response>

  const libraries: Readonly<Record<string, Library>> = {
    oauth4webapi: async ({ grant, parameters, auth }, reach) => {
      const [issuer, client] = [new URL(`${base}/auth`), { client_id: 'any' }]
      const insecure = { [oauth.allowInsecureRequests]: true }
      const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
      const as = await oauth.processDiscoveryResponse(issuer, found)
      const options = { ...insecure, [oauth.customFetch]: reach as never }
      const form = { scope: 'publish', ...parameters }
      const answer = await oauth.genericTokenEndpointRequest(as, client, auth, grant, form, options)
      const { access_token } = await oauth.processGenericTokenEndpointResponse(as, client, answer)
      const url = new URL(`${base}/packages/shop`)
      const call: Call = (reaching) =>
        oauth.protectedResourceRequest(access_token, 'PUT', url, undefined, null, {
          ...insecure,
          [oauth.customFetch]: reaching as never,
        })
      return [access_token, call]
    },
    'openid-client': async ({ grant, parameters, auth }, reach) => {
      const config = await openid.discovery(new URL(`${base}/auth`), 'any', undefined, auth, {
        algorithm: 'oauth2',
        execute: [openid.allowInsecureRequests],
      })
      config[openid.customFetch] = reach
      const { access_token } = await openid.genericGrantRequest(config, grant, { scope: 'publish', ...parameters })
      const call: Call = (reaching) => {
        config[openid.customFetch] = reaching
        return openid.fetchProtectedResource(config, access_token, new URL(`${base}/packages/shop`), 'PUT')
      }
      return [access_token, call]
    },
  }

  describe.each(Object.entries(libraries))('%s', (_library, run) => {
    test.each(Object.entries(ways))('gets a token by %s, and calls a protected route', async (_way, row) => {
      const [subject, present] = row
      const [token, call] = await run(await present(), directly)
      const response = await call(directly)
      expect([response.status, await response.json()]).toEqual([200, called(subject)])
      expect(decodeJwt(token)['cnf']).toBeUndefined()
    })

    test.each(Object.entries(ways))(
      'gets a token by %s that only the holder of a certificate can use',
      async (...row) => {
        const [, [subject, present]] = row
        const [token, call] = await run(await present(), withCertificate)
        expect(decodeJwt(token)['cnf']).toEqual({ 'x5t#S256': thumbprint })
        const response = await call(withCertificate)
        expect([response.status, await response.json()]).toEqual([200, called(subject)])
        const stolen = await fetch(`${base}/packages/shop`, {
          method: 'PUT',
          headers: { authorization: `Bearer ${token}` },
        })
        expect([stolen.status, await stolen.json()]).toMatchObject([401, { code: 'certificate_mismatch' }])
      },
    )
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

    test('openid-client uses DPoP, and retries with the nonce', async () => {
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
