// The functions that users' tests call: each way to forget a guard, in each framework.

import 'reflect-metadata'
import * as onExpress from '@jobpass/express'
import * as onFastify from '@jobpass/fastify'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import * as onNest from '@jobpass/nestjs'
import { createTestIssuer, expectGuarded, expectRoute } from '@jobpass/testing'
import type { GuardableApp } from '@jobpass/testing'
import { Router } from '@koa/router'
import { Catch, Controller, Get, HttpCode, Module, Post } from '@nestjs/common'
import { APP_FILTER, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, test } from 'vitest'

const aud = 'https://api.acme.dev'
const issuer = await createTestIssuer(onExpress.githubActions)
const options = { audience: aud, trust: onExpress.githubActions({ ownerId: '1234567' }), fetch: issuer.fetch }
const rule = onExpress.githubActions({ ownerId: '1234567', branch: 'main' })
const [main, stranger] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/dev' })]

interface Shape {
  /** Whether the verifier throws its refusals. */
  readonly throws?: boolean
  /** Whether it lets requests without a token through. */
  readonly optional?: boolean
}

/** One app with a guarded route, and with each mistake on a route of its own. */
type Make = (shape?: Shape) => GuardableApp | Promise<GuardableApp>

const hidden = 'an error handler that hides every refusal'

/** An exception filter of NestJS that hides every refusal. */
@Catch(onNest.WorkloadException, onNest.WorkloadAuthError)
class Mask {
  catch(
    _error: unknown,
    host: { switchToHttp(): { getResponse(): { status(code: number): { send(text: string): void } } } },
  ): void {
    host.switchToHttp().getResponse().status(418).send(hidden)
  }
}

async function nestWith(platform: ExpressAdapter | FastifyAdapter, { throws, optional }: Shape = {}) {
  @Controller()
  class Routes {
    @Post('guarded')
    @onNest.RequireWorkload(rule)
    @HttpCode(200)
    guarded() {}
    @Post('no-guard')
    @HttpCode(200)
    noGuard() {}
    @Post('guard-of-another-method')
    @HttpCode(200)
    postOpen() {}
    @Get('guard-of-another-method')
    @onNest.RequireWorkload(rule)
    getGuarded() {}
    @Post('sub/in-a-router')
    @HttpCode(200)
    inSub() {}
    @Post('before-the-verifier')
    @onNest.Public()
    @HttpCode(200)
    public() {}
  }
  @Module({
    imports: [
      onNest.WorkloadModule.forRoot({ ...options, ...(throws && { errors: 'throw' }), ...(optional && { optional }) }),
    ],
    controllers: [Routes],
    providers: [{ provide: APP_FILTER, useClass: Mask }],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, platform, { logger: false })
  await app.init()
  if (platform instanceof FastifyAdapter) await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready()
  return app.getHttpServer() as GuardableApp
}

const makers: Readonly<Record<string, Make>> = {
  Express: ({ throws, optional } = {}) => {
    const app = express()
    const done: express.RequestHandler = (_req, res) => void res.send('done')
    const guard = onExpress.requireWorkload(rule)
    app.post('/before-the-verifier', done)
    app.use(onExpress.workloadAuth({ ...options, ...(throws && { errors: 'throw' }), ...(optional && { optional }) }))
    app.post('/guarded', guard, done)
    app.post('/no-guard', done)
    app.post('/guard-after-the-handler', done, guard)
    app.post('/guard-of-another-method', done)
    app.get('/guard-of-another-method', guard, done)
    const router = express.Router()
    router.post('/in-a-router', done)
    app.use('/sub', router)
    const mask: express.ErrorRequestHandler = (_error, _req, res, _next) => void res.status(418).send(hidden)
    app.use(mask)
    return app
  },
  Koa: ({ throws, optional } = {}) => {
    const app = new Koa()
    const done = (ctx: Koa.Context): void => {
      ctx.body = 'done'
    }
    const guard = onKoa.requireWorkload(rule)
    const open = new Router().post('/before-the-verifier', done)
    const router = new Router()
      .post('/guarded', guard, done)
      .post('/no-guard', done)
      .post('/guard-after-the-handler', done, guard)
      .post('/guard-of-another-method', done)
      .get('/guard-of-another-method', guard, done)
    const sub = new Router({ prefix: '/sub' }).post('/in-a-router', done)
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch {
        ctx.status = 418
        ctx.body = hidden
      }
    })
    app.use(open.routes())
    app.use(onKoa.workloadAuth({ ...options, ...(throws && { errors: 'throw' }), ...(optional && { optional }) }))
    app.use(router.routes()).use(sub.routes())
    return app
  },
  Hono: ({ throws, optional } = {}) => {
    const app = new Hono()
    const guard = onHono.requireWorkload(rule)
    app.onError((_error, c) => c.text(hidden, 418))
    app.post('/before-the-verifier', (c) => c.text('done'))
    app.use(onHono.workloadAuth({ ...options, ...(throws && { errors: 'throw' }), ...(optional && { optional }) }))
    app.post('/guarded', guard, (c) => c.text('done'))
    app.post('/no-guard', (c) => c.text('done'))
    app.post('/guard-after-the-handler', (c) => c.text('done'), guard)
    app.post('/guard-of-another-method', (c) => c.text('done'))
    app.get('/guard-of-another-method', guard, (c) => c.text('done'))
    app.route(
      '/sub',
      new Hono().post('/in-a-router', (c) => c.text('done')),
    )
    return app
  },
  Fastify: async ({ throws, optional } = {}) => {
    const app = fastify()
    const done = async () => 'done'
    const guard = onFastify.requireWorkload(rule)
    app.setErrorHandler((_error, _request, reply) => reply.code(418).send(hidden))
    app.register(async (open) => void open.post('/before-the-verifier', done))
    app.register(async (api) => {
      api.register(
        onFastify.workloadAuth({ ...options, ...(throws && { errors: 'throw' }), ...(optional && { optional }) }),
      )
      api.post('/guarded', { onRequest: guard }, done)
      api.post('/no-guard', done)
      api.post('/guard-after-the-handler', { onResponse: guard }, done)
      api.post('/guard-of-another-method', done)
      api.get('/guard-of-another-method', { onRequest: guard }, done)
      api.register(async (sub) => void sub.post('/in-a-router', done), { prefix: '/sub' })
    })
    await app.ready()
    return app.server
  },
  'NestJS on Express': async (shape) => nestWith(new ExpressAdapter(), shape),
  'NestJS on Fastify': async (shape) => nestWith(new FastifyAdapter(), shape),
}

