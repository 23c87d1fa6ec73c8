// Keys in key management services: by the real clients of AWS and Azure, and by HTTP for Vault.

import { generateKeyPairSync } from 'node:crypto'
import type { AwsKms, AzureKeys, GcpKms } from '@jobpass/kms'
import { awsKmsKey, azureKeyVaultKey, gcpKmsKey, vaultTransitKey } from '@jobpass/kms'
import type { IssuingKey } from '@jobpass/exchange'
import { codeOf } from '@jobpass/testing/internal'
import { calculateJwkThumbprint, decodeProtectedHeader } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { apiOf, ask, service } from '../exchange/service.ts'
import { arn, startAws } from './aws.ts'
import { keyId, startAzure, vault, version } from './azure.ts'
import { startGcp, versionName } from './gcp.ts'
import { installed, makePair } from './key-pair.ts'
import type { Algorithm, Pair } from './key-pair.ts'
import { startVault, vaultToken } from './vault.ts'

/** A service with one key, and how to open it. */
interface World {
  readonly state: { hang?: true; calls: string[] }
  readonly open: () => Promise<IssuingKey>
  readonly close: () => void
  /** Lets the service refuse, or fail. */
  readonly refuse: () => void
  readonly fail: () => void
}

const rsa = (pair: Pair) => (pair.algorithm === 'PS256' ? { algorithm: 'PS256' as const } : {})
const edPair = () => ({ algorithm: 'EdDSA' as const, ...generateKeyPairSync('ed25519') })

const services: Readonly<Record<string, (pair: Pair) => Promise<World>>> = {
  'AWS KMS': async (pair) => {
    const { client, state, close } = await startAws(pair)
    return {
      state,
      close,
      open: () => awsKmsKey(client, arn, rsa(pair)),
      refuse: () => (state.fault = { type: 'AccessDeniedException', status: 400 }),
      fail: () => (state.fault = { type: 'ThrottlingException', status: 400 }),
    }
  },
  'Azure Key Vault': async (pair) => {
    const { client, state, close } = startAzure(pair)
    return {
      state,
      close,
      open: () => azureKeyVaultKey(client, keyId, rsa(pair)),
      refuse: () => (state.status = 403),
      fail: () => (state.status = 429),
    }
  },
  'Google Cloud KMS': async (pair) => {
    const { client, state, close } = startGcp(pair)
    return {
      state,
      close,
      open: () => gcpKmsKey(client, versionName),
      refuse: () => (state.fault = 7),
      fail: () => (state.fault = 14),
    }
  },
  Vault: async (pair) => {
    const { client, state, close } = await startVault([pair])
    return {
      state,
      close,
      open: () => vaultTransitKey({ ...client, ...rsa(pair) }),
      refuse: () => (state.status = 403),
      fail: () => (state.status = 503),
    }
  },
}

const started: World[] = []
afterEach(() => started.splice(0).forEach(({ close }) => close()))
const start = async (name: string, pair: Pair): Promise<World> => {
  const world = (await services[name]?.(pair)) as World
  started.push(world)
  return world
}

const names = Object.keys(services)
const pairs: Readonly<Record<Algorithm, Pair>> = {
  ES256: makePair('ES256'),
  ES384: makePair('ES384'),
  ES512: makePair('ES512'),
  RS256: makePair('RS256'),
  PS256: makePair('PS256'),
}

/** The key id of a token that an exchange signed, and an API accepted. */
async function issued(key: IssuingKey) {
  const running = await service({ keys: [key] })
  const { body } = await ask(running.exchange)
  const token = String(body['access_token'])
  expect(await codeOf(apiOf(running).verify(token))).toBe('allowed')
  return decodeProtectedHeader(token)
}

