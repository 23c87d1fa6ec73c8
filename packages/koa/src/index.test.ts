import { createTestIssuer } from '@jobpass/testing'
import { Router } from '@koa/router'
import Koa from 'koa'
import request from 'supertest'
import { expect, test } from 'vitest'
import { getWorkload, githubActions, gitlab, requireWorkload, WorkloadAuthError, workloadAuth } from './index.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const trust = githubActions({ ownerId: '1234567' })
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const options = { audience, trust, fetch: issuer.fetch }
const token = `Bearer ${await issuer.mint({ aud: audience })}`

const quiet = (): Koa => {
  const app = new Koa()
  app.silent = true
  return app
}

test('the guarded handler reads the workload, typed by the rule', async () => {
  const router = new Router()
  router.post('/deploy', requireWorkload(main), (ctx) => {
    const { repository, runId } = ctx.state.workload
    ctx.body = { repository, runId: runId.trim(), same: getWorkload(ctx) === ctx.state.workload }
  })
  const app = quiet()
  app.use(workloadAuth(options)).use(router.routes())

  const { body } = await request(app.callback()).post('/deploy').set('authorization', token)

  expect(body).toEqual({ repository: 'acme/shop', runId: '19872285394', same: true })
})

test('the workload in the state cannot be replaced', async () => {
  const app = quiet()
  app.use(workloadAuth(options)).use((ctx) => {
    expect(() => Object.assign(ctx.state, { workload: { owner: 'evil' } })).toThrow(TypeError)
    ctx.body = ctx.state.workload.owner
  })

  expect((await request(app.callback()).get('/').set('authorization', token)).text).toBe('acme')
})

test('lesson L3: a state whose workload somebody else set is a fault, never a caller', async () => {
  const errors: unknown[] = []
  const app = quiet()
  app.on('error', (error: Error) => errors.push(error.message))
  app.use((ctx, next) => {
    ctx.state['workload'] = { repository: 'acme/shop' }
    return next()
  })
  app.use(workloadAuth(options))

  expect((await request(app.callback()).get('/').set('authorization', token)).status).toBe(500)
  expect(errors).toEqual(['ctx.state.workload is taken by another middleware'])
})

test('lesson K3: a guard believes no workload that it finds in the state', async () => {
  const errors: unknown[] = []
  const app = quiet()
  app.on('error', (error: Error) => errors.push(error.message))
  app.use((ctx, next) => {
    ctx.state['workload'] = { repository: 'acme/shop', branch: 'main' }
    return next()
  })
  app.use(requireWorkload(main))

  expect((await request(app.callback()).get('/')).status).toBe(500)
  expect(errors).toEqual(['requireWorkload() found no verifier: put workloadAuth() before it'])
})

test("errors: 'throw' throws a WorkloadAuthError to the middleware above", async () => {
  const app = quiet()
  app.use(async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      ctx.status = 418
      ctx.body = error instanceof WorkloadAuthError ? error.code : 'another error'
    }
  })
  app.use(workloadAuth({ ...options, errors: 'throw' }))

  const { status, text } = await request(app.callback()).get('/')

  expect({ status, text }).toEqual({ status: 418, text: 'token_missing' })
})

test('lesson I10: the challenge stands beside that of another scheme', async () => {
  const app = quiet()
  app.use((ctx, next) => {
    ctx.set('WWW-Authenticate', 'Basic realm="people"')
    return next()
  })
  app.use(workloadAuth(options))

  const { headers } = await request(app.callback()).get('/')

  expect(headers['www-authenticate']).toBe('Basic realm="people", Bearer realm="jobpass"')
})

test('getWorkload narrows to a provider, and throws for another one', async () => {
  const app = quiet()
  app.use(workloadAuth(options)).use((ctx) => {
    expect(() => getWorkload(ctx, gitlab)).toThrow('the caller is not')
    ctx.body = getWorkload(ctx, githubActions).claims.repository_visibility
  })

  expect((await request(app.callback()).get('/').set('authorization', token)).text).toBe('private')
})

test('a resolver gets the context, and decides by what it asks for', async () => {
  const app = quiet()
  app.use(workloadAuth(options))
  app.use(requireWorkload((_workload, ctx) => (ctx.path === '/shop' ? main : undefined)))
  app.use((ctx) => {
    ctx.body = 'ok'
  })
  const read = async (path: string): Promise<number> =>
    (await request(app.callback()).get(path).set('authorization', token)).status

  expect([await read('/shop'), await read('/other')]).toEqual([200, 403])
})
