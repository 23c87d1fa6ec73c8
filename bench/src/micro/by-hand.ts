/** What nobody who verifies a token can leave out, written by hand with Node's own decoder and crypto: the floor under every package, and no more than that. */

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

/** Says whether a token is good. It looks at no header, no type and no other claim, and makes nothing of them: do not use it. */
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

const byHandName = 'no package: decode, parse, compare, verify'

/** The same as a row. Throws where it says of the first token something else than what is expected. */
export function byHand(key: BenchKey, token: () => string, good: boolean, name: string = byHandName): Subject {
  const check = checkByHand(key)
  if (check(token()) !== good) throw new Error(`${name} is wrong`)
  return timed(name, () => freshly(token()), check)
}
