/** Keys in AWS KMS. */

import type { IssuingKey } from '@jobpass/exchange'
import { algorithmOf, digestOf, publicKeyOf } from './algorithms.ts'
import type { Algorithm, RsaOptions } from './algorithms.ts'
import { askAtStart, askToSign } from './ask.ts'
import type { Service } from './ask.ts'
import { checkOptions } from './options.ts'

/** What `awsKmsKey` needs of the class `KMS` of `@aws-sdk/client-kms`. */
export interface AwsKms {
  /** Gets a public key: https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html */
  getPublicKey(input: { KeyId: string }): Promise<{
    /** The ARN of the key. */
    readonly KeyId?: string | undefined
    /** The public key in DER. */
    readonly PublicKey?: Uint8Array | undefined
    /** The type of the key, such as `ECC_NIST_P256`. */
    readonly KeySpec?: string | undefined
    /** `SIGN_VERIFY` for a key that signs. */
    readonly KeyUsage?: string | undefined
  }>
  /** Signs a digest: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
  sign(input: {
    KeyId: string
    Message: Uint8Array
    MessageType: 'DIGEST'
    SigningAlgorithm:
      'ECDSA_SHA_256' | 'ECDSA_SHA_384' | 'ECDSA_SHA_512' | 'RSASSA_PKCS1_V1_5_SHA_256' | 'RSASSA_PSS_SHA_256'
  }): Promise<{
    /** The signature: DER for ECDSA. */
    readonly Signature?: Uint8Array | undefined
  }>
}

const signingAlgorithms = {
  ES256: 'ECDSA_SHA_256',
  ES384: 'ECDSA_SHA_384',
  ES512: 'ECDSA_SHA_512',
  RS256: 'RSASSA_PKCS1_V1_5_SHA_256',
  PS256: 'RSASSA_PSS_SHA_256',
} as const satisfies Partial<Record<Algorithm, string>>

const kinds: Readonly<Record<string, 'ES256' | 'ES384' | 'ES512'>> = {
  ECC_NIST_P256: 'ES256',
  ECC_NIST_P384: 'ES384',
  ECC_NIST_P521: 'ES512',
}

const what = 'awsKmsKey()'

/** An id or an ARN of one key. An alias can be moved to another key, and `kid` with it. */
const keyForm = /^(?:arn:[\w-]+:kms:[\w-]+:\d{12}:key\/)?[\w-]{1,64}$/

/**
 * Opens a key in AWS KMS, for the option `keys` of `createExchange`. Its key id is the thumbprint
 * of its public key (RFC 7638), so it is the same in every process. KMS gets the digest of a token,
 * not its claims. The process needs `kms:GetPublicKey` and `kms:Sign`.
 *
 * @param client The class `KMS` of `@aws-sdk/client-kms`.
 * @param keyId The ARN or id of an asymmetric key: `ECC_NIST_P256`, `P384` or `P521`, or `RSA_…`.
 *   Aliases are refused.
 * @param options The algorithm of an RSA key.
 *
 * @throws {TypeError} (rejects) for a key that cannot sign, and where KMS refuses; with an `Error`
 * where KMS is unavailable or takes more than 5 s.
 *
 * @example
 * ```ts
 * const key = await awsKmsKey(
 *   new KMS({ region: 'eu-central-1' }),
 *   'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 * )
 * const keys = [key]
 * ```
 */
export async function awsKmsKey(client: AwsKms, keyId: string, options: RsaOptions = {}): Promise<IssuingKey> {
  if (typeof keyId !== 'string' || !keyForm.test(keyId))
    throw new TypeError(`${what} takes the ARN or id of a key, arn:aws:kms:…:key/…: an alias can move to another key`)
  checkOptions(what, options, { algorithm: true })
  const service: Service = {
    what,
    name: 'AWS KMS',
    key: keyId,
    rights: 'kms:GetPublicKey and kms:Sign',
    isRefusal,
  }
  const {
    KeyId = keyId,
    PublicKey,
    KeySpec = '',
    KeyUsage,
  } = await askAtStart(service, () => client.getPublicKey({ KeyId: keyId }))
  const kind = KeySpec.startsWith('RSA_') ? 'RSA' : kinds[KeySpec]
  if (PublicKey === undefined || KeyUsage !== 'SIGN_VERIFY' || kind === undefined)
    throw new TypeError(
      `${what}: ${keyId} is ${KeySpec} for ${KeyUsage}: create a key with the usage SIGN_VERIFY and the spec ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521 or RSA_2048`,
    )
  const algorithm = algorithmOf(what, keyId, kind, options)
  return {
    algorithm,
    publicKey: await publicKeyOf(PublicKey, algorithm),
    sign: async (data) => {
      const { Signature = new Uint8Array() } = await askToSign(service, async () =>
        client.sign({
          KeyId,
          Message: await digestOf(algorithm, data),
          MessageType: 'DIGEST',
          SigningAlgorithm: signingAlgorithms[algorithm],
        }),
      )
      return Signature
    },
  }
}

/** A 4xx other than throttling, which AWS answers with 400. */
function isRefusal(error: unknown): boolean {
  const { name, $metadata } = Object(error) as { name?: unknown; $metadata?: { httpStatusCode?: number } }
  const { httpStatusCode = 0 } = $metadata ?? {}
  return httpStatusCode >= 400 && httpStatusCode < 500 && !/Throttl|LimitExceeded|TooManyRequests/.test(String(name))
}