const mistakes = [
  'POST /no-guard',
  'POST /guard-after-the-handler',
  'POST /guard-of-another-method',
  'POST /sub/in-a-router',
  'POST /before-the-verifier',
  'POST /no-such-route',
]

describe.each(Object.entries(makers))('expectGuarded and expectRoute on %s', (_, make) => {
  test.each<[string, Shape]>([
    ['answers with refusals', {}],
    ['throws them', { throws: true }],
    ['takes requests without a token', { optional: true }],
  ])('a guarded route passes where the verifier %s', async (_name, shape) => {
    await expectGuarded(await make(shape), ['POST /guarded', 'GET /guard-of-another-method'], { stranger })
    await expectRoute(await make(shape), 'POST /guarded', { allows: [main], refuses: [stranger, 'no token', ''] })
  })

  test.each(mistakes.flatMap((route) => [false, true].map((throws) => [route, throws] as const)))(
    'the mistake %s is found, with refusals thrown: %s',
    async (route, throws) => {
      await expect(expectGuarded(await make({ throws }), [route, 'POST /guarded'], { stranger })).rejects.toThrow(
        new RegExp(
          `^Not guarded:\n(?:${route} answered \\d+ without a token\n)?${route} has no guard: it answered \\d+ to a stranger$`,
        ),
      )
      await expect(expectRoute(await make({ throws }), route, { refuses: [stranger] })).rejects.toThrow(
        'admitted refuses[0]: answered',
      )
    },
  )

  test('a route without a guard passes nothing where tokens are optional', async () => {
    await expect(expectGuarded(await make({ optional: true }), ['POST /no-guard'], { stranger })).rejects.toThrow(
      'Not guarded:\nPOST /no-guard answered 200 without a token\nPOST /no-guard has no guard: it answered 200 to a stranger',
    )
  })

  test('a token that the route refuses is not one that it allows', async () => {
    await expect(
      expectRoute(await make(), 'POST /guarded', { allows: [main, stranger], refuses: [main] }),
    ).rejects.toThrow('POST /guarded:\nrefused allows[1]: workload_forbidden\nadmitted refuses[0]: answered 200')
  })

  test('a route that does not exist allows no token', async () => {
    await expect(expectRoute(await make(), 'POST /no-such-route', { allows: [main] })).rejects.toThrow(
      /^POST \/no-such-route:\n(?:answered 404 without a token\n)?answered 404 to allows\[0\]$/,
    )
  })

  test('a stranger whom trust refuses proves nothing', async () => {
    const foreign = await issuer.mint({ aud, repository_owner_id: '666', sub: 'x' })
    await expect(expectGuarded(await make(), ['POST /guarded'], { stranger: foreign })).rejects.toThrow(
      new TypeError(
        'expectGuarded(): workloadAuth() refused the stranger (workload_forbidden): mint a token that trust admits',
      ),
    )
  })

  test('checks that run at once do not see the refusals of each other', async () => {
    const app = await make()
    const found = await Promise.allSettled([
      expectGuarded(app, ['POST /guarded'], { stranger }),
      expectGuarded(app, ['POST /no-guard'], { stranger }),
      expectGuarded(app, ['POST /guarded'], { stranger }),
      expectGuarded(app, ['POST /no-guard'], { stranger }),
    ])
    expect(found.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected'])
  })
})

describe('arguments that are not well-formed', () => {
  const app = makers['Hono']?.() as Exclude<GuardableApp, Promise<unknown>>

  test.each<[string, () => Promise<void>, string]>([
    ['no routes', () => expectGuarded(app, [], { stranger }), "needs routes, such as 'POST /deploy'"],
    [
      'a path alone',
      () => expectGuarded(app, ['/guarded'], { stranger }),
      "'/guarded' is not a route: write 'POST /deploy'",
    ],
    ['no options', () => expectGuarded(app, ['POST /guarded'], undefined as never), 'must be an object'],
    ['no stranger', () => expectGuarded(app, ['POST /guarded'], {} as never), 'needs stranger: the token of a job'],
    [
      'another option',
      () => expectGuarded(app, ['POST /guarded'], { stranger, token: 'x' } as never),
      "has no 'token'",
    ],
    ['no tokens', () => expectRoute(app, 'POST /guarded', {}), 'expectRoute() needs tokens'],
    ['another list', () => expectRoute(app, 'POST /guarded', { allow: [main] } as never), "did you mean 'allows'?"],
  ])('%s is a TypeError', async (_, call, message) => {
    await expect(call()).rejects.toThrow(TypeError)
    await expect(call()).rejects.toThrow(message)
  })
})
