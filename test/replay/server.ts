/**
 * One of several processes behind one store: an API with a one-time route, and an exchange. Sends
 * its port.
 */

import type { AddressInfo } from 'node:net'
import { createExchange } from '@jobpass/exchange'
import { createVerifier, githubActions, oneTime, requireWorkload, endpoints, workloadAuth } from '@jobpass/express'
import express from 'express'
import type { JWK } from 'jose'
import { openStore } from './open-store.ts'

const [, , address = '', issuer = '', key = ''] = process.argv
const { store } = await openStore(address, { timeout: 2 })
// The first use would wait for the proof.
await store.seen?.('ready')

const local = githubActions.at(issuer, { insecureLoopback: true })
const rule = local({ repositoryId: '74205118' })
const verifier = createVerifier({
  audience: 'https://api.acme.dev',
  trust: local({ ownerId: '1234567' }),
  replay: { store },
  onWarning: () => {},
})
const exchange = await createExchange({
  issuer: 'https://auth.acme.dev',
  verifier,
  grants: [{ name: 'publish', rule, scopes: ['publish'], audience: 'https://api.acme.dev' }],
  keys: [{ privateKey: JSON.parse(key) as JWK }],
})
const app = express()
app.use(endpoints(exchange))
app.use(workloadAuth(verifier))
app.get('/read', (_req, res) => void res.send('read'))
app.post('/publish', requireWorkload(oneTime(rule)), (_req, res) => void res.send('published'))
const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
// It ends with the process that started it.
process.on('disconnect', () => process.exit())