describe.runIf(installed)('a key in a service', () => {
  const every = names.flatMap((name) => (Object.keys(pairs) as Algorithm[]).map((each) => [name, each] as const))
  // Google has no keys on P-521.
  const known = every.filter(([name, algorithm]) => name !== 'Google Cloud KMS' || algorithm !== 'ES512')

  test.each(known)('%s signs tokens with %s, under the thumbprint of the key', async (name, algorithm) => {
    const pair = pairs[algorithm]
    const { open } = await start(name, pair)
    const kid = await calculateJwkThumbprint(pair.publicKey.export({ format: 'jwk' }))
    expect(await issued(await open())).toEqual({ alg: algorithm, kid, typ: 'at+jwt' })
  })

  test('Google Cloud KMS signs with Ed25519', async () => {
    const { client } = startGcp(edPair())
    expect((await issued(await gcpKmsKey(client, versionName))).alg).toBe('EdDSA')
  })

  test('Vault signs with Ed25519', async () => {
    const { client, close } = await startVault([edPair()])
    expect((await issued(await vaultTransitKey(client))).alg).toBe('EdDSA')
    close()
  })

  test('Managed HSM signs with its own key types', async () => {
    const { client } = startAzure(pairs.ES256, true)
    expect((await issued(await azureKeyVaultKey(client, keyId))).alg).toBe('ES256')
  })

  test('Vault signs with the version that is named, and not with the latest', async () => {
    const { client, close } = await startVault([makePair('ES256'), makePair('ES256')])
    const [first, second] = await Promise.all([1, 2].map((each) => vaultTransitKey({ ...client, version: each })))
    const kids = [await issued(first as IssuingKey), await issued(second as IssuingKey)].map(({ kid }) => kid)
    expect(new Set(kids).size).toBe(2)
    close()
  })

  test('Vault gets the token that a function finds, in its namespace and on its path', async () => {
    const { client, state, close } = await startVault([pairs.ES256])
    const sent: unknown[] = []
    const send: typeof fetch = (input, init) => {
      sent.push(new Headers(init?.headers).get('x-vault-namespace'))
      return fetch(String(input).replace('/v1/eng/transit/', '/v1/transit/'), init)
    }
    const options = { ...client, token: async () => `${vaultToken}\n`, namespace: 'ci', mount: 'eng/transit' }
    expect((await issued(await vaultTransitKey({ ...options, fetch: send }))).alg).toBe('ES256')
    expect(new Set(sent)).toEqual(new Set(['ci']))
    expect(state.calls[0]).toBe('GET /v1/transit/keys/exchange')
    close()
  })

  test.each(names)('%s gets no claims of a token, only its digest', async (name) => {
    const { open, state } = await start(name, pairs.ES256)
    await issued(await open())
    // Its stand-in refuses anything that is no digest: one trial at start, and one token.
    expect(state.calls.filter((call) => /sign/i.test(call))).toHaveLength(2)
  })
})

describe('a service that refuses or fails', () => {
  const secrets = ['hunter2-aws-secret', 'hunter2-azure-token', vaultToken]
  /** Everything that a log shows of an error and its causes. */
  const printed = (error: unknown): string =>
    error instanceof Error
      ? [error.message, error.stack, JSON.stringify(error), printed(error.cause)].join('\n')
      : String(error)

  test.each(names)('%s refuses at start: a TypeError names the key and the rights', async (name) => {
    const { open, refuse } = await start(name, pairs.ES256)
    refuse()
    const error = await open().catch((caught: unknown) => caught as Error)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toMatch(
      /(?:arn:aws|https:|projects\/acme|version 1 of exchange).* \([\w ]+\): check that the key exists and is enabled, and that this process may /,
    )
    for (const secret of secrets) expect(printed(error)).not.toContain(secret)
  })

  test.each(names)('%s is unavailable at start: an Error, and no TypeError', async (name) => {
    const { open, fail } = await start(name, pairs.ES256)
    fail()
    const error = await open().catch((caught: unknown) => caught as Error)
    expect([error instanceof TypeError, (error as Error).message]).toEqual([
      false,
      expect.stringMatching(/ is unavailable \([\w ]+\)$/),
    ])
    for (const secret of secrets) expect(printed(error)).not.toContain(secret)
  })

  test.runIf(installed).each(names)('%s fails later: 503 and a warning, until it signs again', async (name) => {
    const { open, fail, state } = await start(name, pairs.ES256)
    const { exchange, warnings } = await service({ keys: [await open()] })
    fail()
    expect((await ask(exchange)).body['error']).toBe('temporarily_unavailable')
    expect(warnings.filter((text) => text.includes('could not be signed'))).toEqual([
      expect.stringMatching(/^A service token could not be signed within 5 s: Error: .* did not sign \([\w ]+\)$/),
    ])
    Object.assign(state, { fault: undefined, status: undefined })
    expect((await ask(exchange)).status).toBe(200)
  })

  test('one that hangs at start is an Error after 5 s', async () => {
    const errors = await Promise.all(
      names.map(async (name) => {
        const { open, state } = await start(name, pairs.ES256)
        state.hang = true
        return open().catch((caught: unknown) => caught as Error)
      }),
    )
    for (const error of errors)
      expect([error instanceof TypeError, (error as Error).message]).toEqual([
        false,
        expect.stringMatching(/ is unavailable \(TimeoutError 23\)$/),
      ])
  })

  test('Vault may not redirect, since the token would go along', async () => {
    const { client, state, close } = await startVault([pairs.ES256])
    const other = await startVault([pairs.ES256])
    state.redirect = other.client.address
    await expect(vaultTransitKey(client)).rejects.toThrow('vaultTransitKey(): Vault is unavailable')
    expect(other.state.calls).toEqual([])
    close()
    other.close()
  })

  test.runIf(installed).each([
    ['a checksum of the signature', { signatureCrc32c: { value: '1' } }],
    ['no checksum of the signature', { signatureCrc32c: null }],
    ['a digest that KMS did not check', { verifiedDigestCrc32c: false }],
    ['the signature of another version', { name: versionName.replace(/1$/, '2') }],
    ['no signature', { signature: null }],
  ])('Google Cloud KMS answers with %s that is wrong: the answer is discarded', async (_, signature) => {
    const { client, state } = startGcp(pairs.ES256)
    const key = await gcpKmsKey(client, versionName)
    state.signature = signature
    await expect(key.sign?.(new Uint8Array(9))).rejects.toThrow('Google Cloud KMS did not sign (DamagedAnswer)')
  })

  test('Google Cloud KMS answers with a public key that was damaged: it is discarded', async () => {
    const { client, state } = startGcp(pairs.ES256)
    state.publicKey = { pemCrc32c: { value: '1' } }
    await expect(gcpKmsKey(client, versionName)).rejects.toThrow('damaged on the way')
  })
})

