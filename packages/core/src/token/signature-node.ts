/** Signatures by Node's own crypto: at once, and in half the time of Web Crypto or less. */

import { nodeScratch } from '../util/node-bytes.ts'
import type { Scratch } from '../util/node-bytes.ts'
import { maxLength } from './base64url.ts'
import type { CheckSignature, Signatures } from './signature.ts'

/** The parts of `node:crypto` that are used. */
interface NodeCrypto {
  readonly createPublicKey: (key: { readonly key: object; readonly format: 'jwk' }) => object
  readonly verify: (hash: string | null, data: Uint8Array, key: object, signature: Uint8Array) => boolean
  readonly constants: { readonly RSA_PKCS1_PSS_PADDING: number; readonly RSA_PSS_SALTLEN_DIGEST: number }
}

/** Makes the way of Node from its modules. */
export function nodeSignatures(module: unknown): Signatures {
  const { createPublicKey, verify, constants } = module as NodeCrypto
  const input = nodeScratch(maxLength) as Scratch
  const output = nodeScratch(maxLength) as Scratch
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return {
    open: (jwk, algorithm) => {
      const opened = createPublicKey({ key: jwk, format: 'jwk' })
      // The bare key where nothing has to be said: an object of options costs half as much as the signature itself on some versions.
      const key = algorithm.startsWith('PS') ? { key: opened, ...pss } : opened
      const hash = algorithm.startsWith('Ed') ? null : `sha${algorithm.slice(2)}`
      const asSent = algorithm.startsWith('ES') ? derOf : (signature: Uint8Array): Uint8Array => signature
      const check: CheckSignature = (text) => {
        const end = text.lastIndexOf('.')
        return verify(hash, input.latin1(text.slice(0, end)), key, asSent(output.base64url(text.slice(end + 1))))
      }
      return check
    },
  }
}

/** From the two numbers side by side of a JWS (RFC 7518 §3.4), whose length was checked, to the DER that Node takes (RFC 3279 §2.2.3). */
export function derOf(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const body = [...integer(signature.subarray(0, half)), ...integer(signature.subarray(half))]
  // Two numbers of 66 bytes, each with its head, take more than the 127 bytes that the short form of a length can say.
  const length = body.length < 0x80 ? [body.length] : [0x81, body.length]
  return Uint8Array.from([0x30, ...length, ...body])
}

function integer(bytes: Uint8Array): readonly number[] {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const digits = bytes.subarray(start)
  // A first bit that is set would make it negative.
  const head = (digits[0] as number) >= 0x80 ? [0] : []
  return [0x02, digits.length + head.length, ...head, ...digits]
}
