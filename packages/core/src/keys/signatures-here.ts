/** The way of this runtime to check signatures. */

import { nodeModule } from '../util/runtime.ts'
import { nodeSignatures } from './signature-node.ts'
import { webSignatures } from './signature-web.ts'
import type { Signatures } from './signature-scheme.ts'

/** The way of this runtime: Node's own crypto, which answers at once, or jose by Web Crypto. */
export function signaturesHere(): Signatures {
  const crypto = nodeModule('node:crypto')
  return crypto === undefined ? webSignatures : nodeSignatures(crypto)
}
