/** DPoP (RFC 9449): a key of this process, to which a token is bound. */

import type { Credential } from './credential.ts'
import { RefusedError } from './errors.ts'
import type { Clock } from './job.ts'

/** A key, and the proofs that it makes. */
export interface ProofKey {
  /** The header with a proof for one request, with the token if the request has one. */
  prove(method: string, url: URL, token?: string): Promise<{ readonly dpop: string }>
  /** Keeps the nonce of an answer (RFC 9449 §8). Returns whether the answer asks for it. */
  learn(answer: Response, url: URL): boolean
}

const algorithm = 'ES256'

/**
 * Makes a key, which never leaves the process.
 *
 * @throws {TypeError} without jose, as a rejection.
 */
export async function createProofKey(clock: Clock): Promise<ProofKey> {
  const { exportJWK, generateKeyPair, SignJWT } = await import('jose').catch((cause: unknown) => {
    throw new TypeError('A token that is bound to a key needs the package jose: npm install jose', { cause })
  })
  const { privateKey, publicKey } = await generateKeyPair(algorithm)
  const jwk = await exportJWK(publicKey)
  const nonces = new Map<string, string>()
  return {
    prove: async (method, url, token) => {
      const nonce = nonces.get(url.origin)
      const claims = {
        jti: crypto.randomUUID(),
        htm: method,
        // Without query and fragment (RFC 9449 §4.2).
        htu: url.origin + url.pathname,
        iat: Math.floor(clock.now() / 1000),
        ...(token === undefined ? {} : { ath: await digest(token) }),
        ...(nonce === undefined ? {} : { nonce }),
      }
      const proof = new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: 'dpop+jwt', jwk })
      return { dpop: await proof.sign(privateKey) }
    },
    learn: (answer, url) => {
      const nonce = answer.headers.get('dpop-nonce')
      if (nonce === null || nonces.get(url.origin) === nonce) return false
      nonces.set(url.origin, nonce)
      return answer.status === 400 || answer.status === 401
    },
  }
}

/**
 * A token that is bound to the key.
 *
 * @throws {RefusedError} for one of another type, which a thief could use.
 */
export function bound(token: string, type: unknown, key: ProofKey): Credential {
  if (String(type).toLowerCase() !== 'dpop')
    throw new RefusedError(200, { code: 'token_unbound', detail: 'The exchange does not bind tokens to a key.' })
  let last: URL | undefined
  return {
    token,
    headers: async (method, url) => {
      last = url
      return { authorization: `DPoP ${token}`, ...(await key.prove(method, url, token)) }
    },
    mustRepeat: (answer) => last !== undefined && key.learn(answer, last),
  }
}

async function digest(token: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
