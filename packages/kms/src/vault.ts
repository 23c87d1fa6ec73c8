/** Keys in the transit engine of Vault and OpenBao. */

import type { IssuingKey } from '@jobpass/exchange'
import { algorithmOf, base64Of, bytesOf, derOf, digestOf, publicKeyOf } from './algorithms.ts'
import type { Algorithm, RsaOptions } from './algorithms.ts'
import { askAtStart, askToSign } from './ask.ts'
import type { Service } from './ask.ts'
import { checkOptions } from './options.ts'

/** Where the key is, and how to reach it. */
export interface VaultTransitOptions extends RsaOptions {
  /** The address of Vault, such as `https://vault.acme.dev:8200`; `http:` on this machine only. */
  readonly address: string
  /** A token, or a function that finds the current one, such as the file of a Vault agent. */
  readonly token: string | (() => string | Promise<string>)
  /** The name of the key. */
  readonly key: string
  /**
   * The version of the key, at least 1 as Vault counts. Rotation adds a version, and does not
   * change this one.
   */
  readonly version: number
  /** The path of the engine. Default `'transit'`. */
  readonly mount?: string
  /** The namespace of Vault Enterprise or OpenBao. Default: none. */
  readonly namespace?: string
  /** Sends the requests, for a private CA for example. Default: the global `fetch`. */
  readonly fetch?: typeof fetch
}

/** The hashes of transit (https://developer.hashicorp.com/vault/api-docs/secret/transit#sign-data). */
const hashes: Readonly<Record<Algorithm, string | undefined>> = {
  ES256: 'sha2-256',
  ES384: 'sha2-384',
  ES512: 'sha2-512',
  RS256: 'sha2-256',
  PS256: 'sha2-256',
  EdDSA: undefined,
}

const kinds: Readonly<Record<string, Algorithm>> = {
  'ecdsa-p256': 'ES256',
  'ecdsa-p384': 'ES384',
  'ecdsa-p521': 'ES512',
  ed25519: 'EdDSA',
}

const what = 'vaultTransitKey()'

/**
 * Opens a version of a key in the transit engine of Vault or OpenBao, for the option `keys` of
 * `createExchange`. Its key id is the thumbprint of its public key (RFC 7638), so it is the same in
 * every process. Vault gets the digest of a token, not its claims, except for Ed25519. The token
 * needs `read` on `transit/keys/NAME` and `update` on `transit/sign/NAME`.
 *
 * @throws {TypeError} (rejects) for invalid options, for a key that cannot sign, and where Vault
 * refuses; with an `Error` where Vault is unavailable, sealed or takes more than 5 s.
 *
 * @example
 * ```ts
 * const key = await vaultTransitKey({
 *   address: 'https://vault.acme.dev:8200',
 *   token: () => readFile('/run/vault/token', 'utf8'),
 *   key: 'exchange',
 *   version: 1,
 * })
 * const keys = [key]
 * ```
 */
export async function vaultTransitKey(options: VaultTransitOptions): Promise<IssuingKey> {
  const call = callOf(options)
  const { key: name, version } = options
  const service: Service = {
    what,
    name: 'Vault',
    key: `version ${version} of ${name}`,
    rights: `read transit/keys/${name} and update transit/sign/${name}`,
    isRefusal,
  }
  const { type, keys } = (await askAtStart(service, () => call('keys', name))) as VaultKey
  const kind = type?.startsWith('rsa-') ? 'RSA' : kinds[type ?? '']
  const { public_key: publicKey } = keys?.[String(version)] ?? {}
  if (kind === undefined)
    throw new TypeError(
      `${what}: ${name} is ${type}: create a key of the type ecdsa-p256, ecdsa-p384, ecdsa-p521, ed25519 or rsa-2048`,
    )
  if (publicKey === undefined)
    throw new TypeError(`${what}: ${name} has no version ${version}: ${Object.keys(keys ?? {}).join(', ')}`)
  const algorithm = algorithmOf(what, name, kind, options)
  const hash = hashes[algorithm]
  const form = {
    key_version: version,
    marshaling_algorithm: 'jws',
    ...(hash !== undefined && { hash_algorithm: hash, prehashed: true }),
    // RFC 7518 §3.5: the salt of PS256 is as long as its hash.
    ...(algorithm === 'PS256' && { signature_algorithm: 'pss', salt_length: 'hash' }),
    ...(algorithm === 'RS256' && { signature_algorithm: 'pkcs1v15' }),
  }
  return {
    algorithm,
    publicKey: await readPublicKey(publicKey, algorithm),
    sign: (data) =>
      askToSign(service, async () => {
        const input = base64Of(await digestOf(algorithm, data))
        const { signature } = (await call('sign', name, { ...form, input })) as { readonly signature?: string }
        const [, signedBy, text] = /^vault:v(\d+):([\w+/=-]+)$/.exec(signature ?? '') ?? []
        if (text === undefined || Number(signedBy) !== version) throw new VaultError('WrongAnswer', 200)
        return bytesOf(text)
      }),
  }
}

