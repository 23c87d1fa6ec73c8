// The rule that admitted a request, and its data: in each framework, whether the rule is in
// `trust`, on the route, or found at run time.

import { memoryReplayStore, oneTime, reportOnly } from '@jobpass/core'
import type { TrustLookup, TrustRule, Types, VerifierOptions } from '@jobpass/core'
import * as onExpress from '@jobpass/express'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import { loadPolicy } from '@jobpass/policy'
import { createTestIssuer } from '@jobpass/testing'
import { Router } from '@koa/router'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import supertest from 'supertest'
import { describe, expect, expectTypeOf, test } from 'vitest'

const { getMatched, githubActions } = onExpress
const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const token = await issuer.mint({ aud: audience, ref: 'refs/heads/main' })

interface App {
  readonly trust?: TrustRule | TrustLookup
  readonly guards?: readonly unknown[]
  readonly sources?: readonly unknown[]
}

/** What `getMatched` returns in a handler, or the message that it throws. */
type Ask = (app: App) => Promise<unknown>

const seenBy = (request: object, sources: readonly unknown[] = []): unknown => {
  try {
    return getMatched(request, ...(sources as readonly Types.MatchSource[]))
  } catch (error) {
    return (error as Error).message
  }
}

const anyJob = githubActions({ ownerId: '1234567' }, { data: { tenant: 'acme' } })
const optionsOf = ({ trust = anyJob }: App): VerifierOptions => ({
  audience,
  trust,
  fetch: issuer.fetch,
  replay: { store: memoryReplayStore() },
})

