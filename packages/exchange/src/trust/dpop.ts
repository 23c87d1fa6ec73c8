/** DPoP (RFC 9449): the sender of a bound token proves, for each request, that it holds the key. */

import {
  Refusal,
  askStore,
  checkFetchUrl,
  digestBytes,
  digestKey,
  isPlainObject,
  isSeen,
  loadJose,
  longestTolerance,
  margin,
  ownCopy,
  readKey,
  readOptions,
  refuse,
  refuseUse,
} from '@jobpass/core/internal'
import type { ExtensionDeps, RequestHead } from '@jobpass/core/internal'
import type { FindKeySet } from '../key-set.ts'
import { readNonceSecret } from './nonce-secrets.ts'
import type { FindNonces } from './nonce-secrets.ts'
import { isTimelyNonce } from './nonces.ts'
import type { Nonces } from './nonces.ts'
import type { Possession } from './possession.ts'
import { claimProofUse, proofsOf } from './proof-uses.ts'
import { normalUrl, requestUrl } from './request-url.ts'
import { serviceAlgorithms } from './service-table.ts'
import type { CompactJWSHeaderParameters, JWK } from 'jose'

/** What a proof must match. */
export interface ProofTarget {
  /** The URL of the request; `undefined` if no proof can match it. */
  readonly url: string | undefined
  /**
   * The token that accompanies the proof; `undefined` at a token endpoint, which issues it later.
   */
  readonly token?: string
  /** Thumbprint (RFC 7638) of the key that the token is bound to. */
  readonly thumbprint?: string
  /** Makes and checks nonces; `undefined` if proofs need none. */
  readonly nonces: Nonces | undefined
}

const maxProofLength = 4096
const maxIdLength = 256
/** A proof is valid if its `iat` is at most this many seconds before or after now. */
const proofAge = 60

const foreignNonce =
  'A DPoP proof came with a nonce of the right form and time that was made with another secret: give all processes of a service the same nonceSecret, or clients are asked for nonces for ever'

/** For a process without `nonceSecret` that sees the nonce of another process. */
const noSecret =
  'A DPoP proof came with a nonce that another process made, and this one has no nonceSecret, so that it takes proofs without a nonce: give all processes of a service the same nonceSecret'

/** Refuses a proof, with a new nonce if nonces are required. */
async function refused(
  code: 'proof_invalid' | 'proof_nonce',
  nonces: Nonces | undefined,
  now: number,
): Promise<Refusal> {
  return refuseUse(code, nonces && { nonce: await nonces.make(now) })
}

/** A valid proof whose use is not claimed yet. */
export interface Proof {
  /** Thumbprint (RFC 7638) of its key. */
  readonly thumbprint: string
  /** `jti` of the proof. */
  readonly id: string
  /** Until when its use must be remembered, in seconds since 1970. */
  readonly until: number
}

/**
 * Checks the proof of a request and claims its use. Resolves to the thumbprint of its key, or to a
 * refusal. The store is queried last.
 */
async function checkProof(request: RequestHead, target: ProofTarget, deps: ExtensionDeps): Promise<string | Refusal> {
  const proof = await readProof(request, target, deps)
  if (proof instanceof Refusal) return proof
  return (await claimProof(proof, target.nonces, deps)) ?? proof.thumbprint
}

/** Claims the one use of a proof, or resolves to why that failed. */
export async function claimProof(
  proof: Proof,
  nonces: Nonces | undefined,
  deps: ExtensionDeps,
): Promise<Refusal | undefined> {
  const now = deps.clock.now() / 1000
  const outcome = await askStore(deps, async (store) =>
    claimProofUse(store, proof.thumbprint, { key: await useOf(proof), until: proof.until, now }),
  )
  return outcome === 'first' ? undefined : usedBefore(outcome, nonces, deps)
}

/**
 * Refuses a proof that was used before. Claims nothing, because the request may still be refused.
 */
export async function checkUnused(
  proof: Proof,
  nonces: Nonces | undefined,
  deps: ExtensionDeps,
): Promise<Refusal | undefined> {
  const seen = await askStore(deps, async (store) => isSeen(proofsOf(store), await useOf(proof)))
  return seen === false ? undefined : usedBefore(seen, nonces, deps)
}

const useOf = ({ thumbprint, id }: Proof): Promise<string> => digestKey(['dpop', thumbprint, id])

async function usedBefore(outcome: unknown, nonces: Nonces | undefined, { clock }: ExtensionDeps): Promise<Refusal> {
  return outcome instanceof Refusal ? outcome : refused('proof_invalid', nonces, clock.now() / 1000)
}

