// A server with a guard by path, which is a trap. This one refuses every caller.

import { createServer } from 'node:http'
import { createRequestHandler } from '@react-router/express'
import express from 'express'

const build = await import('../../dist/src/cases/app/server/index.js')

const app = express()
app.use('/traps/express', (_req, res) => res.sendStatus(403))
app.use(createRequestHandler({ build }))

const server = createServer(app)
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
