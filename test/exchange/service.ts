/** An exchange and an API behind it, without a network, for the tests of this folder. */

import type { Trusted } from '@jobpass/core/internal'
import { serviceTokens } from '@jobpass/exchange'
import type { AnyWorkload, EndpointAnswer, Verifier, VerifierOptions } from '@jobpass/core'
import { createVerifier, githubActions, gitlab, memoryReplayStore } from '@jobpass/core'
import type { Exchange, ExchangeOptions, Grant } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import type { JWK } from 'jose'
import { decodeJwt, exportJWK, generateKeyPair } from 'jose'
import { claimsWith, fetchKeys, githubPush, manualClock, now, signToken } from '@jobpass/testing/internal'

export const issuer = 'https://auth.acme.dev'
export const api = 'https://api.acme.dev'
export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
export const jwtType = 'urn:ietf:params:oauth:token-type:jwt'

export const shop = githubActions({ repositoryId: '74205118', branch: 'main' })
export const publish: Grant = { name: 'publish', rule: shop, scopes: ['publish', 'read'], audience: api }

/** A private key, as a JWK. */
export async function makeKey(algorithm = 'ES256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: algorithm }
}

const key = await makeKey()

let count = 0

/** A new CI token. */
export function ciToken(changes: Readonly<Record<string, unknown>> = {}): string {
  return signToken(claimsWith(githubPush, { aud: issuer, jti: `token-${count++}`, ...changes }))
}

/** An exchange, its clock, its store, and its audit records. */
export async function service(options: Partial<ExchangeOptions> = {}, verifying: Partial<VerifierOptions> = {}) {
  const clock = manualClock(now)
  const store = memoryReplayStore({ clock })
  const records: unknown[] = []
  const warnings: string[] = []
  const verifier = createVerifier<Trusted>({
    audience: issuer,
    trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' })],
    fetch: fetchKeys(),
    clock,
    replay: { store },
    onWarning: (text) => void warnings.push(text),
    ...verifying,
  } as VerifierOptions<Trusted, false>)
  const exchange = await createExchange({
    issuer,
    verifier,
    grants: [publish],
    singleProcess: true,
    keys: [{ privateKey: key }],
    audit: (record) => void records.push(record),
    ...options,
  })
  return { exchange, verifier, clock, store, records, warnings }
}

/** A verifier of an API that trusts CI tokens and those of the exchange. */
export function apiOf(
  { exchange, clock, store }: Pick<Awaited<ReturnType<typeof service>>, 'exchange' | 'clock' | 'store'>,
  changes: Partial<VerifierOptions> = {},
  terms: Partial<Parameters<typeof serviceTokens>[1]> = {},
): Verifier<AnyWorkload> {
  return createVerifier<Trusted>({
    audience: [api, issuer],
    trust: [
      githubActions({ ownerId: '1234567' }),
      serviceTokens(exchange.issuer, { jobs: [githubActions, gitlab], fetch: exchange.fetch, ...terms }),
    ],
    fetch: fetchKeys(),
    clock,
    replay: { store },
    onWarning: () => {},
    ...changes,
  } as VerifierOptions<Trusted, false>)
}

/** Sends a POST request to an endpoint of the exchange. */
export async function post(
  exchange: Exchange,
  path: string,
  form: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, readonly string[]>> = {},
): Promise<EndpointAnswer> {
  const given: Readonly<Record<string, readonly string[]>> = {
    'content-type': ['application/x-www-form-urlencoded'],
    ...headers,
  }
  const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
  const answer = await exchange.answer({
    method: 'POST',
    path,
    headers: (name) => given[name] ?? [],
    body: async () => body,
  })
  if (answer === undefined) throw new Error('the exchange has no such endpoint')
  return answer
}

/** Exchanges a CI token, and returns status and body. */
export async function ask(
  exchange: Exchange,
  form: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, readonly string[]>> = {},
): Promise<{
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly answer: EndpointAnswer
}> {
  const answer = await post(
    exchange,
    '/token',
    {
      grant_type: tokenExchange,
      subject_token_type: jwtType,
      scope: 'publish',
      ...('subject_token' in form || 'assertion' in form ? {} : { subject_token: ciToken() }),
      ...form,
    },
    headers,
  )
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown>, answer }
}

/** The token of an exchange that must succeed. */
export async function tokenOf(exchange: Exchange, form: Readonly<Record<string, string>> = {}): Promise<string> {
  const { status, body } = await ask(exchange, form)
  if (status !== 200) throw new Error(JSON.stringify(body))
  return String(body['access_token'])
}

export const claimsOf = (token: unknown): Readonly<Record<string, unknown>> => decodeJwt(String(token))
