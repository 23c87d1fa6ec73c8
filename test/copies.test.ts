// O8: two copies of core in one process, such as those of an application and an adapter. Objects of
// one copy are unknown to the other, and the message names both.

import 'reflect-metadata'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type * as jobpass from '@jobpass/core'
import type * as internals from '@jobpass/core/internal'
import type * as exchanges from '@jobpass/exchange'
import type * as expressAdapter from '@jobpass/express'
import type * as fastifyAdapter from '@jobpass/fastify'
import type * as honoAdapter from '@jobpass/hono'
import type * as koaAdapter from '@jobpass/koa'
import type * as mcpAdapter from '@jobpass/mcp'
import type * as nestAdapter from '@jobpass/nestjs'
import type * as policies from '@jobpass/policy'
import { createTestIssuer } from '@jobpass/testing'
import { githubActions } from '@jobpass/core'
import { Catch, Controller, Get, Module } from '@nestjs/common'
import { APP_FILTER, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { build } from 'esbuild'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jobpass-copies-')))
afterAll(() => rmSync(folder, { recursive: true }))
execFileSync(process.execPath, ['scripts/bundle.mjs', join(folder, 'built')], { cwd: root })

const shipped = ['core', 'express', 'koa', 'hono', 'fastify', 'nestjs', 'mcp', 'exchange', 'policy']
const needed = ['jose', 'express', 'koa', 'hono', 'fastify-plugin', '@nestjs/common', '@nestjs/core', 'yaml']

/** Installs the published packages into a folder, and imports one from there. */
function install(name: string) {
  const modules = join(folder, name, 'node_modules')
  for (const each of shipped) {
    const home = join(modules, '@jobpass', each)
    cpSync(join(folder, 'built', each), join(home, 'dist'), { recursive: true })
    const { publishConfig, ...manifest } = JSON.parse(
      readFileSync(join(root, 'packages', each, 'package.json'), 'utf8'),
    )
    writeFileSync(join(home, 'package.json'), JSON.stringify({ ...manifest, exports: publishConfig.exports }))
    mkdirSync(join(home, 'node_modules'))
  }
  for (const each of needed) {
    const owner = shipped.find((one) => {
      try {
        return realpathSync(join(root, 'packages', one, 'node_modules', each))
      } catch {
        return false
      }
    })
    if (owner === undefined) continue
    mkdirSync(dirname(join(modules, each)), { recursive: true })
    symlinkSync(realpathSync(join(root, 'packages', owner, 'node_modules', each)), join(modules, each))
  }
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(modules, '@jobpass', file)).href)
  return { at: pathToFileURL(join(modules, '@jobpass', 'core')).href, load }
}

async function copyOf(name: string) {
  const { at, load } = install(name)
  return {
    at,
    core: (await load('core/dist/index.js')) as typeof jobpass,
    internal: (await load('core/dist/internal.js')) as typeof internals,
    express: (await load('express/dist/index.js')) as typeof expressAdapter,
    koa: (await load('koa/dist/index.js')) as typeof koaAdapter,
    hono: (await load('hono/dist/index.js')) as typeof honoAdapter,
    fastify: (await load('fastify/dist/index.js')) as typeof fastifyAdapter,
    nestjs: (await load('nestjs/dist/index.js')) as typeof nestAdapter,
    mcp: (await load('mcp/dist/index.js')) as typeof mcpAdapter,
    exchange: (await load('exchange/dist/index.js')) as typeof exchanges,
    policy: (await load('policy/dist/index.js')) as typeof policies,
  }
}

type Copy = Awaited<ReturnType<typeof copyOf>>
const ours = await copyOf('application')
const theirs = await copyOf('adapter')
const message = `two copies of @jobpass/core, at ${ours.at} and ${theirs.at}: install one`

const audience = 'https://api.acme.dev'
const pin = { ownerId: '1234567' } as const
const issuer = await createTestIssuer(githubActions)
const verifierOf = ({ core }: Copy, more: object = {}) => {
  const provider = core.githubActions.at(issuer.issuer, { fetch: issuer.fetch })
  return core.createVerifier({ audience, trust: provider(pin), onWarning: () => {}, ...more })
}
const token = await issuer.mint({ aud: audience })
const identity = await verifierOf(theirs).verify(token)
const rule = theirs.core.githubActions(pin)
const set = theirs.internal.makeRuleSet<jobpass.AnyWorkload>({ current: () => new Map([['deploy', [rule]]]) }, 'deploy')
const own = ours.core.githubActions(pin)

