/**
 * One of several processes of an exchange with an API, on a clock that runs fast. Sends `ready`,
 * and ends on SIGTERM once its requests are answered.
 */

import { readFile } from 'node:fs/promises'
import { createExchange, serviceTokens, viaExchange } from '@jobpass/exchange'
import { createVerifier, endpoints, githubActions, requireWorkload, workloadAuth } from '@jobpass/express'
import { redisReplayStore } from '@jobpass/stores/redis'
import express from 'express'
import { createClient } from 'redis'
import { fastClock } from './fast-clock.ts'

const { PORT, ISSUER = '', CI_ISSUER = '', KEYS = '', REDIS_URL = '', START, SPEED } = process.env
const clock = fastClock(Number(START), Number(SPEED))
const client = createClient({ url: REDIS_URL, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } })
client.on('error', () => {})
await client.connect()

const onWarning = (text: string): void => void process.send?.(text)
const replay = { store: redisReplayStore(client, { accept: ['restart'] }) }
const ci = githubActions.at(CI_ISSUER, { insecureLoopback: true })
const rule = ci({ repositoryId: '74205118' })
const api = 'https://api.acme.dev'
const keySet = (): Promise<string> => readFile(KEYS, 'utf8')
const exchange = await createExchange({
  issuer: ISSUER,
  verifier: createVerifier({ audience: ISSUER, trust: ci({ ownerId: '1234567' }), replay, clock, onWarning }),
  grants: [{ name: 'publish', rule, scopes: ['publish'], audience: api, lifetime: 600 }],
  maxLifetime: 600,
  keys: keySet,
  insecureLoopback: true,
})
const app = express()
app.use(endpoints(exchange))
const trust = serviceTokens(ISSUER, { jobs: ci, insecureLoopback: true })
app.use(workloadAuth({ audience: api, trust, replay, clock, onWarning }))
app.put('/packages/:name', requireWorkload(viaExchange(rule, { scope: 'publish' })), (_req, res) => void res.send('ok'))
const server = app.listen(Number(PORT), '127.0.0.1', () => process.send?.('ready'))
process.once('SIGTERM', () => {
  server.close(() => process.exit())
  server.closeIdleConnections()
})
