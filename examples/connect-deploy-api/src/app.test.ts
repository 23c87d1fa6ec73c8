// Real clients of Connect, gRPC and gRPC-Web call a real server over HTTP/2 and HTTP/1.1.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { toJson } from '@bufbuild/protobuf'
import { StructSchema } from '@bufbuild/protobuf/wkt'
import type { ConnectRouter, Interceptor, Transport } from '@connectrpc/connect'
import { Code, ConnectError, createClient } from '@connectrpc/connect'
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node'
import { createVerifier, fetchGuard, githubActions } from '@jobpass/core'
import { sendHead } from '@jobpass/testing/internal'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, describe, expect, test } from 'vitest'
import { createRoutes } from './app.ts'
import { DeployService } from './deploy_pb.ts'
import { requestOf, requireWorkload } from './require-workload.ts'

const issuer = await createTestIssuer(githubActions)
const aud = 'https://deploy.acme.dev'
const [main, next] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/next' })]

type Routes = (router: ConnectRouter) => unknown
const servers: { close(): unknown }[] = []
afterAll(() => servers.forEach((server) => server.close()))

const urlOf = async (server: ReturnType<typeof createServer>): Promise<string> => {
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const overHttp1 = async (routes: Routes): Promise<string> =>
  urlOf(createServer({ joinDuplicateHeaders: true }, connectNodeAdapter({ routes })))
const overHttp2 = async (routes: Routes): Promise<string> =>
  urlOf(createHttp2Server(connectNodeAdapter({ routes })) as never)

const plain = await overHttp1(createRoutes(issuer))
const modern = await overHttp2(createRoutes(issuer))

/** By protocol: a transport to a server. */
const transports: Readonly<Record<string, (http1: string, http2: string) => Transport>> = {
  'Connect over HTTP/1.1': (baseUrl) => createConnectTransport({ baseUrl, httpVersion: '1.1' }),
  'Connect over HTTP/1.1, with GET': (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: '1.1', useHttpGet: true }),
  'Connect over HTTP/2': (_, baseUrl) => createConnectTransport({ baseUrl, httpVersion: '2' }),
  gRPC: (_, baseUrl) => createGrpcTransport({ baseUrl }),
  'gRPC-Web': (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: '1.1' }),
}

const withToken = (token?: string) => ({ headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

const thrownBy = async (call: Promise<unknown>): Promise<ConnectError> =>
  ConnectError.from(
    await call.then(
      () => 'admitted',
      (error: unknown) => error,
    ),
  )

/** The problem documents that a client reads. */
const problemsOf = (error: ConnectError) => error.findDetails(StructSchema).map((each) => toJson(StructSchema, each))

/** The refusal of a call: its code, that of its problem, and its challenge. */
async function refusalOf(call: Promise<unknown>) {
  const error = await thrownBy(call)
  const codes = problemsOf(error).map((problem) => (problem as { readonly code: unknown }).code)
  return [Code[error.code], ...codes, error.metadata.get('www-authenticate')?.split(',', 1)[0]]
}

/** Everything that a stream has. */
async function all<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const each of stream) found.push(each)
  return found
}

describe.each(Object.entries(transports))('%s', (_, transport) => {
  const client = createClient(DeployService, transport(plain, modern))

  test('main deploys, and the method knows the commit', async () => {
    const token = await issuer.mint({ aud, sha: 'c0ffee' })
    expect(await client.deploy({}, withToken(token))).toMatchObject({ repository: 'acme/shop', commit: 'c0ffee' })
  })

  test('main reads a stream', async () => {
    expect(await all(client.watch({}, withToken(main)))).toMatchObject([{ line: 'building' }, { line: 'deployed' }])
  })

  test('another branch may not deploy, and reads why', async () => {
    const error = await thrownBy(client.deploy({}, withToken(next)))
    expect([error.code, error.rawMessage]).toEqual([Code.PermissionDenied, 'No rule allows this workload.'])
    expect(problemsOf(error)).toMatchObject([
      { code: 'workload_forbidden', checks: [{ field: 'branch', actual: 'next' }] },
    ])
  })

  test('a call without a token is challenged', async () => {
    const challenged = ['Unauthenticated', 'token_missing', 'Bearer realm="jobpass"']
    expect(await refusalOf(client.deploy({}))).toEqual(challenged)
    expect(await refusalOf(all(client.watch({})))).toEqual(challenged)
  })

  test('a malformed credential is an invalid argument', async () => {
    expect((await refusalOf(client.deploy({}, withToken('a b')))).slice(0, 2)).toEqual([
      'InvalidArgument',
      'request_malformed',
    ])
  })

  test('the method without a guard needs no token', async () => {
    await client.health({})
  })
})

