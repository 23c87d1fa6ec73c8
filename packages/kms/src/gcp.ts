/** Keys in Google Cloud KMS. */

import type { IssuingKey } from '@jobpass/exchange'
import { bytesOf, derOf, digestOf, publicKeyOf } from './algorithms.ts'
import type { Algorithm } from './algorithms.ts'
import { askAtStart, askToSign } from './ask.ts'
import type { Service } from './ask.ts'
import { crc32c } from './crc32c.ts'

/** A checksum: a number, its text, or a `Long`. */
export interface GcpChecksum {
  /** CRC-32C. */
  readonly value?: unknown
}

/** A public key, as `getPublicKey` answers it. */
export interface GcpPublicKey {
  /** The public key in PEM. */
  readonly pem?: string | null
  /** The checksum of `pem`. */
  readonly pemCrc32c?: GcpChecksum | null
  /** The algorithm of the key version, such as `EC_SIGN_P256_SHA256`. */
  readonly algorithm?: unknown
}

/** A signature, as `asymmetricSign` answers it. */
export interface GcpSignature {
  /** The signature: DER for ECDSA. Text is base64. */
  readonly signature?: Uint8Array | string | null
  /** The checksum of `signature`. */
  readonly signatureCrc32c?: GcpChecksum | null
  /** Whether KMS has checked `digestCrc32c`. */
  readonly verifiedDigestCrc32c?: boolean | null
  /** Whether KMS has checked `dataCrc32c`. */
  readonly verifiedDataCrc32c?: boolean | null
  /** The version that signed. */
  readonly name?: string | null
}

/** What `gcpKmsKey` needs of `KeyManagementServiceClient` of `@google-cloud/kms`. */
export interface GcpKms {
  /**
   * Gets a public key: the first element of the answer.
   * https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys.cryptoKeyVersions/getPublicKey
   */
  getPublicKey(request: { name: string }): Promise<readonly [GcpPublicKey, ...unknown[]]>
  /**
   * Signs a digest, or for Ed25519 the data: the first element of the answer.
   * https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys.cryptoKeyVersions/asymmetricSign
   */
  asymmetricSign(request: {
    name: string
    digest?: { sha256?: Uint8Array; sha384?: Uint8Array }
    digestCrc32c?: { value: number }
    data?: Uint8Array
    dataCrc32c?: { value: number }
  }): Promise<readonly [GcpSignature, ...unknown[]]>
}

const what = 'gcpKmsKey()'
const nameForm = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+\/cryptoKeyVersions\/\d+$/

function algorithmNamed(name: unknown): Exclude<Algorithm, 'ES512'> | undefined {
  if (name === 'EC_SIGN_P256_SHA256') return 'ES256'
  if (name === 'EC_SIGN_P384_SHA384') return 'ES384'
  if (name === 'EC_SIGN_ED25519') return 'EdDSA'
  const [, padding] = /^RSA_SIGN_(PKCS1|PSS)_\d+_SHA256$/.exec(String(name)) ?? []
  return padding === undefined ? undefined : padding === 'PSS' ? 'PS256' : 'RS256'
}

/**
 * Opens a key version in Google Cloud KMS, for the option `keys` of `createExchange`. Its key id is
 * the thumbprint of its public key (RFC 7638), so it is the same in every process. KMS gets the
 * digest of a token, not its claims, except for Ed25519. The process needs
 * `cloudkms.cryptoKeyVersions.viewPublicKey` and `useToSign` (the role
 * `roles/cloudkms.signerVerifier`).
 *
 * @param client A `KeyManagementServiceClient` of `@google-cloud/kms`.
 * @param versionName The resource name of the version, with `cryptoKeyVersions/N` at its end:
 *   `EC_SIGN_P256_SHA256`, `EC_SIGN_P384_SHA384`, `EC_SIGN_ED25519`, or RSA with SHA-256.
 *
 * @throws {TypeError} (rejects) for a key that cannot sign, and where KMS refuses; with an `Error`
 * where KMS is unavailable, takes more than 5 s, or its answer was damaged on the way.
 *
 * @example
 * ```ts
 * const key = await gcpKmsKey(
 *   new KeyManagementServiceClient(),
 *   'projects/acme/locations/europe-west3/keyRings/exchange/cryptoKeys/tokens/cryptoKeyVersions/1',
 * )
 * const keys = [key]
 * ```
 */
export async function gcpKmsKey(client: GcpKms, versionName: string): Promise<IssuingKey> {
  if (typeof versionName !== 'string' || !nameForm.test(versionName))
    throw new TypeError(`${what} takes the name of a version, projects/…/cryptoKeys/…/cryptoKeyVersions/1`)
  const service: Service = {
    what,
    name: 'Google Cloud KMS',
    key: versionName,
    rights: 'use it: it needs roles/cloudkms.signerVerifier',
    isRefusal,
  }
  const [answer] = await askAtStart(service, () => client.getPublicKey({ name: versionName }))
  const { pem, pemCrc32c } = answer
  const algorithm = algorithmNamed(answer.algorithm)
  if (typeof pem !== 'string' || algorithm === undefined)
    throw new TypeError(
      `${what}: ${versionName} is ${String(answer.algorithm)}: create a key with EC_SIGN_P256_SHA256, EC_SIGN_P384_SHA384, EC_SIGN_ED25519, RSA_SIGN_PKCS1_2048_SHA256 or RSA_SIGN_PSS_2048_SHA256`,
    )
  checkSum(new TextEncoder().encode(pem), pemCrc32c)
  return {
    algorithm,
    publicKey: await publicKeyOf(derOf(pem), algorithm),
    sign: (data) =>
      askToSign(service, async () => {
        const [signed] = await client.asymmetricSign({ name: versionName, ...(await inputOf(algorithm, data)) })
        return signatureOf(signed, algorithm, versionName)
      }),
  }
}

async function inputOf(algorithm: Algorithm, data: Uint8Array) {
  const input = await digestOf(algorithm, data)
  const sum = { value: crc32c(input) }
  if (algorithm === 'EdDSA') return { data: input, dataCrc32c: sum }
  return { digest: algorithm === 'ES384' ? { sha384: input } : { sha256: input }, digestCrc32c: sum }
}

function signatureOf(signed: GcpSignature, algorithm: Algorithm, versionName: string): Uint8Array {
  const { signature, signatureCrc32c, name } = signed
  const verified = algorithm === 'EdDSA' ? signed.verifiedDataCrc32c : signed.verifiedDigestCrc32c
  if (signature === undefined || signature === null || verified !== true || name !== versionName) throw damaged()
  const bytes = typeof signature === 'string' ? bytesOf(signature) : new Uint8Array(signature)
  checkSum(bytes, signatureCrc32c)
  return bytes
}

function checkSum(bytes: Uint8Array, sum: GcpChecksum | null | undefined): void {
  if (String(sum?.value) !== String(crc32c(bytes))) throw damaged()
}

/** https://cloud.google.com/kms/docs/data-integrity-guidelines: discard the answer. */
function damaged(): Error {
  return Object.assign(new Error('the request or the answer was damaged on the way'), { name: 'DamagedAnswer' })
}

/** Status codes of gRPC that repeating cannot change: https://grpc.io/docs/guides/status-codes/ */
const refusals: ReadonlySet<unknown> = new Set([3, 5, 7, 9, 12, 16])

function isRefusal(error: unknown): boolean {
  return refusals.has((Object(error) as { readonly code?: unknown }).code)
}
