/**
 * Google Cloud KMS in the place of its client, which is too large to install for tests: as strict
 * as the definition of the service (google/cloud/kms/v1/service.proto), and with its statuses.
 */

import { sign } from 'node:crypto'
import type { GcpKms, GcpPublicKey, GcpSignature } from '@jobpass/kms'
import { isDigest, signDigest } from './key-pair.ts'
import type { Pair } from './key-pair.ts'

export const versionName =
  'projects/acme/locations/europe-west3/keyRings/exchange/cryptoKeys/tokens/cryptoKeyVersions/1'

const algorithms = {
  ES256: 'EC_SIGN_P256_SHA256',
  ES384: 'EC_SIGN_P384_SHA384',
  ES512: 'CRYPTO_KEY_VERSION_ALGORITHM_UNSPECIFIED',
  RS256: 'RSA_SIGN_PKCS1_2048_SHA256',
  PS256: 'RSA_SIGN_PSS_2048_SHA256',
  EdDSA: 'EC_SIGN_ED25519',
}
/** A key of Ed25519, which signs messages. */
type EdPair = Omit<Pair, 'algorithm'> & { readonly algorithm: 'EdDSA' }

/** A status of gRPC. */
const status = (code: number, name: string): Error => Object.assign(new Error(`${code} ${name}`), { code })

/** CRC-32C by its definition: polynomial division, bit by bit, most significant bit first. */
function checksum(bytes: Uint8Array): number {
  const reverse = (value: number, width: number): number =>
    Number.parseInt(value.toString(2).padStart(width, '0').split('').toReversed().join(''), 2)
  let rest = 0xffffffff
  for (const byte of bytes) {
    rest = (rest ^ (reverse(byte, 8) << 24)) >>> 0
    for (let bit = 0; bit < 8; bit++) rest = (rest >= 0x80000000 ? (rest << 1) ^ 0x1edc6f41 : rest << 1) >>> 0
  }
  return (reverse(rest, 32) ^ 0xffffffff) >>> 0
}

/** Makes the client with one key. Its answers can be changed on their way. */
export function startGcp(pair: Pair | EdPair) {
  const state: {
    fault?: number
    hang?: true
    calls: string[]
    publicKey?: GcpPublicKey
    signature?: Partial<GcpSignature>
  } = { calls: [] }
  const check = async (call: string, name: string): Promise<void> => {
    state.calls.push(call)
    if (state.hang) await new Promise(() => {})
    if (state.fault !== undefined) throw status(state.fault, 'FAULT')
    if (name !== versionName) throw status(5, 'NOT_FOUND')
  }
  const client: GcpKms = {
    getPublicKey: async ({ name, ...others }) => {
      await check('getPublicKey', name)
      if (Object.keys(others).length > 0) throw status(3, 'INVALID_ARGUMENT')
      const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
      const pemCrc32c = { value: String(checksum(Buffer.from(pem))) }
      return [{ pem, algorithm: algorithms[pair.algorithm], pemCrc32c, name, ...state.publicKey }, undefined, undefined]
    },
    asymmetricSign: async ({ name, digest, digestCrc32c, data, dataCrc32c, ...others }) => {
      await check('asymmetricSign', name)
      const pure = pair.algorithm === 'EdDSA'
      const input = pure ? data : pair.algorithm === 'ES384' ? digest?.sha384 : digest?.sha256
      const given = [digest, data].filter((each) => each !== undefined)
      const sum = pure ? dataCrc32c : digestCrc32c
      if (input === undefined || given.length !== 1 || Object.keys(others).length > 0)
        throw status(3, 'INVALID_ARGUMENT')
      if (!pure && !isDigest(pair.algorithm, input)) throw status(3, 'INVALID_ARGUMENT')
      if (sum === undefined || sum.value !== checksum(input)) throw status(3, 'INVALID_ARGUMENT')
      const signature = pure ? sign(null, input, pair.privateKey) : signDigest(pair, input)
      const answer: GcpSignature = {
        signature,
        signatureCrc32c: { value: String(checksum(signature)) },
        verifiedDigestCrc32c: !pure,
        verifiedDataCrc32c: pure,
        name,
        ...state.signature,
      }
      return [answer, undefined, undefined]
    },
  }
  return { client, state, close: () => {} }
}
