/** The local issuer as a real HTTP server on loopback, with the jobs that it gives tokens to. */

import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startJobOf } from './jobs/index.ts'
import type { RunningJob } from './jobs/job.ts'
import type { MintableProvider, TestIssuer } from './test-issuer.ts'
import type { Bindable, TestServer } from './test-server.ts'
import { documentAt } from './documents.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import { misbehave } from './misbehaviour.ts'

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
  const jobs: RunningJob[] = []
  let how: Misbehaviour | undefined

  server.on('request', (req, res) => {
    const { pathname } = new URL(req.url ?? '/', url)
    const document = documentAt(url + pathname, url, issuer.keys)
    if (document === undefined) send(res, 404, { message: 'not found' })
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
    startJob: async (claims, options) => {
      const job = await startJobOf(provider.table, { ...issuer, mint }, claims, options)
      jobs.push(job)
      return job
    },
    misbehave: (next) => {
      how = next
    },
    close: async () => {
      await Promise.all(jobs.map((job) => job.close()))
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send(res: ServerResponse, status: number, document: object): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(document))
}