describe('a key that can move or cannot sign', () => {
  const none = {} as AwsKms & GcpKms & AzureKeys
  const azure = { vaultUrl: `${vault}/` } as AzureKeys
  const vaultOptions = { address: 'https://vault.acme.dev', token: 't', key: 'exchange', version: 1 }

  test.each<[string, () => Promise<unknown>, string]>([
    ['an alias of AWS', () => awsKmsKey(none, 'alias/exchange'), 'an alias can move to another key'],
    ['the ARN of an alias', () => awsKmsKey(none, arn.replace('key/', 'alias/')), 'an alias can move to another key'],
    [
      'a key of Google without a version',
      () => gcpKmsKey(none, versionName.replace(/\/cryptoKeyV.*/, '')),
      'cryptoKeyVersions/1',
    ],
    ['a key of Azure without a version', () => azureKeyVaultKey(azure, `${vault}/keys/exchange`), 'keys/NAME/VERSION'],
    [
      'a key of another vault',
      () => azureKeyVaultKey(azure, `https://other.vault.azure.net/keys/exchange/${version}`),
      'the client is for https://acme.vault.azure.net, and the key is in https://other.vault.azure.net',
    ],
    [
      'the latest version of Vault',
      () => vaultTransitKey({ ...vaultOptions, version: 0 }),
      'the latest one would change',
    ],
    [
      'http to another machine',
      () => vaultTransitKey({ ...vaultOptions, address: 'http://vault.acme.dev' }),
      'https: URL',
    ],
    ['a path as the key of Vault', () => vaultTransitKey({ ...vaultOptions, key: '../sys/seal' }), 'the name of a key'],
    [
      'a mount that leaves its path',
      () => vaultTransitKey({ ...vaultOptions, mount: '../sys' }),
      'mount must be a path',
    ],
    ['no token', () => vaultTransitKey({ ...vaultOptions, token: undefined as never }), 'token must be text'],
  ])('%s is refused', async (_, open, message) => {
    await expect(open()).rejects.toThrow(TypeError)
    await expect(open()).rejects.toThrow(message)
  })

  test.each<[string, Readonly<Record<string, string>>]>([
    ['for encryption', { KeyUsage: 'ENCRYPT_DECRYPT' }],
    ['on another curve', { KeySpec: 'ECC_SECG_P256K1' }],
  ])('a key of AWS %s is refused, with the spec to choose', async (_, changes) => {
    const { client, close } = await startAws(pairs.ES256, changes)
    await expect(awsKmsKey(client, arn)).rejects.toThrow(TypeError)
    await expect(awsKmsKey(client, arn)).rejects.toThrow('the usage SIGN_VERIFY and the spec ECC_NIST_P256')
    close()
  })

  test('a key of Google for encryption is refused, with the algorithm to choose', async () => {
    const { client, state } = startGcp(pairs.ES256)
    state.publicKey = { algorithm: 'RSA_DECRYPT_OAEP_2048_SHA256' }
    await expect(gcpKmsKey(client, versionName)).rejects.toThrow('create a key with EC_SIGN_P256_SHA256')
  })

  test('a version that Vault does not have is refused, with those that it has', async () => {
    const { client, close } = await startVault([pairs.ES256, pairs.ES256])
    await expect(vaultTransitKey({ ...client, version: 3 })).rejects.toThrow('exchange has no version 3: 1, 2')
    close()
  })

  test.runIf(installed)('a key that signs with another private key is refused at start', async () => {
    const { client, close } = await startAws(pairs.ES256, {
      PublicKey: makePair('ES256').publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    })
    await expect(service({ keys: [await awsKmsKey(client, arn)] })).rejects.toThrow('does not sign with ES256')
    close()
  })
})