const frameworks: Readonly<Record<string, Ask>> = {
  Express: async (app) => {
    let seen: unknown
    const server = express()
    server.use(onExpress.workloadAuth(optionsOf(app)))
    for (const guard of app.guards ?? []) server.use(onExpress.requireWorkload(guard as TrustRule))
    server.post('/', (req, res) => {
      seen = seenBy(req, app.sources)
      res.end()
    })
    await supertest(server).post('/').auth(token, { type: 'bearer' }).expect(200)
    return seen
  },
  Koa: async (app) => {
    let seen: unknown
    const server = new Koa()
    server.use(onKoa.workloadAuth(optionsOf(app)))
    for (const guard of app.guards ?? []) server.use(onKoa.requireWorkload(guard as TrustRule))
    const router = new Router().post('/', (ctx) => {
      seen = seenBy(ctx, app.sources)
      ctx.body = ''
    })
    server.use(router.routes())
    await supertest(server.callback()).post('/').auth(token, { type: 'bearer' }).expect(200)
    return seen
  },
  Hono: async (app) => {
    let seen: unknown
    const server = new Hono()
    server.use(onHono.workloadAuth(optionsOf(app)))
    for (const guard of app.guards ?? []) server.use(onHono.requireWorkload(guard as TrustRule))
    server.post('/', (c) => {
      seen = seenBy(c, app.sources)
      return c.body(null)
    })
    const answer = await server.request('/', { method: 'POST', headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
    return seen
  },
}

const shop = githubActions({ ownerId: '1234567', branch: 'main' }, { data: { projectId: 7 } })
const docs = githubActions({ ownerId: '1234567', branch: 'docs' }, { data: { projectId: 8 } })
const plain = githubActions({ ownerId: '1234567' })

describe.each(Object.entries(frameworks))('on %s', (_, ask) => {
  test('without a guard, it is the rule in trust', async () => {
    expect(await ask({})).toEqual({ rule: anyJob, data: { tenant: 'acme' } })
    expect(await ask({ sources: [anyJob] })).toEqual({ rule: anyJob, data: { tenant: 'acme' } })
  })

  test('of the rules of a route, it is the one that matched', async () => {
    expect(await ask({ guards: [[docs, shop]] })).toEqual({ rule: shop, data: { projectId: 7 } })
    expect(await ask({ guards: [[docs, shop]], sources: [docs, shop] })).toEqual({ rule: shop, data: { projectId: 7 } })
  })

  test('a route comes before trust, and each can be asked for', async () => {
    expect(await ask({ guards: [shop] })).toEqual({ rule: shop, data: { projectId: 7 } })
    expect(await ask({ guards: [shop], sources: [anyJob] })).toEqual({ rule: anyJob, data: { tenant: 'acme' } })
    expect(await ask({ guards: [shop, plain] })).toEqual({ rule: plain, data: undefined })
    expect(await ask({ guards: [shop, plain], sources: [shop] })).toEqual({ rule: shop, data: { projectId: 7 } })
  })

  test('a look-up in trust is asked for as the look-up, and finds a rule for each call', async () => {
    const tenants = githubActions.lookup(async ({ repository }) => [
      docs,
      githubActions({ ownerId: '1234567' }, { data: { found: repository } }),
    ])
    expect(await ask({ trust: tenants, sources: [tenants] })).toMatchObject({ data: { found: 'acme/shop' } })
    expect(await ask({ trust: tenants, guards: [shop], sources: [tenants] })).toMatchObject({
      data: { found: 'acme/shop' },
    })
  })

  test('a function on a route is asked for as the function', async () => {
    const find = ({ repository }: { readonly repository?: string }): TrustRule =>
      githubActions({ ownerId: '1234567' }, { data: { found: repository } })
    expect(await ask({ guards: [find], sources: [find] })).toMatchObject({ data: { found: 'acme/shop' } })
  })

  test('a wrapped rule is asked for by itself, or by the rule in it', async () => {
    const [once, report] = [oneTime(shop), reportOnly(shop)]
    for (const source of [once, shop])
      expect(await ask({ guards: [once], sources: [source] })).toEqual({ rule: once, data: { projectId: 7 } })
    for (const source of [report, shop])
      expect(await ask({ guards: [report], sources: [source] })).toEqual({ rule: shop, data: { projectId: 7 } })
  })

  test('a set of a policy is asked for as the set, and the data is in the document', async () => {
    const policy = loadPolicy(
      {
        rules: {
          deploy: {
            provider: 'github-actions',
            ownerId: '1234567',
            settings: { data: { projectId: 9, tags: ['a', null] } },
          },
        },
      },
      { providers: [githubActions] },
    )
    const set = policy.rules('deploy')
    expect(await ask({ guards: [set], sources: [set] })).toMatchObject({ data: { projectId: 9, tags: ['a', null] } })
  })

  test('a rule that did not admit the call is a mistake in the program', async () => {
    const message = 'getMatched() was asked for a rule that did not admit the call; put it in trust or on the route'
    for (const source of [docs, githubActions.lookup(() => undefined), () => undefined])
      expect(await ask({ guards: [shop], sources: [source] })).toBe(message)
  })

  test('a value that is no source is refused', async () => {
    const takes = 'getMatched() takes what was given to trust or requireWorkload, not'
    expect(await ask({ sources: [{ ownerId: '1234567' }] })).toBe(`${takes} an object`)
    expect(await ask({ sources: [githubActions] })).toMatch(takes)
  })
})

test('a request without a caller has no rule', () => {
  expect(seenBy({})).toBe('getMatched() found no caller: put workloadAuth() before it')
})

test('data is typed by the rules, look-ups and functions that are asked for', () => {
  const tenants = githubActions.lookup(async () => [shop])
  const find = async (): Promise<typeof shop | undefined> => shop
  const types = (request: object): void => {
    expectTypeOf(getMatched(request, shop).data).toEqualTypeOf<{ projectId: number }>()
    expectTypeOf(getMatched(request, shop, anyJob).data).toEqualTypeOf<{ projectId: number } | { tenant: string }>()
    expectTypeOf(getMatched(request, tenants).data).toEqualTypeOf<{ projectId: number }>()
    expectTypeOf(getMatched(request, find).data).toEqualTypeOf<{ projectId: number }>()
    expectTypeOf(getMatched(request, oneTime(shop), reportOnly(shop)).data).toEqualTypeOf<{ projectId: number }>()
    expectTypeOf(getMatched(request, plain).data).toEqualTypeOf<undefined>()
    expectTypeOf(getMatched(request).data).toEqualTypeOf<unknown>()
  }
  expect(types).toBeTypeOf('function')
})
