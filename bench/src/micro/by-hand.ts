/**
 * A hand-written minimum of token verification, with Node's decoder and crypto: a lower bound for
 * every package.
 */

import { verify } from 'node:crypto'
import type { Subject } from '../measure/interleave.ts'
import { timed } from '../measure/interleave.ts'
import type { BenchKey } from '../tokens.ts'
import { audience, freshly, issuer } from '../tokens.ts'

interface Claims {
  readonly iss: unknown
  readonly aud: unknown
  readonly exp: number
}

/** Whether a token is valid. Checks no header, type or other claim: do not use it. */
function checkByHand({ algorithm, publicKey }: BenchKey): (token: string) => boolean {
  const hash = algorithm === 'EdDSA' ? null : 'sha256'
  const key = algorithm === 'ES256' ? ({ key: publicKey, dsaEncoding: 'ieee-p1363' } as const) : publicKey
  return (token) => {
    const first = token.indexOf('.')
    const last = token.lastIndexOf('.')
    const { iss, aud, exp } = JSON.parse(Buffer.from(token.slice(first + 1, last), 'base64url').toString()) as Claims
    if (iss !== issuer || aud !== audience || exp * 1000 <= Date.now()) return false
    return verify(hash, Buffer.from(token.slice(0, last)), key, Buffer.from(token.slice(last + 1), 'base64url'))
  }
}

export const byHandName = 'no package: decode, parse, compare, verify'

/** The check as a row. Throws if the result for the first token is not the expected one. */
export function byHand(key: BenchKey, token: () => string, good: boolean, name: string = byHandName): Subject {
  const check = checkByHand(key)
  if (check(token()) !== good) throw new Error(`${name} is wrong`)
  return timed(name, () => freshly(token()), check)
}
