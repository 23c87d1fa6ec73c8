import { serve } from '@hono/node-server'
import { createApp } from './app.ts'

const port = Number(process.env['PORT'] ?? 3000)

serve({ fetch: createApp().fetch, port, hostname: '127.0.0.1' }, () => {
  console.log(`The deploy API listens on http://127.0.0.1:${port}`)
})
