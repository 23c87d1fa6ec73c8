/** SHA-256: synchronous by `node:crypto`, elsewhere by Web Crypto. */

import { encodeOctets } from './base64url.ts'
import { nodeModule } from './node-module.ts'

/** The part of `node:crypto` that is used. */
interface NodeHash {
  createHash(name: 'sha256'): { update(bytes: Uint8Array): { digest(form: 'base64url'): string } }
}

/** The SHA-256 of bytes, as base64url (RFC 4648 §5) without padding. */
export async function digestBytes(bytes: Uint8Array): Promise<string> {
  const node = nodeModule('node:crypto') as NodeHash | undefined
  return node === undefined ? digestOnTheWeb(bytes) : node.createHash('sha256').update(bytes).digest('base64url')
}

/** The same by Web Crypto. */
export async function digestOnTheWeb(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
  return encodeOctets(digest)
}
