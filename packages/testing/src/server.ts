/**
 * The local issuer as a real HTTP server on loopback, with the token endpoint of GitHub's runner.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MintableProvider, MintClaims, MintOptions, TestIssuer } from './test-issuer.ts'
import type { Bindable, TestServer } from './test-server.ts'
import { documentAt } from './documents.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import { misbehave } from './misbehaviour.ts'

const tokenRequest = '/_apis/token'

/** Starts the server on a free port of 127.0.0.1. */
export async function listen<W, Bound>(
  provider: MintableProvider & Bindable<Bound>,
  issuer: TestIssuer<W>,
): Promise<TestServer<W, Bound>> {
  if (provider.at === undefined) {
    throw new TypeError('listen() needs the provider itself, to bind it to the server: not one bound by .at()')
  }
  const asked: string[] = []
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const mint: TestServer<W>['mint'] = (claims, options) => issuer.mint({ iss: url, ...claims }, options)
  const { jobEnvironment, handOut } = tokenDesk(url, mint)
  let how: Misbehaviour | undefined

  server.on('request', (req, res) => {
    const { pathname } = new URL(req.url ?? '/', url)
    const document = documentAt(url + pathname, url, issuer.keys)
    if (pathname === tokenRequest) void handOut(req).then(([status, answer]) => send(res, status, answer))
    else if (document === undefined) send(res, 404, { message: 'not found' })
    else {
      asked.push(pathname)
      if (how === undefined) send(res, 200, document)
      else misbehave(how, res, { issuer: url, keySet: 'keys' in document, document, keys: issuer.keys })
    }
  })
  return {
    issuer: url,
    asked,
    provider: provider.at(url, { insecureLoopback: true }),
    mint,
    jobEnvironment,
    misbehave: (next) => {
      how = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface TokenDesk<W> {
  readonly jobEnvironment: TestServer<W>['jobEnvironment']
  readonly handOut: (req: IncomingMessage) => Promise<readonly [status: number, answer: object]>
}

/** The endpoint where a runner requests tokens for its job, with the secret of that job. */
function tokenDesk<W>(url: string, mint: TestServer<W>['mint']): TokenDesk<W> {
  const jobs = new Map<string, readonly [MintClaims<W> | undefined, MintOptions<W> | undefined]>()
  return {
    jobEnvironment: (claims, options) => {
      const token = crypto.randomUUID()
      jobs.set(token, [claims, options])
      // The client appends `&audience=`, so the URL already has a query.
      return {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${url}${tokenRequest}?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
      }
    },
    handOut: async (req) => {
      const job = jobs.get((req.headers.authorization ?? '').replace(/^bearer /i, ''))
      if (job === undefined) return [401, { message: 'no such job' }]
      const audience = new URL(req.url ?? '/', url).searchParams.get('audience')
      const [claims, options] = job
      return [200, { value: await mint({ ...(audience === null ? {} : { aud: audience }), ...claims }, options) }]
    },
  }
}

function send(res: ServerResponse, status: number, document: object): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
}
