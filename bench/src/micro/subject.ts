/** Subjects that verify tokens: only the signature, and a peer. */

import { sign, verify } from 'node:crypto'
import type { Subject } from '../measure/interleave.ts'
import { settled, timed } from '../measure/interleave.ts'
import type { BenchKey } from '../tokens.ts'
import { freshly } from '../tokens.ts'
import type { Peer } from './sync-peers.ts'

/** Only the signature: bytes and key are prepared before. */
export function baseOf({ algorithm, publicKey, privateKey }: BenchKey, token: string): Subject {
  const [header, payload] = token.split('.')
  const input = Buffer.from(`${header}.${payload}`)
  const hash = algorithm === 'EdDSA' ? null : 'sha256'
  const signature = sign(hash, input, privateKey)
  return timed(
    `crypto.verify ${algorithm}`,
    () => input,
    (bytes) => verify(hash, bytes, publicKey, signature),
  )
}

/** A peer with these tokens. */
export function subjectOf({ name, waits, verify }: Peer, token: () => string): Subject {
  return (waits ? settled : timed)(name, () => freshly(token()), verify)
}
