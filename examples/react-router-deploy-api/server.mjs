// Serves the build. Of two lines of `Authorization`, Node drops the second, and the guard would see
// one credential. This server joins them, and the guard refuses them.

import { createServer } from 'node:http'
import { createRequestHandler } from '@react-router/express'
import express from 'express'

const { APP = 'src', HOST = '127.0.0.1', PORT = '3000' } = process.env
const build = await import(`./dist/${APP}/app/server/index.js`)

const app = express()
app.use(express.static(`dist/${APP}/app/client`))
app.use(createRequestHandler({ build }))

const server = createServer({ joinDuplicateHeaders: true }, app)
server.listen(Number(PORT), HOST, () => console.log(`http://${HOST}:${server.address().port}`))
