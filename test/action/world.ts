/** What the action talks to: an issuer, an exchange and an API with https, on this machine. */

import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createExchange, serviceTokens, viaExchange } from '@jobpass/exchange'
import {
  createVerifier,
  endpoints,
  githubActions,
  memoryReplayStore,
  requireWorkload,
  workloadAuth,
} from '@jobpass/express'
import { createTestIssuer } from '@jobpass/testing/node'
import express from 'express'
import { generate } from 'selfsigned'

/** The name of the API. */
export const audience = 'https://api.acme.dev'

/** A request to the API, as its server saw it. */
interface Seen {
  readonly call: string
  readonly authorization: string | undefined
}

async function certificate() {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
  const folder = mkdtempSync(join(tmpdir(), 'jobpass-world-'))
  const path = join(folder, 'ca.pem')
  writeFileSync(path, cert)
  return { key, cert, path, folder }
}

/** Starts it. */
export async function createWorld() {
  const ci = await (await createTestIssuer(githubActions)).listen()
  const { key, cert, path: ca, folder } = await certificate()
  const server = createServer({ key, cert }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `localhost:${(server.address() as AddressInfo).port}`
  const issuer = `https://${host}`

  const rule = ci.provider({ repository: 'acme/shop', branch: 'main' })
  const trust = ci.provider({ ownerId: '1234567' })
  const replay = { store: memoryReplayStore() }
  const exchange = await createExchange({
    issuer,
    verifier: createVerifier({ audience: issuer, trust, replay, onWarning: () => {} }),
    grants: [{ name: 'publish', rule, scopes: ['publish'], defaultScopes: ['publish'], audience, lifetime: 900 }],
    singleProcess: true,
    audit: () => {},
  })
  const seen: Seen[] = []
  const app = express()
  app.use(({ method, path: where, headers }, _res, next) => {
    seen.push({ call: `${method} ${where}`, authorization: headers.authorization })
    next()
  })
  app.use(endpoints(exchange))
  const service = serviceTokens(issuer, { jobs: ci.provider, fetch: exchange.fetch, revocable: true })
  const publish = [
    workloadAuth({ audience, trust: service, replay, onWarning: () => {} }),
    requireWorkload(viaExchange(rule, { scope: 'publish' })),
  ]
  app.put('/packages/:name', ...publish, (req, res) => void res.send(`published ${req.params['name']}`))
  app.get('/-/ping', ...publish, (_req, res) => void res.json({}))
  app.post(
    '/deploy',
    workloadAuth({ audience, trust, replay, onWarning: () => {} }),
    requireWorkload(rule),
    (_req, res) => void res.send('deployed'),
  )
  app.post('/moved', (_req, res) => res.redirect(307, '/revoke'))
  // For tools that send a password.
  app.get('/index', (_req, res) => void res.send('an index'))
  app.get(
    '/v2/',
    (req, res) =>
      void (req.headers.authorization === undefined
        ? res.set('www-authenticate', 'Basic realm="acme"').sendStatus(401)
        : res.json({})),
  )
  server.on('request', app)

  return {
    host,
    issuer,
    ca,
    seen,
    mint: (claims: Parameters<typeof ci.mint>[0]) => ci.mint(claims),
    /** The variables of a job that may request tokens, on a runner that trusts this server. */
    jobOf: (claims: Parameters<typeof ci.jobEnvironment>[0] = { branch: 'main' }) => ({
      ...ci.jobEnvironment(claims),
      NODE_EXTRA_CA_CERTS: ca,
    }),
    close: async () => {
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true })
      await ci.close()
    },
  }
}
