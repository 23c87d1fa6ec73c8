/**
 * Real key pairs that sign digests, as a service holds them. Node signs messages only, so openssl
 * signs. Without it, tests are skipped and the reason is printed.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether openssl is installed. */
export const installed: boolean = spawnSync('openssl', ['version']).status === 0
if (!installed) process.stdout.write('openssl is not on this machine: what needs it is skipped\n')

/** The algorithms that sign digests. */
export type Algorithm = 'ES256' | 'ES384' | 'ES512' | 'RS256' | 'PS256'

/** A key of a service. */
export interface Pair {
  readonly algorithm: Algorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }
const digestSizes: Readonly<Record<Algorithm, number>> = { ES256: 32, ES384: 48, ES512: 64, RS256: 32, PS256: 32 }
const numberSizes: Readonly<Record<string, number>> = { ES256: 32, ES384: 48, ES512: 66 }

export function makePair(algorithm: Algorithm): Pair {
  const namedCurve = curves[algorithm]
  const pair =
    namedCurve === undefined
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve })
  return { algorithm, ...pair }
}

/** Whether bytes have the length of a digest. */
export const isDigest = (algorithm: Algorithm, bytes: Uint8Array): boolean => bytes.length === digestSizes[algorithm]

/** Signs a digest. ECDSA signatures are DER. */
export function signDigest({ algorithm, privateKey }: Pair, digest: Uint8Array): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'kms-'))
  try {
    writeFileSync(join(folder, 'key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    writeFileSync(join(folder, 'digest'), digest)
    const padding = ['-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:32']
    const rsa = ['-pkeyopt', 'digest:sha256', ...(algorithm === 'PS256' ? padding : [])]
    const options = algorithm.startsWith('ES') ? [] : rsa
    return execFileSync('openssl', ['pkeyutl', '-sign', '-inkey', 'key', '-in', 'digest', ...options], { cwd: folder })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Both numbers of a DER signature at full length (RFC 7518 §3.4); other signatures as they are. */
export function joined(algorithm: Algorithm, signature: Buffer): Buffer {
  const size = numberSizes[algorithm]
  if (size === undefined) return signature
  const start = (signature[1] ?? 0) > 0x80 ? 3 : 2
  const middle = start + 2 + (signature[start + 1] ?? 0)
  const numbers = [signature.subarray(start + 2, middle), signature.subarray(middle + 2)]
  return Buffer.concat(numbers.map((each) => Buffer.concat([Buffer.alloc(size), each]).subarray(-size)))
}
