/** The exchange: one object that answers requests to its endpoints, on any server. */

import type { Endpoint, EndpointAnswer, EndpointRequest } from '@jobpass/core'
import { writeRecord } from './audit.ts'
import { answerIntrospection } from './introspection-endpoint.ts'
import type { IssuingKey } from './issuing-keys.ts'
import { openKeySource } from './key-source.ts'
import { documentAge, metadataOf, pathsOf } from './metadata.ts'
import { OAuthError, errorAnswer, jsonAnswer, methodAnswer, withoutCredentials } from './oauth-answer.ts'
import { readExchange } from './options.ts'
import type { ExchangeOptions } from './options.ts'
import { answerRevocation } from './revocation-endpoint.ts'
import { revoke } from './revocation.ts'
import { answerTokenRequest } from './token-endpoint.ts'
import type { Revocation } from './trust/revocation.ts'

/** A running exchange. */
export interface Exchange extends Endpoint {
  /** The issuer identifier (`iss`) of the tokens, as configured: an https: URL. */
  readonly issuer: string
  /**
   * Replaces the signing keys. Keys that are left out are no longer published; their tokens become
   * invalid once verifiers refresh.
   *
   * @throws {TypeError} (rejects) for invalid keys; nothing changes then.
   */
  useKeys(keys: readonly IssuingKey[]): Promise<void>
  /**
   * Revokes a token, or all tokens of a run. Verifiers with `revocable: true` refuse the tokens
   * issued for it, and the exchange issues no more. Revoking again extends the revocation.
   *
   * Rejects with an `Error` when the store is unavailable.
   *
   * @throws {TypeError} (rejects) for an invalid argument, for an issuer that the verifier does not
   * trust, and for a run of an issuer whose tokens carry no run id.
   */
  revoke(revocation: Revocation): Promise<void>
  /**
   * Reads the published documents without a network: pass it to `serviceTokens()` in the same
   * process.
   */
  readonly fetch: typeof fetch
}

/**
 * Creates a token exchange (RFC 8693, RFC 7523): jobs present their CI token once and get a scoped
 * token of your own. Rejects with a `TypeError` that says what to write instead.
 *
 * @example
 * ```ts
 * const exchange = await createExchange({
 *   issuer: 'https://auth.acme.dev',
 *   verifier: createVerifier({
 *     audience: 'https://auth.acme.dev',
 *     trust: githubActions({ ownerId: '1234567' }),
 *     replay: { store },
 *   }),
 *   grants: [
 *     {
 *       name: 'publish',
 *       rule: githubActions({ repositoryId: '74205118', branch: 'main' }),
 *       scopes: ['publish'],
 *       audience: 'https://api.acme.dev',
 *     },
 *   ],
 *   keys: [{ privateKey: signingKey }], // a JWK, or text from the environment
 * })
 * app.use(endpoints(exchange))
 * ```
 */
export async function createExchange(options: ExchangeOptions): Promise<Exchange> {
  const read = readExchange(options)
  const { issuer, addresses, clock, grants, authenticateApi, certificate } = read
  const keys = await openKeySource(read)
  // Rejects where the nonce secrets cannot be found.
  await read.nonces?.make(0)
  const deps = { ...read, schedule: keys.schedule }
  const paths = pathsOf(addresses)
  const known = typeof grants === 'function' ? [] : grants
  const metadata = metadataOf({
    issuer,
    addresses,
    scopes: [...new Set(known.flatMap((grant) => [...grant.scopes]))],
    detailTypes: [...new Set(known.flatMap((grant) => grant.details.map(({ type }) => type)))],
    introspects: authenticateApi !== undefined,
    bindsCertificates: certificate !== undefined,
  })
  const keyDocument = async (request: EndpointRequest): Promise<EndpointAnswer> =>
    document(request, { keys: (await keys.schedule()).published(clock.now() / 1000) })
  const answer = (request: EndpointRequest): EndpointAnswer | Promise<EndpointAnswer> | undefined => {
    const { path } = request
    if (path === paths.token)
      return answerTokenRequest(request, deps).then((given) => withoutCredentials(request, given))
    if (path === paths.revocation) return answerRevocation(request, deps)
    if (path === paths.keys) return keyDocument(request)
    if (path === paths.authorization) return noAuthorization
    if (path === paths.introspection && authenticateApi) return answerIntrospection(request, authenticateApi, deps)
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

/** Never redirects: no client is registered, so the address in a request may be an attacker's. */
const noAuthorization = errorAnswer(
  new OAuthError('unsupported_response_type', 'Nobody signs in here: jobs exchange their token at the token endpoint.'),
)

function document({ method }: EndpointRequest, body: object): EndpointAnswer {
  if (method !== 'GET' && method !== 'HEAD') return methodAnswer('GET, HEAD')
  return jsonAnswer(200, body, {}, { 'Cache-Control': `public, max-age=${documentAge}` })
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
