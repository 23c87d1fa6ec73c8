/** Keys in Azure Key Vault and Managed HSM. */

import type { IssuingKey } from '@jobpass/exchange'
import { algorithmOf, base64Of, digestOf } from './algorithms.ts'
import type { RsaOptions } from './algorithms.ts'
import { askAtStart, askToSign } from './ask.ts'
import type { Service } from './ask.ts'
import { checkOptions } from './options.ts'

/** The public members of a key of Key Vault: numbers are bytes. */
export interface AzureJsonWebKey {
  /** `EC`, `EC-HSM`, `RSA` or `RSA-HSM`. */
  readonly kty?: string
  /** The curve, such as `P-256`. */
  readonly crv?: string
  /** A coordinate of an EC key. */
  readonly x?: Uint8Array
  /** A coordinate of an EC key. */
  readonly y?: Uint8Array
  /** The modulus of an RSA key. */
  readonly n?: Uint8Array
  /** The exponent of an RSA key. */
  readonly e?: Uint8Array
}

/** What `azureKeyVaultKey` needs of a `CryptographyClient`. */
export interface AzureCryptography {
  /** Signs a digest: https://learn.microsoft.com/rest/api/keyvault/keys/sign/sign */
  sign(
    algorithm: 'ES256' | 'ES384' | 'ES512' | 'RS256' | 'PS256',
    digest: Uint8Array,
  ): Promise<{
    /** The signature, in the form of RFC 7518 §3.4. */
    readonly result: Uint8Array
  }>
}

/** What `azureKeyVaultKey` needs of `KeyClient` of `@azure/keyvault-keys`. */
export interface AzureKeys {
  /** The address of the vault. */
  readonly vaultUrl: string
  /** Gets a key: https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key */
  getKey(
    name: string,
    options: { version: string },
  ): Promise<{
    /** The public key. */
    readonly key?: AzureJsonWebKey
  }>
  /** Makes the client that signs with a version of a key. */
  getCryptographyClient(name: string, options: { keyVersion: string }): AzureCryptography
}

const kinds: Readonly<Record<string, 'ES256' | 'ES384' | 'ES512'>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
}
const what = 'azureKeyVaultKey()'

/**
 * Opens a version of a key in Azure Key Vault or Managed HSM, for the option `keys` of
 * `createExchange`. Its key id is the thumbprint of its public key (RFC 7638), so it is the same in
 * every process. Key Vault gets the digest of a token, not its claims. The process needs the
 * permissions `get` and `sign` for keys.
 *
 * @param client A `KeyClient` of `@azure/keyvault-keys`.
 * @param keyId The identifier of a version, `https://….vault.azure.net/keys/NAME/VERSION`: an EC key
 *   on P-256, P-384 or P-521, or an RSA key. An identifier without a version is refused, since
 *   rotation changes its key.
 * @param options The algorithm of an RSA key.
 *
 * @throws {TypeError} (rejects) for a key that cannot sign, and where Key Vault refuses; with an
 * `Error` where Key Vault is unavailable or takes more than 5 s.
 *
 * @example
 * ```ts
 * const vault = 'https://acme.vault.azure.net'
 * const key = await azureKeyVaultKey(
 *   new KeyClient(vault, credential),
 *   `${vault}/keys/exchange/78deebed173b48e48f55abf87ed4cf71`,
 * )
 * const keys = [key]
 * ```
 */
export async function azureKeyVaultKey(
  client: AzureKeys,
  keyId: string,
  options: RsaOptions = {},
): Promise<IssuingKey> {
  checkOptions(what, options, { algorithm: true })
  const [, origin, name = '', version = ''] = /^(https:\/\/[^/?#]+)\/keys\/([\w-]+)\/(\w+)$/.exec(keyId) ?? []
  if (origin === undefined)
    throw new TypeError(`${what} takes the identifier of a version, https://….vault.azure.net/keys/NAME/VERSION`)
  if (new URL(client.vaultUrl).origin !== origin)
    throw new TypeError(`${what}: the client is for ${new URL(client.vaultUrl).origin}, and the key is in ${origin}`)
  const service: Service = {
    what,
    name: 'Key Vault',
    key: keyId,
    rights: 'get keys and sign with them',
    isRefusal,
  }
  const { key = {} } = await askAtStart(service, () => client.getKey(name, { version }))
  const kind = key.kty?.startsWith('RSA') ? 'RSA' : kinds[key.crv ?? '']
  if (kind === undefined)
    throw new TypeError(
      `${what}: ${keyId} is ${key.kty} ${key.crv ?? ''}: create an EC key on P-256, P-384 or P-521, or an RSA key`,
    )
  const algorithm = algorithmOf(what, keyId, kind, options)
  const cryptography = client.getCryptographyClient(name, { keyVersion: version })
  return {
    algorithm,
    publicKey: publicJwk(key),
    sign: async (data) => {
      const { result } = await askToSign(service, async () =>
        cryptography.sign(algorithm, await digestOf(algorithm, data)),
      )
      return new Uint8Array(result)
    },
  }
}

function publicJwk({ kty = '', crv, x, y, n, e }: AzureJsonWebKey): NonNullable<IssuingKey['publicKey']> {
  const members = Object.entries({ x, y, n, e }).flatMap(([name, bytes]) =>
    bytes === undefined ? [] : [[name, base64url(bytes)]],
  )
  return { kty: kty.replace('-HSM', ''), ...(crv !== undefined && { crv }), ...Object.fromEntries(members) }
}

function base64url(bytes: Uint8Array): string {
  return base64Of(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** A 4xx other than throttling and time-outs. */
function isRefusal(error: unknown): boolean {
  const { statusCode } = Object(error) as { readonly statusCode?: unknown }
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 && ![408, 429].includes(statusCode)
}
