/** Serves the app as `next start` does, but shows guards a second Authorization header. */

import { createServer } from 'node:http'
import next from 'next'

const app = next({ dir: import.meta.dirname })
await app.prepare()
const server = createServer({ joinDuplicateHeaders: true }, app.getRequestHandler())
server.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}`))
