// S3: no message, cause or stack contains the value of an option that may hold a secret.

import { resourceMetadata, serviceTokens } from '@jobpass/exchange'
import { generateKeyPairSync } from 'node:crypto'
import { createVerifier, githubActions, memoryReplayStore } from '@jobpass/core'
import type { ExchangeOptions, IssuingKey } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import { redisReplayStore } from '@jobpass/stores/redis'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'

const marker = 'c2VjcmV0LW1hcmtlcg'

/** Every wrong form of a secret: text, bytes, a list, an object. */
const wrong: readonly unknown[] = [
  marker,
  `  ${marker}\n`,
  `-----BEGIN PRIVATE KEY-----\n${marker}\n-----END PRIVATE KEY-----\n`,
  `-----BEGIN EC PRIVATE KEY-----\n${marker}\n-----END EC PRIVATE KEY-----\n`,
  `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${marker}\n-----END ENCRYPTED PRIVATE KEY-----\n`,
  `{"kty":"EC","d":"${marker}"`,
  `{"kty":"EC","crv":"P-256","d":"${marker}","x":"${marker}","y":"${marker}"}`,
  `{"kty":"oct","k":"${marker}"}`,
  `"${marker}"`,
  `https://user:${marker}@keys.acme.dev/jwks`,
  `http://keys.acme.dev/jwks?token=${marker}`,
  [marker],
  [[marker]],
  [{ privateKey: marker }],
  { kty: 'EC', crv: 'P-256', d: marker, x: marker, y: marker },
  { kty: 'RSA', d: marker, n: marker, e: 'AQAB', p: marker },
  { kty: 'OKP', crv: 'Ed25519', d: marker, x: marker },
  { kty: 'oct', k: marker },
  { headers: { authorization: `Bearer ${marker}` } },
  { toString: () => marker },
  new TextEncoder().encode(marker),
]

const audience = 'https://auth.acme.dev'
const trust = githubActions({ ownerId: '1234567' })
const rule = githubActions({ repositoryId: '74205118' })
const replay = { store: memoryReplayStore() }
const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const jwk = { ...(await exportJWK(privateKey)), alg: 'ES256' }
const { d: _, ...publicJwk } = jwk

const exchangeWith = (changes: object): Promise<unknown> =>
  createExchange({
    issuer: audience,
    verifier: createVerifier({ audience, trust, replay, onWarning: () => {} }),
    grants: [{ name: 'publish', rule, scopes: ['publish'], audience: 'https://api.acme.dev' }],
    singleProcess: true,
    keys: [{ privateKey: jwk }],
    ...changes,
  } as unknown as ExchangeOptions)
const keyWith = (changes: object): Promise<unknown> => exchangeWith({ keys: [changes as IssuingKey] })
const tokensWith = (options: object): unknown => serviceTokens(audience, { jobs: githubActions, ...options })
const verifierWith = (options: object): unknown => createVerifier({ audience, trust, onWarning: () => {}, ...options })

type Place = (value: never) => unknown

/**
 * Every option of a public constructor that holds a secret, or where one could be written by
 * mistake.
 */
const places: Readonly<Record<string, Place>> = {
  'createExchange(…)': (value) => createExchange(value),
  'createExchange keys': (value) => exchangeWith({ keys: value }),
  'createExchange keys[0]': (value) => exchangeWith({ keys: [value] }),
  'createExchange keys[0].privateKey': (value) => keyWith({ privateKey: value }),
  'createExchange keys[0].privateKey, with an algorithm': (value) => keyWith({ privateKey: value, algorithm: 'ES256' }),
  'createExchange keys[0].publicKey': (value) => keyWith({ privateKey: jwk, publicKey: value }),
  'createExchange keys[0].sign': (value) => keyWith({ sign: value, publicKey: publicJwk }),
  'createExchange keys[0].algorithm': (value) => keyWith({ privateKey: jwk, algorithm: value }),
  'createExchange keys[0].kid': (value) => keyWith({ privateKey: { ...jwk, d: value } }),
  'createExchange keys[0].from': (value) => keyWith({ privateKey: jwk, from: value }),
  'createExchange nonceSecret': (value) => exchangeWith({ nonceSecret: value }),
  'createExchange verifier': (value) => exchangeWith({ verifier: value }),
  'createExchange audit': (value) => exchangeWith({ audit: value }),
  'createExchange grants': (value) => exchangeWith({ grants: value }),
  'serviceTokens(…)': (value) => serviceTokens(audience, value),
  'serviceTokens keys': (value) => tokensWith({ keys: value }),
  'serviceTokens keys[0]': (value) => tokensWith({ keys: [value] }),
  'serviceTokens jwksUri': (value) => tokensWith({ jwksUri: value }),
  'serviceTokens fetch': (value) => tokensWith({ fetch: value }),
  'serviceTokens dpop': (value) => tokensWith({ dpop: value }),
  'serviceTokens dpop.origin': (value) => tokensWith({ dpop: { origin: value } }),
  'serviceTokens dpop.nonceSecret': (value) =>
    tokensWith({ dpop: { origin: 'https://api.acme.dev', nonceSecret: value } }),
  'createVerifier(…)': (value) => createVerifier(value),
  'createVerifier fetch': (value) => verifierWith({ fetch: value }),
  'createVerifier header': (value) => verifierWith({ header: (value as unknown) === marker ? `x ${marker}` : value }),
  'createVerifier replay': (value) => verifierWith({ replay: value }),
  'createVerifier replay.store': (value) => verifierWith({ replay: { store: value } }),
  'createVerifier keySnapshot': (value) => verifierWith({ keySnapshot: value }),
  'createVerifier onVerdict': (value) => verifierWith({ onVerdict: value }),
  'verifier.verify(…)': (value) =>
    createVerifier({ audience, trust, onWarning: () => {} }).verify(
      (typeof value === 'string' ? [value] : value) as never,
    ),
  '.at(issuer, …)': (value) => githubActions.at('https://ghe.acme.dev/_services/token', value),
  '.at(issuer, { keys })': (value) => githubActions.at('https://ghe.acme.dev/_services/token', { keys: value }),
  '.at(issuer, { jwksUri })': (value) => githubActions.at('https://ghe.acme.dev/_services/token', { jwksUri: value }),
  '.at(issuer, { fetch })': (value) => githubActions.at('https://ghe.acme.dev/_services/token', { fetch: value }),
  'redisReplayStore(…)': (value) => redisReplayStore(value),
  'memoryReplayStore(…)': (value) => memoryReplayStore(value),
  'resourceMetadata(…)': (value) => resourceMetadata(value),
}

