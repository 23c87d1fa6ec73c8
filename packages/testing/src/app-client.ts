/** Calls an app of any framework, in process where it takes requests, else through a server. */

import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An Express, Koa or Hono app, or a Node request listener. */
export type GuardableApp =
  | RequestListener
  | { callback(): RequestListener }
  | { request(input: string, init?: RequestInit): Response | Promise<Response> }

/** A client of one app. */
interface Client {
  send(method: string, path: string, init: RequestInit): Promise<Response>
  close(): void
}

/** Connects to an app. */
export async function connect(app: GuardableApp): Promise<Client> {
  if ('request' in app && typeof app.request === 'function') {
    return {
      send: async (method, path, init) => app.request(`http://localhost${path}`, { ...init, method }),
      close: () => {},
    }
  }
  const server = createServer('callback' in app ? app.callback() : (app as RequestListener))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    send: async (method, path, init) => fetch(origin + path, { ...init, method, redirect: 'manual' }),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
