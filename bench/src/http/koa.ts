/** Servers on Koa 3: bare, with jobpass, and with another package. */

import type { Server } from 'node:http'
import { createServer } from 'node:http'
import * as own from '@jobpass/koa'
import jwksRsa from 'jwks-rsa'
import type { Middleware } from 'koa'
import Koa from 'koa'
import koaJwt from 'koa-jwt'
import { audience, issuer, ownerId, repositoryId } from '../tokens.ts'
import { packageBefore } from '../before.ts'
import type { MakeServer, Servers } from './world.ts'
import { recalled } from './recalled.ts'

const noop: Middleware = (_ctx, next) => next()

/** The minimum of any check: reads the header. */
const reading: Middleware = (ctx, next) => {
  ctx.state['credential'] = ctx.get('authorization')
  return next()
}

/** The minimum of a token cache: compares the whole header, and checks no date, key or rule. */
const remembering = (): Middleware => {
  const known = new Map<string, string>()
  return (ctx, next) => {
    ctx.state['credential'] = recalled(known, ctx.get('authorization'))
    return next()
  }
}

/** Koa has no router: the handler is the last middleware. */
function serving(middlewares: readonly Middleware[]): Server {
  const app = new Koa()
  app.silent = true
  for (const middleware of middlewares) app.use(middleware)
  app.use((ctx) => {
    ctx.body = { deployed: true }
  })
  const handle = app.callback()
  return createServer((request, response) => void handle(request, response))
}

const jobpass =
  (cache?: false, { githubActions, requireWorkload, workloadAuth }: typeof own = own): MakeServer =>
  ({ jwk }) => {
    const trust = githubActions.at(issuer, { keys: [jwk] })
    return serving([
      workloadAuth({ audience, trust: trust({ ownerId }), ...(cache === false && { cache }) }) as Middleware,
      requireWorkload(trust({ repositoryId, branch: 'main' })) as Middleware,
    ])
  }

const before = await packageBefore<typeof own>('koa')

export const koaServers: Servers = {
  open: {
    bare: () => serving([]),
    'two no-ops': () => serving([noop, noop]),
    'two no-ops, one reads the header': () => serving([reading, noop]),
    'two no-ops, one remembers headers': () => serving([remembering(), noop]),
  },
  guarded: {
    jobpass: jobpass(),
    'jobpass, cache off': jobpass(false),
    ...(before && {
      'jobpass before': jobpass(undefined, before),
      'jobpass before, cache off': jobpass(false, before),
    }),
    'koa-jwt + jwks-rsa': ({ jwksUri }) => {
      const secret = jwksRsa.koaJwtSecret({ jwksUri, cache: true }) as never
      return serving([koaJwt({ secret, issuer, audience, algorithms: ['RS256'] })])
    },
  },
}