/** Each object of one copy, passed to each function of the other that takes such an object. */
const ways: readonly (readonly [string, () => unknown])[] = [
  ['a rule in trust', () => ours.core.createVerifier({ audience, trust: rule })],
  ['a rule in a list of trust', () => ours.core.createVerifier({ audience, trust: [own, rule] })],
  ['a provider in trust', () => ours.core.createVerifier({ audience, trust: theirs.core.githubActions as never })],
  [
    'a look-up in trust',
    () => ours.core.createVerifier({ audience, trust: theirs.core.githubActions.lookup(() => undefined) }),
  ],
  [
    'serviceTokens() in trust',
    () =>
      ours.core.createVerifier({
        audience,
        trust: theirs.exchange.serviceTokens('https://auth.acme.dev', { jobs: theirs.core.githubActions }),
      }),
  ],
  [
    'providers in serviceTokens()',
    () => ours.exchange.serviceTokens('https://auth.acme.dev', { jobs: theirs.core.githubActions }),
  ],
  [
    'a deny rule in deny',
    () => ours.core.createVerifier({ audience, trust: own, deny: theirs.core.githubActions.deny(pin) }),
  ],
  ['a verifier as the options of another', () => ours.core.createVerifier(verifierOf(theirs) as never)],
  ['a provider in lookup()', () => ours.core.githubActions.lookup(theirs.core.githubActions as never)],
  ['a rule in oneTime()', () => ours.core.oneTime(rule)],
  ['a rule in notExchanged()', () => ours.exchange.notExchanged(rule)],
  ['a rule in reportOnly()', () => ours.core.reportOnly(rule)],
  ['a rule in viaExchange()', () => ours.exchange.viaExchange(rule, { scope: 'deploy' })],
  ['a rule in decide()', () => ours.core.decide(rule, identity)],
  ['an identity in decide()', () => ours.core.decide(own, identity)],
  ['an identity in suggestRule()', () => ours.core.suggestRule(identity)],
  ['a provider in parseRule()', () => ours.core.parseRule(own.toJSON(), [theirs.core.githubActions])],
  ...(['express', 'koa', 'hono', 'fastify', 'nestjs', 'mcp'] as const).flatMap(
    (name): (readonly [string, () => unknown])[] => {
      const deny: unknown = Reflect.get(theirs.core.githubActions, 'deny')
      const { RequireWorkload, WorkloadModule } = ours.nestjs
      const nest = { requireWorkload: RequireWorkload, workloadAuth: WorkloadModule.forRoot.bind(WorkloadModule) }
      const { requireWorkload, workloadAuth } = (name === 'nestjs' ? nest : ours[name]) as typeof expressAdapter
      return [
        [`a verifier at workloadAuth() of ${name}`, () => workloadAuth(verifierOf(theirs))],
        [`a rule at workloadAuth() of ${name}`, () => workloadAuth({ audience, trust: rule })],
        [`a rule at requireWorkload() of ${name}`, () => requireWorkload(rule)],
        [`oneTime() at requireWorkload() of ${name}`, () => requireWorkload(theirs.core.oneTime(rule))],
        [`reportOnly() at requireWorkload() of ${name}`, () => requireWorkload(theirs.core.reportOnly(rule))],
        [`a set of rules at requireWorkload() of ${name}`, () => requireWorkload(set)],
        [`a set beside a rule at requireWorkload() of ${name}`, () => requireWorkload(own, set)],
        [`a provider at requireWorkload() of ${name}`, () => requireWorkload(theirs.core.githubActions as never)],
        [`deny() at requireWorkload() of ${name}`, () => requireWorkload(deny as never)],
      ]
    },
  ),
  [
    'a verifier in an exchange',
    () => ours.exchange.createExchange({ issuer: 'https://auth.acme.dev', verifier: verifierOf(theirs), grants: [] }),
  ],
  [
    'a rule in a grant',
    () =>
      ours.exchange.createExchange({
        issuer: 'https://auth.acme.dev',
        verifier: verifierOf(ours, { replay: { store: ours.core.memoryReplayStore() } }),
        grants: [{ name: 'deploy', rule, scopes: ['deploy'], audience }] as never,
        singleProcess: true,
      }),
  ],
  [
    'a provider of a policy',
    () => ours.policy.loadPolicy({ version: 1, rules: {} }, { providers: [theirs.core.githubActions] }),
  ],
  ['a rule in lintRules()', () => ours.policy.lintRules({ trust: rule })],
  ['a set of rules in lintRules()', () => ours.policy.lintRules({ trust: own, routes: { deploy: set } })],
]

test.each(ways)('O8: %s names both copies, at construction', async (_, use) => {
  const failure = await Promise.resolve()
    .then(use)
    .catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(TypeError)
  expect((failure as TypeError).message).toBe(message)
})