/** What is read of a key: https://developer.hashicorp.com/vault/api-docs/secret/transit#read-key */
interface VaultKey {
  readonly type?: string
  readonly keys?: Readonly<Record<string, { readonly public_key?: string }>>
}

/** PEM, or base64 of the 32 bytes of Ed25519. */
async function readPublicKey(text: string, algorithm: Algorithm): Promise<NonNullable<IssuingKey['publicKey']>> {
  if (algorithm !== 'EdDSA') return publicKeyOf(derOf(text), algorithm)
  return crypto.subtle.importKey('raw', new Uint8Array(bytesOf(text)), { name: 'Ed25519' }, true, ['verify'])
}

/** An error response of Vault. It quotes nothing of the request. */
class VaultError extends Error {
  /** The status of the answer. */
  readonly code: number

  constructor(name: string, code: number) {
    super(`Vault answered ${code}`)
    this.name = name
    this.code = code
  }
}

/** 412 and 429 of a standby pass; 5xx is sealed or down. */
function isRefusal(error: unknown): boolean {
  return error instanceof VaultError && (error.code < 400 || [400, 403, 404, 405].includes(error.code))
}

const names = {
  address: true,
  token: true,
  key: true,
  version: true,
  mount: true,
  namespace: true,
  algorithm: true,
  fetch: true,
} as const satisfies Record<keyof VaultTransitOptions, true>

type Call = (operation: 'keys' | 'sign', key: string, body?: object) => Promise<unknown>

function callOf(options: VaultTransitOptions): Call {
  checkOptions(what, options, names)
  const { address, token, key, version, mount = 'transit', namespace, fetch: send = fetch } = options
  const base = URL.canParse(address) ? new URL(address) : undefined
  const local = base?.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(base.hostname)
  if (base === undefined || (base.protocol !== 'https:' && !local) || base.username !== '' || base.search !== '')
    throw new TypeError(`${what}: address must be the https: URL of Vault, such as https://vault.acme.dev:8200`)
  if (!/^[\w.-]+$/.test(key)) throw new TypeError(`${what}: key must be the name of a key`)
  if (!Number.isSafeInteger(version) || version < 1)
    throw new TypeError(`${what}: version must be the number of a version, 1 or more: the latest one would change`)
  if (!/^[\w-]+(?:\/[\w-]+)*$/.test(mount)) throw new TypeError(`${what}: mount must be a path, such as transit`)
  if (typeof token !== 'string' && typeof token !== 'function')
    throw new TypeError(`${what}: token must be text, or a function that finds it`)
  return async (operation, name, body) => {
    const response = await send(`${base.origin}/v1/${mount}/${operation}/${name}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'X-Vault-Token': (typeof token === 'function' ? await token() : token).trim(),
        'X-Vault-Request': 'true',
        ...(namespace !== undefined && { 'X-Vault-Namespace': namespace }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A standby may redirect, to wherever it was configured: the token stays here.
      redirect: 'error',
      signal: AbortSignal.timeout(5_000),
    })
    if (!response.ok) throw new VaultError('VaultError', response.status)
    const { data } = (await response.json()) as { readonly data?: unknown }
    return Object(data) as object
  }
}
