// Key servers in practice: content negotiation of the Kubernetes API server, a certificate of a
// private CA, a closed port, an unknown host, an answer with Retry-After, and clients other than
// the runtime's fetch.

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { KeyEvent, VerifierOptions } from '@jobpass/core'
import { createVerifier, kubernetes } from '@jobpass/core'
import nodeFetch from 'node-fetch'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, manualClock, now, publicJwk, signToken } from '@jobpass/testing/internal'

const audience = 'https://api.acme.dev'

/** The token of a service account (report 1), as `kubectl create token` prints it. */
const tokenOf = (iss: string): string =>
  signToken({
    iss,
    aud: [audience],
    sub: 'system:serviceaccount:ci:release-bot',
    jti: 'a1',
    iat: now,
    nbf: now,
    exp: now + 3600,
    'kubernetes.io': {
      namespace: 'ci',
      serviceaccount: { name: 'release-bot', uid: 'ac6d5e4f-0000-4031-9c2d-3e4f50617283' },
      pod: { name: 'p', uid: 'ac6d5e4f-0000-4031-9c2d-3e4f50617284' },
    },
  })

/** The result for such a token, the key events, and the report of `ready()`. */
async function outcomeAt(issuer: string, options: Partial<VerifierOptions> = {}) {
  const events: KeyEvent[] = []
  const clock = manualClock()
  const verifier = createVerifier({
    audience,
    trust: kubernetes.at(issuer, { insecureLoopback: true })({ namespace: 'ci', serviceAccount: 'release-bot' }),
    clock,
    onKeys: (event) => void events.push(event),
    ...options,
  })
  const code = await codeOf(verifier.verify(tokenOf(issuer)))
  const [report] = await verifier.ready()
  return { code, events, report, verifier, clock }
}

type Answer = (request: IncomingMessage, response: ServerResponse, issuer: string) => void

