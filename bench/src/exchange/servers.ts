/** A token endpoint, and routes for its tokens, on Express. */

import type { Trusted } from '@jobpass/core/internal'
import type { serviceTokens } from '@jobpass/exchange'
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { RouteRule } from '@jobpass/express'
import { requireWorkload, workloadAuth } from '@jobpass/express'
import type { RequestHandler } from 'express'
import express from 'express'
import type { MakeServer, Servers, World } from '../http/world.ts'
import { audience, ownerId, repositoryId } from '../tokens.ts'
import type { Build } from './service.ts'
import { before, makeExchange, platform, present, service } from './service.ts'

const noop: RequestHandler = (_req, _res, next) => next()
const form = express.urlencoded({ extended: false })

function answering(...steps: readonly RequestHandler[]): Server {
  const app = express()
  app.post('/token', ...steps)
  return createServer(app)
}

function routed(before: RequestHandler, route: RequestHandler): Server {
  const app = express()
  app.use(before)
  app.get('/deploy', route, (_req, res) => void res.json({ deployed: true }))
  return createServer(app)
}

/**
 * The minimum of an exchange: one signature to verify, and one to make, of the same number of
 * bytes.
 */
const signaturesAlone: MakeServer = ({ jwk, serviceKey = {} }) => {
  const publicKey = createPublicKey({ key: jwk as never, format: 'jwk' })
  const privateKey = createPrivateKey({ key: serviceKey, format: 'jwk' })
  return answering(form, (req, res) => {
    const { subject_token: token = '' } = req.body as { readonly subject_token?: string }
    const end = token.lastIndexOf('.')
    const signature = Buffer.from(token.slice(end + 1), 'base64url')
    const verified = verify('sha256', Buffer.from(token.slice(0, end)), publicKey, signature)
    const made = sign('sha256', Buffer.from(token), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    const access_token = `${token}.${made.toString('base64url')}`
    res.status(verified ? 200 : 400).json({ access_token, token_type: 'Bearer', expires_in: 900 })
  })
}

type Terms = Partial<Parameters<typeof serviceTokens>[1]>
type Jobs = ReturnType<typeof platform>

const viaItsRule = ({ viaExchange }: Build['exchange'], jobs: Jobs): RouteRule =>
  viaExchange(jobs({ repositoryId, branch: 'main' }), { scope: 'deploy' })

const forServiceTokens =
  (terms: Terms = {}, build: Build = present, ruleOf: typeof viaItsRule = viaItsRule): MakeServer =>
  async ({ jwk, serviceKey = {} }) => {
    const { memoryReplayStore, requireWorkload, workloadAuth } = build.express
    const { serviceTokens } = build.exchange
    const store = memoryReplayStore({ entries: 1_000_000 })
    const exchange = await makeExchange(jwk, serviceKey, store, build)
    const jobs = platform(jwk, build)
    const trust: Trusted = serviceTokens(service, { jobs, fetch: exchange.fetch, ...terms })
    return routed(
      workloadAuth({ audience, trust, replay: { store }, onWarning: () => {} }),
      requireWorkload(ruleOf(build.exchange, jobs)),
    )
  }

const forCiTokens = ({ jwk }: World): Server => {
  const jobs = platform(jwk)
  return routed(
    workloadAuth({ audience, trust: jobs({ ownerId }) }),
    requireWorkload(jobs({ repositoryId, branch: 'main' })),
  )
}

const exchanging =
  (build: Build): MakeServer =>
  async ({ jwk, serviceKey = {} }) => {
    const { endpoints, memoryReplayStore } = build.express
    const app = express()
    app.use(endpoints(await makeExchange(jwk, serviceKey, memoryReplayStore({ entries: 1_000_000 }), build)))
    return createServer(app)
  }

export const exchangeServers: Servers = {
  open: {
    'a form, read and answered': () => answering(form, (_req, res) => void res.json({ token_type: 'Bearer' })),
    'the two signatures alone': signaturesAlone,
    'the exchange': exchanging(present),
    ...(before && { 'the exchange, before': exchanging(before) }),
    'the exchange, with an Idempotency-Key': exchanging(present),
    client_credentials: exchanging(present),
    'introspection of a service token': exchanging(present),
    'two no-ops': () => routed(noop, noop),
  },
  guarded: {
    'CI token': forCiTokens,
    'service token, by hasScope()': forServiceTokens({}, present, ({ hasScope }) => hasScope('deploy')),
    ...Object.fromEntries(
      Object.entries({ '': present, ...(before && { ', before': before }) }).flatMap(([suffix, build]) => [
        [`service token${suffix}`, forServiceTokens({}, build)],
        [`service token, revocable${suffix}`, forServiceTokens({ revocable: true }, build)],
        [`service token with DPoP${suffix}`, forServiceTokens({ dpop: { origin: audience } }, build)],
      ]),
    ),
  },
}
