/** Servers on Hono for Node: bare, with jobpass, and with two of Hono's own middlewares. */

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import * as own from '@jobpass/hono'
import type { MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { jwk as jwkMiddleware } from 'hono/jwk'
import { jwt } from 'hono/jwt'
import { audience, issuer, ownerId, repositoryId } from '../tokens.ts'
import { packageBefore } from '../before.ts'
import type { MakeServer, Servers } from './world.ts'
import { recalled } from './recalled.ts'

const noop: MiddlewareHandler = (_c, next) => next()
/** The minimum of any check: reads the header. */
const reading: MiddlewareHandler = (c, next) => {
  c.set('credential', c.req.header('authorization'))
  return next()
}
/** The minimum of a token cache: compares the whole header, and checks no date, key or rule. */
const remembering = (): MiddlewareHandler => {
  const known = new Map<string, string>()
  return (c, next) => {
    c.set('credential', recalled(known, c.req.raw.headers.get('authorization') ?? ''))
    return next()
  }
}
const verification = { iss: issuer, aud: audience }

/** A server with one middleware for all requests and one for the route. */
function serving(before: readonly MiddlewareHandler[], route: readonly MiddlewareHandler[]): Server {
  const app = new Hono()
  for (const middleware of before) app.use(middleware)
  for (const middleware of route) app.get('/deploy', middleware)
  app.get('/deploy', (c) => c.json({ deployed: true }))
  return createAdaptorServer({ fetch: app.fetch }) as Server
}

const jobpass =
  (cache?: false, { githubActions, requireWorkload, workloadAuth }: typeof own = own): MakeServer =>
  ({ jwk }) => {
    const trust = githubActions.at(issuer, { keys: [jwk] })
    return serving(
      [workloadAuth({ audience, trust: trust({ ownerId }), ...(cache === false && { cache }) })],
      [requireWorkload(trust({ repositoryId, branch: 'main' }))],
    )
  }

const before = await packageBefore<typeof own>('hono')

export const honoServers: Servers = {
  open: {
    bare: () => serving([], []),
    'two no-ops': () => serving([noop], [noop]),
    'two no-ops, one reads the header': () => serving([reading], [noop]),
    'two no-ops, one remembers headers': () => serving([remembering()], [noop]),
  },
  guarded: {
    jobpass: jobpass(),
    'jobpass, cache off': jobpass(false),
    ...(before && {
      'jobpass before': jobpass(undefined, before),
      'jobpass before, cache off': jobpass(false, before),
    }),
    'hono/jwk': ({ jwk }) => serving([jwkMiddleware({ keys: [jwk], alg: ['RS256'], verification })], []),
    'hono/jwt': async ({ jwk }) => {
      // Imported once: the cheapest form of the key that the middleware accepts.
      const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
      const secret = await crypto.subtle.importKey('jwk', jwk as never, algorithm, false, ['verify'])
      return serving([jwt({ secret, alg: 'RS256', verification })], [])
    },
  },
}
