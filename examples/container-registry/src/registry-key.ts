/** The key that signs the tokens of the registry, which knows it by a certificate. */

import type { KeyObject } from 'node:crypto'
import { createHash, createPublicKey } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { SignJWT } from 'jose'

export interface RegistryKey {
  readonly sign: (claims: JWTPayload) => Promise<string>
}

/** Takes an EC key on P-256. */
export function registryKey(privateKey: KeyObject): RegistryKey {
  const kid = keyId(createPublicKey(privateKey))
  return {
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'ES256', kid }).sign(privateKey),
  }
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The name by which the registry finds a key: 240 bits of its SHA-256 in base 32, in groups of
 * four (https://distribution.github.io/distribution/spec/auth/jwt/).
 */
function keyId(publicKey: KeyObject): string {
  const digest = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 30)
  const bits = Array.from(digest, (byte) => byte.toString(2).padStart(8, '0')).join('')
  const letters = bits.match(/.{5}/g)?.map((each) => base32.charAt(Number.parseInt(each, 2))) ?? []
  return letters.join('').match(/.{4}/g)?.join(':') ?? ''
}
