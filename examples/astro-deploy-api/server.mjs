// Serves the build. Of two lines of `Authorization`, Node drops the second, and the guard would see
// one credential. This server joins them, and the guard refuses them.

import { createServer } from 'node:http'

const { APP = 'src', HOST = '127.0.0.1', PORT = '3000' } = process.env
process.env.ASTRO_NODE_AUTOSTART = 'disabled'
const { handler } = await import(`./dist/${APP}/app/server/entry.mjs`)

const server = createServer({ joinDuplicateHeaders: true }, handler)
server.listen(Number(PORT), HOST, () => console.log(`http://${HOST}:${server.address().port}`))