test('an outage of the issuer is no fault of the caller', async () => {
  const other = await createTestIssuer(githubActions)
  other.goOffline()
  const transport = createConnectTransport({ baseUrl: await overHttp1(createRoutes(other)), httpVersion: '1.1' })
  const call = createClient(DeployService, transport).deploy({}, withToken(main))
  expect((await refusalOf(call)).slice(0, 2)).toEqual(['Unavailable', 'issuer_unavailable'])
})

test('without a client of Connect, the status is that of the refusal', async () => {
  const statusOf = async (token?: string) => {
    const { headers } = withToken(token)
    const sent = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: '{}' }
    const { status } = await fetch(`${plain}/acme.deploy.v1.DeployService/Deploy`, sent)
    return status
  }
  expect([await statusOf(main), await statusOf(next), await statusOf()]).toEqual([200, 403, 401])
})

test('two Authorization headers are refused', async () => {
  const lines = [main, next].map((token) => `authorization: Bearer ${token}`)
  const head = ['POST /acme.deploy.v1.DeployService/Deploy HTTP/1.1', 'content-type: application/proto', ...lines]
  expect((await sendHead(plain, head)).split('\r\n', 1)[0]).toBe('HTTP/1.1 400 Bad Request')
})

describe('no method runs for a stranger', () => {
  const options = { audience: aud, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch }
  const rule = githubActions({ repository: 'acme/shop', branch: 'main' })
  const guard = requireWorkload(fetchGuard(createVerifier(options), rule))
  const throwing = requireWorkload(fetchGuard(createVerifier({ ...options, errors: 'throw' }), rule))
  const tolerant: Interceptor = (proceed) => async (call) => proceed(call).catch(() => proceed(call))

  /** How many methods of a service ran for a stranger, who calls each. */
  async function runsOf(interceptors: Interceptor[], level: 'router' | 'service' | 'method' = 'method') {
    let runs = 0
    const ran = () => (runs++, {})
    const watching = async function* () {
      yield ran()
    }
    const methods = {
      deploy: ran,
      watch: watching,
      upload: async () => ran(),
    }
    const own = level === 'router' ? {} : { interceptors }
    const routes: Routes = (router) => {
      if (level !== 'method') return router.service(DeployService, methods, own)
      const { deploy, watch, upload } = DeployService.method
      return router.rpc(deploy, methods.deploy, own).rpc(watch, watching, own).rpc(upload, methods.upload, own)
    }
    const adapter = connectNodeAdapter({ routes, ...(level === 'router' && { interceptors }) })
    const baseUrl = await urlOf(createHttp2Server(adapter) as never)
    const client = createClient(DeployService, createGrpcTransport({ baseUrl }))
    const files = async function* () {
      yield { file: new Uint8Array(10) }
    }
    const calls = [
      client.deploy({}, withToken(next)),
      all(client.watch({}, withToken(next))),
      client.upload(files(), withToken(next)),
    ]
    const codes = (await Promise.all(calls.map(refusalOf))).map(([code]) => code)
    return { runs, codes }
  }
  const refused = { runs: 0, codes: Array(3).fill('PermissionDenied') }

  test.each(['method', 'service', 'router'] as const)('behind a guard of the %s', async (level) => {
    expect(await runsOf([guard], level)).toEqual(refused)
  })

  test('behind an interceptor that tries again after an error', async () => {
    expect(await runsOf([tolerant, guard])).toEqual(refused)
  })

  test('behind a guard that throws its refusals, which Connect reports as a fault of the server', async () => {
    expect(await runsOf([throwing])).toEqual({ runs: 0, codes: Array(3).fill('Internal') })
  })
})

test('a method without a guard that asks for the request fails', async () => {
  const routes: Routes = (router) =>
    router.rpc(DeployService.method.deploy, (_call, context) => ({ commit: requestOf(context).url }))
  const transport = createConnectTransport({ baseUrl: await overHttp1(routes), httpVersion: '1.1' })
  const [code] = await refusalOf(createClient(DeployService, transport).deploy({}, withToken(main)))
  expect(code).toBe('Internal')
})
