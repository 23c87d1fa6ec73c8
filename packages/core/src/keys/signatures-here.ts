/** Chooses how this runtime checks signatures. */

import { decodeOctets, octetsOf } from '../util/base64url.ts'
import { nodeSignatures } from './signature-node.ts'
import { webSignatures } from './signature-web.ts'
import type { Signatures } from './signature-scheme.ts'

/** `node:crypto`, which is synchronous, where it exists; else jose with Web Crypto. */
export function signaturesHere(): Signatures {
  return nodeSignatures({ octetsOf, decodeOctets }) ?? webSignatures
}
