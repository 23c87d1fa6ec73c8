/** Chooses how this runtime checks signatures. */

import { nodeModule } from '../util/runtime.ts'
import { nodeSignatures } from './signature-node.ts'
import { webSignatures } from './signature-web.ts'
import type { Signatures } from './signature-scheme.ts'

/** `node:crypto`, which is synchronous, where it exists; else jose with Web Crypto. */
export function signaturesHere(): Signatures {
  const crypto = nodeModule('node:crypto')
  return crypto === undefined ? webSignatures : nodeSignatures(crypto)
}
