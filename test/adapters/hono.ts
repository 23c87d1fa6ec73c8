import { getRequestListener } from '@hono/node-server'
import type { Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import { honoApp } from './hono-app.ts'
import { overHttp2 } from './http2.ts'

export const honoMounts: Readonly<Record<string, Mount>> = {
  Hono: (app) => overHttp(getRequestListener(honoApp(app).fetch, { overrideGlobalObjects: false })),
  'Hono over HTTP/2': (app) => overHttp2(getRequestListener(honoApp(app).fetch, { overrideGlobalObjects: false })),
}