/** Checks the proof of a request (RFC 9449 §4.3). Claims nothing. */
export async function readProof(
  request: RequestHead,
  { url, token, thumbprint, nonces }: ProofTarget,
  deps: ExtensionDeps,
): Promise<Proof | Refusal> {
  const { clock, clockTolerance } = deps
  const now = clock.now() / 1000
  const [proof = '', ...others] = request.headers('dpop')
  const invalid = (): Promise<Refusal> => refused('proof_invalid', nonces, now)
  if (proof === '' || others.length > 0 || proof.length > maxProofLength) return invalid()
  const verified = await verify(proof).catch(() => undefined)
  if (verified === undefined) return invalid()
  const { htm, htu, jti, iat, ath, nonce } = verified.claims
  const fresh = typeof iat === 'number' && Math.abs(now - iat) <= proofAge + clockTolerance
  const named = typeof jti === 'string' && jti !== '' && jti.length <= maxIdLength
  if (!fresh || !named || htm !== request.method || url === undefined || normalUrl(htu) !== normalUrl(url))
    return invalid()
  const { calculateJwkThumbprint } = await import('jose/jwk/thumbprint')
  const own = await calculateJwkThumbprint(verified.jwk)
  if (thumbprint !== undefined && own !== thumbprint) return invalid()
  if (token !== undefined && ath !== (await digestBytes(new TextEncoder().encode(token)))) return invalid()
  if (nonces !== undefined && !(await nonces.knows(nonce, now))) {
    if (isTimelyNonce(nonce, now)) deps.warn(foreignNonce)
    return refused('proof_nonce', nonces, now)
  }
  if (nonces === undefined && isTimelyNonce(nonce, now)) deps.warn(noSecret)
  return { thumbprint: own, id: jti, until: Math.ceil(iat + proofAge + longestTolerance + margin) }
}

/**
 * Verifies the signature with the key that the proof contains. This proves possession of that key,
 * and nothing else. The key passes the same checks as every other key.
 */
async function verify(
  proof: string,
): Promise<{ readonly claims: Readonly<Record<string, unknown>>; readonly jwk: JWK }> {
  const publicKey = (header?: CompactJWSHeaderParameters): JWK => {
    const key = readKey(header?.jwk)
    if (key === undefined) throw new TypeError('a proof must contain a public key that can verify')
    return { ...key }
  }
  const { compactVerify, importJWK } = await loadJose()
  const opened = await compactVerify(proof, async (header) => importJWK(publicKey(header), header?.alg), {
    algorithms: [...serviceAlgorithms],
  })
  const { payload, protectedHeader } = opened
  if (protectedHeader.typ !== 'dpop+jwt') throw new TypeError('the typ of a proof is dpop+jwt')
  const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  if (!isPlainObject(claims)) throw new TypeError('the claims of a proof must be an object')
  return { claims: ownCopy(claims), jwk: publicKey(protectedHeader) }
}

/** How an API accepts DPoP-bound tokens. */
export interface DpopOptions {
  /**
   * Public URL of the API, such as `https://api.acme.dev`, with a path if a proxy strips one.
   * Proofs must name URLs below it; the `Host` header is ignored.
   */
  readonly origin: string
  /**
   * At least 32 random bytes, the same in all processes, or a function that finds a key set with
   * `nonceSecrets` and is called again about once a minute. Proofs must then carry a nonce of this
   * API (RFC 9449 §9). While the function has found none yet, bound tokens get 503. Default: no
   * nonce is required.
   */
  readonly nonceSecret?: Uint8Array | FindKeySet
}

/** Makes the proof check of an API. Throws a `TypeError` that says what to write. */
export function possessionBy(what: string, options: unknown, insecureLoopback: boolean): Possession {
  const given = readOptions<DpopOptions>(`${what}: dpop`, options, { origin: true, nonceSecret: true }) as DpopOptions
  const { origin: base, nonceSecret } = given
  checkFetchUrl(`${what}: dpop.origin`, base, insecureLoopback)
  if (/[?#]|\/$/.test(base))
    throw new TypeError(`${what}: dpop.origin is an address without query, fragment and slash at its end`)
  const find = nonceSecret === undefined ? undefined : readNonceSecret(`${what}: dpop.nonceSecret`, nonceSecret)
  return {
    algorithms: serviceAlgorithms,
    check: async ({ text, thumbprint }, request, deps) => {
      const nonces = await noncesOf(find, deps)
      if (nonces instanceof Refusal) return nonces
      const target = { url: requestUrl(base, request.path), token: text, thumbprint, nonces }
      const outcome = await checkProof(request, target, deps)
      return outcome instanceof Refusal ? outcome : undefined
    },
  }
}

async function noncesOf(find: FindNonces | undefined, deps: ExtensionDeps): Promise<Nonces | Refusal | undefined> {
  try {
    return await find?.(deps)
  } catch (cause) {
    deps.outage('The nonce secrets of an API could not be read within 5 s', cause)
    return refuse('resolver_unavailable', { retryAfter: 5, cause })
  }
}