/** Runs a key server on loopback. */
async function withServer<T>(answer: Answer, run: (issuer: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => answer(request, response, issuer))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    return await run(issuer)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const documents = (issuer: string): Readonly<Record<string, { readonly produces: string; readonly body: object }>> => ({
  '/.well-known/openid-configuration': {
    produces: 'application/json',
    body: {
      issuer,
      jwks_uri: `${issuer}/openid/v1/jwks`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
  },
  '/openid/v1/jwks': { produces: 'application/jwk-set+json', body: { keys: [publicJwk] } },
})

/**
 * Answers like go-restful for the Kubernetes API server: 406 unless a media type of `Accept`,
 * without parameters, is the one that the route produces. A request without the header is
 * acceptable.
 */
const likeKubernetes =
  (produces: (document: string) => string): Answer =>
  (request, response, issuer) => {
    const document = documents(issuer)[request.url ?? '']
    const types = request.headers.accept?.split(',').map((type) => type.split(';')[0]?.trim())
    if (document === undefined) {
      response.writeHead(404).end()
      return
    }
    const type = produces(document.produces)
    if (types !== undefined && !types.some((each) => each === type || each === '*/*'))
      response.writeHead(406, { 'content-type': 'text/plain; charset=utf-8' }).end('406: Not Acceptable\n')
    else response.writeHead(200, { 'content-type': type }).end(JSON.stringify(document.body))
  }

describe('R6: a server that answers 406', () => {
  test.each([
    ['as the API server of Kubernetes does', likeKubernetes((type) => type)],
    ['where it has JSON only', likeKubernetes(() => 'application/json')],
    ['where it has key sets only', likeKubernetes(() => 'application/jwk-set+json')],
    ['where it has plain text only', likeKubernetes(() => 'text/plain')],
  ])('R6: a server that answers 406 %s gives its keys', async (_, answer) => {
    await withServer(answer, async (issuer) => {
      expect((await outcomeAt(issuer)).code).toBe('allowed')
    })
  })

  test('R6: the operator sees the status and type of the answer', async () => {
    const refuses: Answer = (_, response) =>
      void response.writeHead(406, { 'content-type': 'text/plain; charset=utf-8' }).end('secret')
    await withServer(refuses, async (issuer) => {
      const { code, events, report } = await outcomeAt(issuer)
      const reason = `the status of "${issuer}/.well-known/openid-configuration" was 406 ("text/plain; charset=utf-8")`
      expect([code, report?.reason]).toEqual(['issuer_unavailable', reason])
      expect(events).toEqual([{ issuer, event: 'failed', keys: 0, reason }])
    })
  })
})

describe('why a fetch failed', () => {
  test('the reason names a certificate of a private CA', async () => {
    const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
    const server = createTlsServer({ key: pem.private, cert: pem.cert }, (_, response) => response.end('{}'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { events, report } = await outcomeAt(`https://localhost:${(server.address() as AddressInfo).port}`)
    server.close()
    expect(report?.reason).toMatch(/^fetch failed: .*DEPTH_ZERO_SELF_SIGNED_CERT/)
    expect(events.map(({ event, reason }) => [event, reason])).toEqual([['failed', report?.reason]])
  })

  test('the reason names a closed port', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const { report } = await outcomeAt(`https://127.0.0.1:${port}`)
    expect(report?.reason).toBe(`fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`)
  })

  test('the reason names a host that does not exist', async () => {
    const { report } = await outcomeAt('https://gitlab.invalid')
    // The second is the error if no name server is reachable.
    expect(report?.reason).toMatch(/^fetch failed: getaddrinfo (ENOTFOUND|EAI_AGAIN) gitlab\.invalid$/)
  })

  test('the reason names both issuers if discovery names another one', async () => {
    const answer: Answer = (_, response) =>
      void response.end(JSON.stringify({ issuer: 'https://kubernetes.default.svc' }))
    await withServer(answer, async (issuer) => {
      const { report } = await outcomeAt(issuer)
      expect(report?.reason).toBe(
        `discovery names another issuer, "https://kubernetes.default.svc"; "${issuer}" is trusted`,
      )
    })
  })

  // Report 12: API servers publish an address of their own machine.
  test.each([
    'https://192.168.199.22:6443/openid/v1/jwks',
    'https://ip-172-16-45-221.eu-west-1.compute.internal:443/openid/v1/jwks',
    'https://"kubernetes.default.svc.cluster.local":443/openid/v1/jwks',
  ])('the reason says what to write if discovery names keys at %s', async (uri) => {
    const answer: Answer = (_, response, issuer) => void response.end(JSON.stringify({ issuer, jwks_uri: uri }))
    await withServer(answer, async (issuer) => {
      const { report } = await outcomeAt(issuer)
      expect(report?.reason).toBe(
        `discovery names keys on another host, ${JSON.stringify(uri)}: if that is right, write .at(issuer, { jwksUri })`,
      )
    })
  })

  test('the reason lists each unusable key with its cause', async () => {
    const keys = [
      { kty: 'oct', kid: 'shared', k: 'c2VjcmV0' },
      { ...publicJwk, use: 'enc' },
    ]
    const answer: Answer = (request, response, issuer) =>
      void response.end(JSON.stringify(request.url === '/jwks' ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` }))
    await withServer(answer, async (issuer) => {
      const { events } = await outcomeAt(issuer)
      expect(events).toEqual([
        {
          issuer,
          event: 'failed',
          keys: 0,
          reason: 'the key set has no key that can be used',
          skipped: [
            { keyId: 'shared', reason: 'it has private members' },
            { keyId: 'k1', reason: "its use is not 'sig'" },
          ],
        },
      ])
    })
  })
})

describe('O16: Retry-After of an issuer', () => {
  test.each([
    ['shorter than our pause', '2', 2],
    ['longer than our longest pause', '3600', 60],
    ['a date', new Date((now + 7) * 1000).toUTCString(), 7],
    ['of the past', new Date((now - 7) * 1000).toUTCString(), 1],
  ])('O16: Retry-After that is %s sets the pause within limits', async (_, header, seconds) => {
    let down = true
    const answer: Answer = (request, response, issuer) =>
      down
        ? void response.writeHead(503, { 'retry-after': header }).end()
        : likeKubernetes((type) => type)(request, response, issuer)
    await withServer(answer, async (issuer) => {
      const { code, verifier, clock } = await outcomeAt(issuer)
      down = false
      const again = (): Promise<unknown> => codeOf(verifier.verify(tokenOf(issuer)))
      clock.advance(seconds - 0.001)
      expect([code, await again()]).toEqual(['issuer_unavailable', 'issuer_unavailable'])
      clock.advance(0.001)
      expect(await again()).toBe('allowed')
    })
  })
})

describe('a fetch other than that of the runtime', () => {
  let keep: { issuer: string; close: () => Promise<unknown> }
  beforeAll(async () => {
    const server = createServer((request, response) => likeKubernetes((type) => type)(request, response, keep.issuer))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    keep = {
      issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve))),
    }
  })
  afterAll(() => keep.close())

  test('node-fetch, whose bodies are Node streams, fetches keys', async () => {
    expect((await outcomeAt(keep.issuer, { fetch: nodeFetch as unknown as typeof fetch })).code).toBe('allowed')
  })

  test('an answer whose body is not a stream is an outage that says so', async () => {
    const odd = (async () => ({ status: 200, headers: new Headers(), body: {} })) as unknown as typeof fetch
    const { code, report } = await outcomeAt(keep.issuer, { fetch: odd })
    expect([code, report?.reason]).toEqual(['issuer_unavailable', 'the answer of fetch has no stream'])
  })
})
