/** One of several processes behind one Redis: an API with a route that admits each token once. Prints its port. */

import type { AddressInfo } from 'node:net'
import { githubActions, oneTime, requireWorkload, workloadAuth } from '@jobpass/express'
import { redisReplayStore } from '@jobpass/redis'
import express from 'express'
import { createClient } from 'redis'

const [, , redis = '', issuer = ''] = process.argv
const client = createClient({ url: redis, disableOfflineQueue: true, socket: { reconnectStrategy: 50 } })
client.on('error', () => {})
await client.connect()

const local = githubActions.at(issuer, { insecureLoopback: true })
const app = express()
app.use(
  workloadAuth({
    audience: 'https://api.acme.dev',
    trust: local({ ownerId: '1234567' }),
    replay: { store: redisReplayStore(client) },
    onWarning: () => {},
  }),
)
app.get('/read', (_req, res) => void res.send('read'))
app.post(
  '/publish',
  requireWorkload(oneTime(local({ repositoryId: '74205118' }))),
  (_req, res) => void res.send('published'),
)
const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