/** The error that a real server's error handler gets for one request with a token. */
type Serve = (mount: {
  readonly auth: Copy
  readonly route: Copy
  readonly use: 'guard' | 'get' | 'auth'
}) => Promise<string>

async function ask(handler: Parameters<typeof createServer>[1]): Promise<void> {
  const server = createServer(handler as never).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(500)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** An error handler of Express that reports. */
const reportTo =
  (say: (message: string) => void): express.ErrorRequestHandler =>
  (error: Error, _req, res, _next) => {
    say(error.message)
    res.sendStatus(500)
  }

const servers: Record<'express' | 'koa' | 'hono' | 'fastify' | 'nestjs' | 'mcp', Serve> = {
  express: async ({ auth, route, use }) => {
    const app = express()
    let said = ''
    app.use(auth.express.workloadAuth(verifierOf(auth)))
    if (use === 'auth') app.use(route.express.workloadAuth(verifierOf(route)))
    if (use === 'guard') app.use(route.express.requireWorkload(route.core.githubActions(pin)))
    app.get('/', (req, res) => void res.json(route.express.getWorkload(req)))
    app.use(reportTo((message) => (said = message)))
    await ask(app)
    return said
  },
  koa: async ({ auth, route, use }) => {
    const app = new Koa()
    let said = ''
    app.on('error', (error: Error) => (said = error.message))
    app.use(auth.koa.workloadAuth(verifierOf(auth)))
    if (use === 'auth') app.use(route.koa.workloadAuth(verifierOf(route)))
    if (use === 'guard') app.use(route.koa.requireWorkload(route.core.githubActions(pin)))
    app.use((ctx) => void (ctx.body = route.koa.getWorkload(ctx)))
    await ask(app.callback())
    return said
  },
  hono: async ({ auth, route, use }) => {
    const app = new Hono()
    let said = ''
    app.onError((error, c) => {
      said = error.message
      return c.text('', 500)
    })
    app.use(auth.hono.workloadAuth(verifierOf(auth)) as never)
    if (use === 'auth') app.use(route.hono.workloadAuth(verifierOf(route)) as never)
    if (use === 'guard') app.use(route.hono.requireWorkload(route.core.githubActions(pin)) as never)
    app.get('/', (c) => c.json(route.hono.getWorkload(c as never)))
    const answer = await app.request('/', { headers: { Authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(500)
    return said
  },
  fastify: async ({ auth, route, use }) => {
    const app = fastify()
    let said = ''
    app.setErrorHandler((error: Error, _request, reply) => {
      said = error.message
      return reply.code(500).send()
    })
    app.register(auth.fastify.workloadAuth(verifierOf(auth)))
    if (use === 'auth') app.register(route.fastify.workloadAuth(verifierOf(route)))
    const onRequest = use === 'guard' ? [route.fastify.requireWorkload(route.core.githubActions(pin))] : []
    app.get('/', { onRequest }, async (request) => route.fastify.getWorkload(request))
    await app.ready()
    await ask((request, response) => app.routing(request, response))
    return said
  },
  nestjs: async ({ auth, route, use }) => {
    let said = ''
    @Catch()
    class Report {
      catch(error: Error, host: { switchToHttp(): { getResponse(): express.Response } }): void {
        said = error.message
        host.switchToHttp().getResponse().sendStatus(500)
      }
    }
    @Controller()
    class Routes {
      @Get()
      get(@route.nestjs.Workload() workload: unknown) {
        return workload
      }
    }
    if (use === 'guard') route.nestjs.RequireWorkload(route.core.githubActions(pin))(Routes)
    @Module({
      imports: [
        auth.nestjs.WorkloadModule.forRoot(verifierOf(auth)),
        ...(use === 'auth' ? [route.nestjs.WorkloadModule.forRoot(verifierOf(route))] : []),
      ],
      controllers: [Routes],
      providers: [{ provide: APP_FILTER, useClass: Report }],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false, abortOnError: false })
    await app.init()
    await ask(app.getHttpAdapter().getInstance())
    return said
  },
  mcp: async ({ auth, route, use }) => {
    const app = express()
    let said = ''
    app.use(auth.mcp.workloadAuth(verifierOf(auth)))
    if (use === 'auth') app.use(route.mcp.workloadAuth(verifierOf(route)))
    const { mcp, core } = use === 'get' ? auth : route
    const called = mcp.requireWorkload(core.githubActions(pin))(async (context: object) =>
      route.mcp.getWorkload(context),
    )
    app.get('/', async (req, res) => void res.json(await called({ authInfo: (req as { auth?: object }).auth })))
    app.use(reportTo((message) => (said = message)))
    await ask(app)
    return said
  },
}

describe.each(Object.entries(servers))(
  'O8: a caller that a verifier of another copy admitted, in %s',
  (name, serve) => {
    // NestJS shows the workload nowhere on the request, and modules of two copies each verify it.
    const uses = name === 'nestjs' ? (['guard', 'get'] as const) : (['guard', 'get', 'auth'] as const)

    test.each(uses)('the error at the first request names both copies: %s', async (use) => {
      expect(await serve({ auth: theirs, route: ours, use })).toBe(message)
    })
  },
)

test('O8: a resolver that finds a rule of another copy is an outage, and its warning names both', async () => {
  const warnings: string[] = []
  const app = new Hono()
  const verifier = verifierOf(ours, { onWarning: (text: string) => warnings.push(text) })
  app.use(ours.hono.workloadAuth(verifier) as never)
  app.get('/', ours.hono.requireWorkload((() => rule) as never) as never, (c) => c.text('in'))
  expect((await app.request('/', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(503)
  expect(warnings).toEqual([expect.stringContaining(message)])
})

test('O8: an exchange behind an adapter of another copy names both if a body is too large', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const exchange = await ours.exchange.createExchange({
    issuer: 'https://auth.acme.dev',
    verifier: verifierOf(ours, { replay: { store: ours.core.memoryReplayStore() } }),
    grants: [{ name: 'deploy', rule: own, scopes: ['deploy'], audience }],
    keys: [{ algorithm: 'ES256', privateKey: privateKey.export({ format: 'jwk' }) }],
    singleProcess: true,
  })
  const app = new Hono()
  let said = ''
  app.onError((error, c) => {
    said = error.message
    return c.text('', 500)
  })
  app.use(theirs.hono.endpoints(exchange) as never)
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  await app.request('/token', { method: 'POST', headers, body: 'a'.repeat(70_000) })
  expect(said).toBe(message)
})

test('O8: a rule of another copy at getWorkload() names both', async () => {
  const app = new Hono()
  let said = ''
  app.onError((error, c) => {
    said = error.message
    return c.text('', 500)
  })
  app.use(ours.hono.workloadAuth(verifierOf(ours)) as never)
  app.get('/', (c) => c.json(ours.hono.getWorkload(c as never, rule as never)))
  await app.request('/', { headers: { Authorization: `Bearer ${token}` } })
  expect(said).toBe(message)
})

test('O8: a bundled copy is named by its file, also as CommonJS', async () => {
  const outfile = join(folder, 'bundle.cjs')
  const entry = join(folder, 'application', 'node_modules', '@jobpass', 'core', 'dist', 'index.js')
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'cjs', platform: 'node', logLevel: 'error' })
  const bundled = createRequire(import.meta.url)(outfile) as typeof jobpass
  expect(() => ours.core.decide(bundled.githubActions(pin), identity)).toThrow(
    `two copies of @jobpass/core, at ${ours.at} and ${outfile}: install one`,
  )
})

test('O8: `import` and `require` of one installation give one copy', async () => {
  const required = createRequire(join(folder, 'application', 'main.cjs'))('@jobpass/core') as typeof jobpass
  const workload = await verifierOf(ours).verify(token)
  expect(required.decide(required.githubActions.at(issuer.issuer)(pin), workload).allowed).toBe(true)
})

test('O8: a store of another copy works', async () => {
  const verifier = verifierOf(ours, { replay: { store: theirs.core.memoryReplayStore() } })
  expect(await verifier.verify(token)).toMatchObject({ provider: 'github-actions' })
})

test.each([
  ['a copy of a rule', { ...rule }],
  ['an object that inherits from a rule', Object.create(rule)],
  ['a proxy of a rule', new Proxy(rule, {})],
  ['JSON', rule.toJSON()],
])('O8: %s of another copy is refused without mentioning copies', (_, value) => {
  expect(() => ours.core.createVerifier({ audience, trust: value as never })).toThrow('made by calling a provider')
})

test('O8: two copies that share no objects work without warnings', async () => {
  const answers = await Promise.all(
    [ours, theirs].map(async (copy) => {
      const warnings: string[] = []
      const workload = await verifierOf(copy, { onWarning: (text: string) => warnings.push(text) }).verify(token)
      return [copy.core.decide(copy.core.githubActions.at(issuer.issuer)(pin), workload).allowed, warnings]
    }),
  )
  expect(answers).toEqual([
    [true, []],
    [true, []],
  ])
})
