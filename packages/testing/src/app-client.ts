/** Calls an app of any framework, in process where it takes requests, else through a server. */

/** A listener for Node's requests, such as an Express app. */
export type Listener = (request: never, response: never) => unknown

/**
 * An Express, Koa or Hono app, a Node request listener, or a Node server: `app.server` of a Fastify
 * app that is ready, `app.getHttpServer()` of NestJS after `init()`.
 */
export type GuardableApp =
  | Listener
  | {
      /** The listener of a Koa app. */
      callback(): Listener
    }
  | {
      /** Answers in process, as a Hono app does. */
      request(input: string, init?: RequestInit): Response | Promise<Response>
    }
  | {
      /** Passes a request to a server. */
      emit(event: 'request', request: never, response: never): unknown
    }

/** A client of one app. */
interface Client {
  send(method: string, path: string, init: RequestInit): Promise<Response>
  close(): void
}

/** The part of `node:http` that is used. */
interface NodeHttp {
  createServer(listener: Listener): {
    listen(port: number, host: string, ready: () => void): void
    address(): unknown
    closeAllConnections(): void
    close(): void
  }
}

/** Connects to an app. */
export async function connect(app: GuardableApp): Promise<Client> {
  if ('request' in app && typeof app.request === 'function') {
    return {
      send: async (method, path, init) => app.request(`http://localhost${path}`, { ...init, method }),
      close: () => {},
    }
  }
  const server = nodeHttp().createServer(listenerOf(app as Exclude<GuardableApp, { request: unknown }>))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as { readonly port: number }).port}`
  return {
    send: async (method, path, init) => fetch(origin + path, { ...init, method, redirect: 'manual' }),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const listenerOf = (app: Exclude<GuardableApp, { request: unknown }>): Listener => {
  if ('callback' in app) return app.callback()
  return typeof app === 'function' ? app : (...call) => app.emit('request', ...call)
}

/** Found at run time, so that other runtimes can import this module. */
function nodeHttp(): NodeHttp {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
  const http = process?.getBuiltinModule?.('node:http') as NodeHttp | undefined
  if (http === undefined)
    throw new TypeError('This app listens for requests of Node, which is not here: pass a Hono app')
  return http
}
