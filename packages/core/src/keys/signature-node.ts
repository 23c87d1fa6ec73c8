/**
 * Signatures by `node:crypto`: synchronous, in at most half the time of Web Crypto, within the
 * event-loop budget. Published as a file that bundles for browsers and Workers leave out.
 */

import { nodeModule } from '../util/node-module.ts'
import { nodeFault } from '../util/node-version.ts'
import type { Signatures } from './signature-scheme.ts'
import { EventLoopBudget } from './event-loop-budget.ts'

/** The parts of `node:crypto` that are used. */
interface NodeCrypto {
  readonly createPublicKey: (key: { readonly key: object; readonly format: 'jwk' }) => object
  readonly verify: (hash: string | null, data: Uint8Array, key: object, signature: Uint8Array) => boolean
  readonly constants: { readonly RSA_PKCS1_PSS_PADDING: number; readonly RSA_PSS_SALTLEN_DIGEST: number }
}

/** What the scheme needs of this package, which imports it. */
export interface NodeSignatureDeps {
  /** The characters of a token as octets. */
  readonly octetsOf: (text: string) => Uint8Array | undefined
  /** Decodes a part of a token. */
  readonly decodeOctets: (text: string, start: number, end: number) => Uint8Array | undefined
}

const fault = nodeFault((globalThis as { readonly process?: NodeProcess }).process?.versions)
// At import, since an older Node would fail later, at a request, and name a missing function.
if (fault !== undefined) throw new Error(fault)

interface NodeProcess {
  readonly versions?: Readonly<Record<string, string>>
}

/** The part of `node:timers` that is used. */
interface NodeTimers {
  readonly setImmediate: (callback: () => void) => unknown
}

// Captured at load time: fake timers that tests install later must not block verification.
const later = (nodeModule('node:timers') as NodeTimers | undefined)?.setImmediate

/** All verifiers share one event loop. */
const budget = new EventLoopBudget({ now: () => performance.now(), nextTurn: (resume) => void later?.(resume) })

/** Makes the scheme; `undefined` on all other runtimes. */
export function nodeSignatures({ octetsOf, decodeOctets }: NodeSignatureDeps): Signatures | undefined {
  const crypto = nodeModule('node:crypto') as NodeCrypto | undefined
  if (crypto === undefined) return undefined
  const { createPublicKey, verify, constants } = crypto
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  return {
    importKey: (jwk, algorithm) => {
      const opened = createPublicKey({ key: jwk, format: 'jwk' })
      // The bare key where no options are needed: on some versions, an options object costs half as
      // much as the signature itself.
      const key = algorithm.startsWith('PS') ? { key: opened, ...pss } : opened
      const hash = algorithm.startsWith('Ed') ? null : `sha${algorithm.slice(2)}`
      const asSent = algorithm.startsWith('ES') ? derOf : (signature: Uint8Array): Uint8Array => signature
      const isGood = (text: string, end: number): boolean => {
        const octets = octetsOf(text)
        const signature = decodeOctets(text, end + 1, text.length)
        if (octets === undefined || signature === undefined) return false
        return verify(hash, octets.subarray(0, end), key, asSent(signature))
      }
      return (text, end) => budget.run(() => isGood(text, end))
    },
  }
}

/**
 * A buffer for DER signatures, used again for each: two numbers of at most 66 bytes, each with a
 * header of two bytes and one byte for the sign, after a header of three.
 */
const der = new Uint8Array(2 * (66 + 3) + 3)

/**
 * Converts a JWS signature of checked length, which is two concatenated numbers (RFC 7518 §3.4),
 * to the DER that Node needs (RFC 3279 §2.2.3). Valid until the next call.
 */
export function derOf(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const afterFirst = writeInteger(3, signature, 0, half)
  const end = writeInteger(afterFirst, signature, half, half * 2)
  const length = end - 3
  const start = length >= 0x80 ? 0 : 1
  der[1] = 0x81
  der[start] = 0x30
  der[2] = length
  return der.subarray(start, end)
}

/** Writes a number without leading zeros, and returns its end. */
function writeInteger(at: number, from: Uint8Array, first: number, end: number): number {
  let start = first
  while (start < end - 1 && from[start] === 0) start++
  // A leading one bit would make the number negative.
  const head = (from[start] as number) >= 0x80 ? 1 : 0
  der[at] = 0x02
  der[at + 1] = end - start + head
  der[at + 2] = 0
  let next = at + 2 + head
  // For so few bytes, a loop is several times as fast as copying a subarray.
  while (start < end) der[next++] = from[start++] as number
  return next
}
