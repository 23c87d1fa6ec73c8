/** The exchange: one object that answers for its endpoints, whatever server they are mounted in. */

import type { Endpoint, EndpointAnswer, EndpointRequest } from '@jobpass/core'
import { writeRecord } from './audit.ts'
import type { IssuingKey } from './issuing-keys.ts'
import { openKeySource } from './key-source.ts'
import { addressesOf, documentAge, metadataOf } from './metadata.ts'
import { jsonAnswer, methodAnswer } from './oauth-answer.ts'
import { readExchange } from './options.ts'
import type { ExchangeOptions } from './options.ts'
import { answerRevocation } from './revocation-endpoint.ts'
import { revoke } from './revocation.ts'
import { answerTokenRequest } from './token-endpoint.ts'
import type { Revocation } from './trust/revocation.ts'

/** A running exchange. */
export interface Exchange extends Endpoint {
  readonly issuer: string
  /** Puts other keys in place: those that are left out are no longer published, and tokens signed by them no longer valid once verifiers have noticed. Rejects with a `TypeError` for bad ones, and changes nothing then. */
  useKeys(keys: readonly IssuingKey[]): Promise<void>
  /**
   * Ends a token, or all tokens of a run: verifiers that ask (`revocable: true`) refuse what was issued, and the exchange issues nothing more. Repeating it prolongs it.
   * Rejects when the store is out of reach, and with a `TypeError` for another shape, for an issuer that the verifier does not trust, and for one whose tokens name no run.
   */
  revoke(revocation: Revocation): Promise<void>
  /** Reads the documents of the exchange without a network: for `serviceTokens()` in the same process. */
  readonly fetch: typeof fetch
}

/**
 * Makes an exchange (RFC 8693, RFC 7523): jobs give their CI token once, and get a token of your own that says what it is good for. Rejects with a `TypeError` that says what
 * to write instead.
 *
 * @example
 * ```ts
 * const exchange = await createExchange({
 *   issuer: 'https://auth.acme.dev',
 *   verifier: createVerifier({ audience: 'https://auth.acme.dev', trust: githubActions({ ownerId: '1234567' }), replay: { store } }),
 *   grants: [{ name: 'publish', rule: githubActions({ repositoryId: '74205118', branch: 'main' }), scopes: ['publish'], audience: 'https://api.acme.dev' }],
 *   keys: [{ privateKey: signingKey }], // a JWK, or text from the environment
 * })
 * app.use(endpoints(exchange))
 * ```
 */
export async function createExchange(options: ExchangeOptions): Promise<Exchange> {
  const read = readExchange(options)
  const { issuer, clock, grants } = read
  const keys = await openKeySource(read)
  const around = { ...read, schedule: keys.schedule }
  const paths = pathsOf(issuer)
  const scopes = typeof grants === 'function' ? [] : [...new Set(grants.flatMap((grant) => [...grant.scopes]))]
  const metadata = metadataOf(issuer, scopes)
  const keyDocument = async (request: EndpointRequest): Promise<EndpointAnswer> =>
    document(request, { keys: (await keys.schedule()).published(clock.now() / 1000) })
  const answer = (request: EndpointRequest): EndpointAnswer | Promise<EndpointAnswer> | undefined => {
    const { path } = request
    if (path === paths.token) return answerTokenRequest(request, around)
    if (path === paths.revocation) return answerRevocation(request, around)
    if (path === paths.keys) return keyDocument(request)
    return path === paths.metadata ? document(request, metadata) : undefined
  }
  return Object.freeze({
    issuer,
    answer,
    useKeys: keys.use,
    revoke: async (revocation: Revocation) => {
      await revoke(revocation, read)
      await writeRecord({ outcome: 'revoked', revocation }, read)
    },
    fetch: localFetch(issuer, answer),
  })
}

function pathsOf(issuer: string): Readonly<Record<'token' | 'keys' | 'revocation' | 'metadata', string>> {
  const { token, keys, revocation, metadata } = addressesOf(issuer)
  const path = (address: string): string => new URL(address).pathname
  return { token: path(token), keys: path(keys), revocation: path(revocation), metadata: path(metadata) }
}

function document({ method }: EndpointRequest, body: object): EndpointAnswer {
  if (method !== 'GET' && method !== 'HEAD') return methodAnswer('GET, HEAD')
  return jsonAnswer(200, body, { 'Cache-Control': `public, max-age=${documentAge}` })
}

function localFetch(issuer: string, answer: Endpoint['answer']): typeof fetch {
  const { origin } = new URL(issuer)
  return async (input) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const request = { method: 'GET', path: url.pathname, headers: () => [], body: async () => '' }
    const found = url.origin === origin ? await answer(request) : undefined
    if (found === undefined) throw new TypeError('only the documents of the exchange can be fetched so')
    return new Response(found.body, { status: found.status, headers: { ...found.headers } })
  }
}
