/** Mounts that need no socket: of apps that answer a `Request` with a `Response`. */

import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { fetchApp } from '../adapters/fetch-app.ts'
import { honoApp } from '../adapters/hono-app.ts'

type Answer = (request: Request) => Response | Promise<Response>

const inProcess =
  (appOf: (app: ConformanceApp) => Answer): Mount =>
  async (app) => {
    const answer = appOf(app)
    return {
      send: async ({ method, path, headers }) => {
        const sent = new Headers()
        for (const [name, value] of headers) sent.append(name, value)
        const response = await answer(new Request(`http://localhost${path}`, { method, headers: sent }))
        return {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: await response.text(),
        }
      },
      close: async () => {},
    }
  }

export const inProcessMounts: Readonly<Record<string, Mount>> = {
  Hono: inProcess((app) => honoApp(app).fetch),
  'Fetch API': inProcess(fetchApp),
}
