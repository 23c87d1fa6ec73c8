/** Servers on Express 5: bare, with jobpass, and with other packages. */

import type { Server } from 'node:http'
import { createServer } from 'node:http'
import * as own from '@jobpass/express'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import express from 'express'
import { expressjwt } from 'express-jwt'
import { auth } from 'express-oauth2-jwt-bearer'
import jwksRsa from 'jwks-rsa'
import { audience, issuer, ownerId, repositoryId } from '../tokens.ts'
import { packageBefore } from '../before.ts'
import type { MakeServer, Servers } from './world.ts'
import { recalled } from './recalled.ts'

const noop: RequestHandler = (_req, _res, next) => next()

/** The minimum of any check: reads the header. */
const reading: RequestHandler = (req, res, next) => {
  res.locals['credential'] = req.headers.authorization
  next()
}

/** The minimum of a token cache: compares the whole header, and checks no date, key or rule. */
const remembering = (): RequestHandler => {
  const known = new Map<string, string>()
  return (req, res, next) => {
    res.locals['credential'] = recalled(known, req.headers.authorization ?? '')
    next()
  }
}

const refused: ErrorRequestHandler = (error: { readonly status?: number }, _req, res, _next) => {
  res.sendStatus(error.status ?? 500)
}

/** A server with one middleware for all requests and one for the route. */
function serving(before: readonly RequestHandler[], route: readonly RequestHandler[]): Server {
  const app = express()
  for (const middleware of before) app.use(middleware)
  app.get('/deploy', ...route, (_req, res) => void res.json({ deployed: true }))
  app.use(refused)
  return createServer(app)
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

const before = await packageBefore<typeof own>('express')

export const expressServers: Servers = {
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
    'express-jwt + jwks-rsa': ({ jwksUri }) => {
      const secret = jwksRsa.expressJwtSecret({ jwksUri, cache: true }) as never
      return serving([expressjwt({ secret, issuer, audience, algorithms: ['RS256'] })], [])
    },
    'express-oauth2-jwt-bearer': ({ jwksUri }) =>
      serving([auth({ issuer, jwksUri, audience, tokenSigningAlg: 'RS256' })], []),
  },
}
