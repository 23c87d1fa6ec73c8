/** For tests of applications: checks that routes are guarded. */

import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An Express, Koa or Hono app, or a Node request listener. */
export type GuardableApp =
  | RequestListener
  | { callback(): RequestListener }
  | { request(input: string, init?: RequestInit): Response | Promise<Response> }

/**
 * Calls each route without a token. Throws an `Error` that lists the routes that did not answer 401
 * `token_missing`.
 *
 * A path parameter can have any value, because the guard answers before the handler: `'POST
 * /projects/7/deploy'`.
 *
 * @example
 * ```ts
 * await expectGuarded(app, ['POST /deploy', 'GET /artifacts/1'])
 * ```
 */
export async function expectGuarded(app: GuardableApp, routes: readonly string[]): Promise<void> {
  if (routes.length === 0) throw new TypeError("expectGuarded() needs routes, such as 'POST /deploy'")
  const client = await connect(app)
  const open: string[] = []
  try {
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ')
      if (!/^[A-Z]+$/.test(method) || !path.startsWith('/'))
        throw new TypeError(`'${route}' is not a route: write 'POST /deploy'`)
      // Sequential: an app under test may not support parallel requests.
      const found = await codeOf(await client.send(method, path))
      if (found !== '401 token_missing') open.push(`${route} answered ${found}`)
    }
  } finally {
    client.close()
  }
  if (open.length > 0) throw new Error(`Not guarded:\n${open.join('\n')}`)
}

interface Client {
  send(method: string, path: string): Promise<Response>
  close(): void
}

async function connect(app: GuardableApp): Promise<Client> {
  if ('request' in app && typeof app.request === 'function') {
    return { send: async (method, path) => app.request(`http://localhost${path}`, { method }), close: () => {} }
  }
  const server = createServer('callback' in app ? app.callback() : (app as RequestListener))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    send: async (method, path) => fetch(origin + path, { method, redirect: 'manual' }),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function codeOf(response: Response): Promise<string> {
  const body = await response.text()
  try {
    const { code } = JSON.parse(body) as { code?: unknown }
    return typeof code === 'string' ? `${response.status} ${code}` : String(response.status)
  } catch {
    return String(response.status)
  }
}