/** Everything that a log shows of an error: itself, its stack, and those of its causes. */
function printed(failure: unknown): string {
  if (failure === undefined) return ''
  if (!(failure instanceof Error)) return String(failure)
  const own = Object.getOwnPropertyNames(failure).map((name) => String((failure as never)[name]))
  return [failure.message, failure.stack, ...own, failure.cause === undefined ? '' : printed(failure.cause)].join('\n')
}

test.each(Object.entries(places))('S3: the error of %s shows nothing of a wrong value', async (_, place) => {
  const failures = await Promise.all(
    wrong.map((value) =>
      Promise.resolve()
        .then(() => place(value as never))
        .then(
          () => undefined,
          (error: unknown) => error,
        ),
    ),
  )
  expect(failures.flatMap((failure, index) => (printed(failure).includes(marker) ? [wrong[index]] : []))).toEqual([])
  expect(failures.filter((failure) => failure instanceof TypeError).length).toBeGreaterThan(wrong.length / 2)
})

describe('a key from the environment', () => {
  const pem = (type: 'ec' | 'rsa' | 'ed25519', curve = 'P-256', form: 'pkcs8' | 'sec1' | 'pkcs1' = 'pkcs8'): string => {
    const options = type === 'ec' ? { namedCurve: curve } : type === 'rsa' ? { modulusLength: 2048 } : {}
    const made = generateKeyPairSync(type as 'ec', options as { namedCurve: string })
    return made.privateKey.export({ type: form, format: 'pem' }).toString()
  }
  const published = async (key: IssuingKey): Promise<string> => {
    const exchange = (await exchangeWith({ keys: [key] })) as Awaited<ReturnType<typeof createExchange>>
    const answer = await exchange.fetch(`${audience}/jwks`)
    const { keys } = (await answer.json()) as { keys: readonly { alg: string }[] }
    return keys.map(({ alg }) => alg).join()
  }

  test.each<[string, () => string, string]>([
    ['PEM of P-256', () => pem('ec'), 'ES256'],
    ['PEM of P-384', () => pem('ec', 'P-384'), 'ES384'],
    ['PEM of P-521', () => pem('ec', 'P-521'), 'ES512'],
    ['PEM of Ed25519', () => pem('ed25519'), 'EdDSA'],
    ['PEM on one line, as env files keep it', () => pem('ec').replaceAll('\n', '\\n'), 'ES256'],
    ['JSON of a JWK', () => JSON.stringify(jwk), 'ES256'],
    ['JSON of a JWK without alg', () => JSON.stringify({ ...jwk, alg: undefined }), 'ES256'],
  ])('S3: a private key can be %s', async (_, make, algorithm) => {
    expect(await published({ privateKey: make() })).toBe(algorithm)
  })

  test('S3: a private key can be PEM of RSA with its algorithm', async () => {
    expect(await published({ privateKey: pem('rsa'), algorithm: 'PS256' })).toBe('PS256')
    await expect(published({ privateKey: pem('rsa') })).rejects.toThrow('keys[0] needs an algorithm')
  })

  test.each<[string, () => string, string]>([
    ['SEC1', () => pem('ec', 'P-256', 'sec1'), 'openssl pkcs8 -topk8 -nocrypt'],
    ['PKCS#1', () => pem('rsa', '', 'pkcs1'), 'openssl pkcs8 -topk8 -nocrypt'],
    ['an empty variable', () => '', 'text of 0 characters'],
    ['JSON of something else', () => '[]', 'text of 2 characters'],
  ])('S3: the error for %s says what to write', async (_, make, message) => {
    await expect(published({ privateKey: make() })).rejects.toThrow(message)
    await expect(published({ privateKey: make() })).rejects.toThrow(TypeError)
  })

  test('S3: an empty nonce secret is refused, not ignored', async () => {
    await expect(exchangeWith({ nonceSecret: '' })).rejects.toThrow('at least 32 random bytes')
    expect(() => tokensWith({ dpop: '' })).toThrow(TypeError)
  })
})
