import { getRequestListener } from '@hono/node-server'
import type { Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import { fetchApp } from './fetch-app.ts'

export const fetchMounts: Readonly<Record<string, Mount>> = {
  'Fetch API': async (app) => overHttp(getRequestListener(fetchApp(app), { overrideGlobalObjects: false })),
}
