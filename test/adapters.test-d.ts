import type { CircleCIWorkload, GitHubActionsWorkload, GitLabWorkload } from '@jobpass/core/internal'
import { circleci, createVerifier, githubActions, gitlab } from '@jobpass/core'
import type { WorkloadIdentity } from '@jobpass/core'
import * as onExpress from '@jobpass/express'
import * as onFastify from '@jobpass/fastify'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import { Router } from '@koa/router'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { resourceMetadata } from '@jobpass/exchange'
import { describe, expectTypeOf, test } from 'vitest'

const audience = 'https://api.acme.dev'
const github = githubActions({ repository: 'acme/shop', branch: 'main' })
const lab = gitlab({ ownerId: '1' })
const circle = circleci({ ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' })
const options = { audience, trust: [github, lab] }

describe.each([onExpress, onKoa, onHono, onFastify])(
  'code that must not compile, in every adapter',
  ({ requireWorkload, endpoints, workloadAuth }) => {
    test('routes', () => {
      // @ts-expect-error a provider that was not called would admit every job
      requireWorkload(githubActions)
      // @ts-expect-error a bound one as well
      requireWorkload(gitlab.at('https://gitlab.acme.dev'))
      // @ts-expect-error next to a rule too
      requireWorkload(github, gitlab)
      // @ts-expect-error no rule
      requireWorkload()
      // @ts-expect-error a deny rule
      requireWorkload(githubActions.deny({ ownerId: '1' }))
      // @ts-expect-error a deny rule next to a trust rule
      requireWorkload(github, githubActions.deny({ ownerId: '1' }))
      // @ts-expect-error a lookup is for `trust`
      requireWorkload(githubActions.lookup(() => undefined))
      // @ts-expect-error JSON
      requireWorkload(github.toJSON())
      // @ts-expect-error a resolver that finds something else
      requireWorkload(() => true)
      // @ts-expect-error a resolver that finds a provider
      requireWorkload(() => githubActions)
      // @ts-expect-error no options
      requireWorkload(github, { explain: 'full' })
    })

    test('endpoints', () => {
      endpoints(resourceMetadata({ resource: audience }), { answer: () => undefined })
      endpoints({ answer: async () => ({ status: 200, headers: {}, body: '' }) })
      // @ts-expect-error the options of an endpoint
      endpoints({ resource: audience })
      // @ts-expect-error whether it answers must be known at once
      endpoints({ answer: async () => undefined })
      // @ts-expect-error a header twice
      endpoints({ answer: () => ({ status: 200, headers: { link: ['a', 'b'] }, body: '' }) })
      // @ts-expect-error no resource
      resourceMetadata({ name: 'Deploy API' })
      // @ts-expect-error a typo
      resourceMetadata({ resource: audience, authorizationServer: ['https://auth.acme.dev'] })
      // @ts-expect-error the option takes the result of resourceMetadata()
      workloadAuth({ audience, trust: github, resourceMetadata: { resource: audience } })
    })

    test('workloadAuth', () => {
      // @ts-expect-error no audience
      workloadAuth({ trust: github })
      // @ts-expect-error a typo
      workloadAuth({ audience, trust: github, clockTolerence: 5 })
      // @ts-expect-error a provider that was not called
      workloadAuth({ audience, trust: githubActions })
      // @ts-expect-error a deny rule in trust
      workloadAuth({ audience, trust: githubActions.deny({ ownerId: '1' }) })
      // @ts-expect-error a trust rule in deny
      workloadAuth({ audience, trust: github, deny: github })
      // @ts-expect-error one parameter
      workloadAuth({ audience, trust: github }, { explain: 'full' })
      // @ts-expect-error something that looks like a verifier
      workloadAuth({ verify: async () => undefined, authorize: async () => undefined })
    })
  },
)

describe('Hono', () => {
  test('narrows c.var.workload by the rule', () => {
    const app = new Hono().use(onHono.workloadAuth(options))
    app.post('/', onHono.requireWorkload(github), (c) => {
      expectTypeOf(c.var.workload).toExtend<GitHubActionsWorkload>()
      expectTypeOf(c.var.workload.provider).toEqualTypeOf<'github-actions'>()
      return c.json(c.var.workload.repositoryId)
    })
    app.get('/', onHono.requireWorkload(github, lab), (c) => {
      expectTypeOf(c.var.workload.provider).toEqualTypeOf<'github-actions' | 'gitlab'>()
      return c.text('')
    })
  })

  test('is a union for several providers, and may be undefined if the verifier is optional', () => {
    new Hono().use(onHono.workloadAuth(options)).get('/', (c) => {
      expectTypeOf(c.var.workload).toEqualTypeOf<GitHubActionsWorkload | GitLabWorkload>()
      return c.text('')
    })
    const open = new Hono().use(onHono.workloadAuth({ ...options, optional: true }))
    open.get('/', (c) => {
      expectTypeOf(c.var.workload).toEqualTypeOf<GitHubActionsWorkload | GitLabWorkload | undefined>()
      // @ts-expect-error there may be no caller
      return c.text(c.var.workload.commit ?? '')
    })
    open.get('/known', onHono.requireWorkload(lab), (c) => {
      expectTypeOf(c.var.workload.provider).toEqualTypeOf<'gitlab'>()
      return c.text('')
    })
    open.get('/one-of', onHono.requireWorkload([github, lab]), (c) => {
      expectTypeOf(c.var.workload.provider).toEqualTypeOf<'github-actions' | 'gitlab'>()
      return c.text('')
    })
  })

  test('takes a verifier made elsewhere', () => {
    const verifier = createVerifier({ audience, trust: circle, optional: true })
    new Hono().use(onHono.workloadAuth(verifier)).get('/', (c) => {
      expectTypeOf(c.var.workload).toEqualTypeOf<CircleCIWorkload | undefined>()
      return c.text('')
    })
  })

  test('a resolver gives the workload of the rules it finds', () => {
    const app = new Hono().use(onHono.workloadAuth(options))
    app.get(
      '/:project',
      onHono.requireWorkload(async (workload, c) => {
        expectTypeOf(workload).toEqualTypeOf<WorkloadIdentity>()
        expectTypeOf(c.req.param('project')).toExtend<string | undefined>()
        return c.req.param('project') === '7' ? [github] : undefined
      }),
      (c) => {
        expectTypeOf(c.var.workload.provider).toEqualTypeOf<'github-actions'>()
        return c.text('')
      },
    )
  })

  test('getWorkload narrows by rules and providers', () => {
    new Hono().get('/', (c) => {
      expectTypeOf(onHono.getWorkload(c)).toEqualTypeOf<WorkloadIdentity>()
      expectTypeOf(onHono.getWorkload(c, githubActions)).toEqualTypeOf<GitHubActionsWorkload>()
      expectTypeOf(onHono.getWorkload(c, lab, circleci)).toEqualTypeOf<GitLabWorkload | CircleCIWorkload>()
      return c.text('')
    })
  })
})

describe('Koa', () => {
  test('types ctx.state behind workloadAuth', () => {
    new Koa().use(onKoa.workloadAuth(options)).use((ctx) => {
      expectTypeOf(ctx.state.workload).toEqualTypeOf<GitHubActionsWorkload | GitLabWorkload>()
      // @ts-expect-error read-only
      ctx.state.workload = undefined
    })
    new Koa().use(onKoa.workloadAuth({ ...options, optional: true })).use((ctx) => {
      expectTypeOf(ctx.state.workload).toEqualTypeOf<GitHubActionsWorkload | GitLabWorkload | undefined>()
    })
  })

  test('narrows per route', () => {
    const router = new Router<onKoa.WorkloadState>()
    router.post('/', onKoa.requireWorkload(github), (ctx) => {
      expectTypeOf(ctx.state.workload.provider).toEqualTypeOf<'github-actions'>()
    })
    new Koa().use(onKoa.requireWorkload(github, lab)).use((ctx) => {
      expectTypeOf(ctx.state.workload.provider).toEqualTypeOf<'github-actions' | 'gitlab'>()
    })
  })

  test('getWorkload narrows, and returns a workload if the state is any', () => {
    new Koa().use((ctx) => {
      expectTypeOf(onKoa.getWorkload(ctx)).toEqualTypeOf<WorkloadIdentity>()
      expectTypeOf(onKoa.getWorkload(ctx, gitlab)).toEqualTypeOf<GitLabWorkload>()
    })
    new Koa().use(onKoa.workloadAuth({ audience, trust: github, optional: true })).use((ctx) => {
      expectTypeOf(onKoa.getWorkload(ctx)).toEqualTypeOf<GitHubActionsWorkload>()
    })
  })
})

describe('Express', () => {
  test('keeps the type of a route’s own parameters', () => {
    express().get('/projects/:id', onExpress.requireWorkload(github), (req, res) => {
      expectTypeOf(req.params.id).toEqualTypeOf<string>()
      expectTypeOf(req.workload).toEqualTypeOf<WorkloadIdentity | undefined>()
      // @ts-expect-error read-only
      req.workload = undefined
      res.end()
    })
  })

  test('getWorkload narrows by rules and providers', () => {
    express().get('/', (req, res) => {
      expectTypeOf(onExpress.getWorkload(req)).toEqualTypeOf<WorkloadIdentity>()
      expectTypeOf(onExpress.getWorkload(req, githubActions)).toEqualTypeOf<GitHubActionsWorkload>()
      expectTypeOf(onExpress.getWorkload(req, githubActions, gitlab)).toEqualTypeOf<
        GitHubActionsWorkload | GitLabWorkload
      >()
      expectTypeOf(onExpress.getWorkload(req, github).repositoryId).toEqualTypeOf<string>()
      // @ts-expect-error a name is not a provider
      onExpress.getWorkload(req, 'github-actions')
      res.end()
    })
  })

  test('a resolver gets the request', () => {
    onExpress.requireWorkload((workload, req) => {
      expectTypeOf(workload).toEqualTypeOf<WorkloadIdentity>()
      expectTypeOf(req.params['project']).toExtend<unknown>()
      return undefined
    })
  })
})
