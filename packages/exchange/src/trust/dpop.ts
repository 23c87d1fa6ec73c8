/** Proof of possession by DPoP (RFC 9449): whoever presents a bound token shows, for this very request, that it holds the key. */

import {
  Refusal,
  askStore,
  checkFetchUrl,
  digestBytes,
  digestKey,
  isPlainObject,
  isSeen,
  loadJose,
  margin,
  ownCopy,
  readKey,
  readOptions,
  refuse,
} from '@jobpass/core/internal'
import type { ExtensionDeps, ProofRequest } from '@jobpass/core/internal'
import { createNonces, isTimelyNonce } from './nonces.ts'
import type { Nonces } from './nonces.ts'
import type { Possession } from './possession.ts'
import { claimProofUse, proofsOf } from './proof-uses.ts'
import { normalUrl, requestUrl } from './request-url.ts'
import { serviceAlgorithms } from './service-table.ts'
import type { CompactJWSHeaderParameters, JWK } from 'jose'

/** What a proof must be for. */
export interface ProofTarget {
  /** The URL of the request; `undefined` where no proof can be for it. */
  readonly url: string | undefined
  /** The token that the proof comes with; `undefined` where none is there yet, at a token endpoint. */
  readonly token?: string
  /** The thumbprint of the key that it is bound to. */
  readonly thumbprint?: string
  readonly nonces: Nonces | undefined
}

const maxProofLength = 4096
const maxIdLength = 256
/** Seconds that a proof is good for, to either side of now. */
const proofAge = 60

const foreignNonce =
  'A DPoP proof came with a nonce of the right form and time that was made with another secret: give all processes of a service the same nonceSecret, or clients are asked for nonces for ever'

/** Said of a proof with the nonce of another process, by one that neither makes nor checks nonces. */
const noSecret =
  'A DPoP proof came with a nonce that another process made, and this one has no nonceSecret, so that it takes proofs without a nonce: give all processes of a service the same nonceSecret'

/** A proof that does not hold; it is refused with a new nonce where nonces are asked for. */
async function refused(
  code: 'proof_invalid' | 'proof_nonce',
  nonces: Nonces | undefined,
  now: number,
): Promise<Refusal> {
  return refuse(code, nonces && { nonce: await nonces.make(now) })
}

/** A proof that holds, whose use is not claimed yet. */
export interface Proof {
  /** The thumbprint of its key. */
  readonly thumbprint: string
  readonly id: string
  /** Until when its use has to be remembered, in seconds since 1970. */
  readonly until: number
}

/**
 * Checks the one proof of a request and claims its use: the thumbprint of its key, or why it does
 * not hold. The store is asked last.
 */
async function checkProof(
  request: ProofRequest,
  target: ProofTarget,
  surroundings: ExtensionDeps,
): Promise<string | Refusal> {
  const proof = await readProof(request, target, surroundings)
  if (proof instanceof Refusal) return proof
  return (await claimProof(proof, target.nonces, surroundings)) ?? proof.thumbprint
}

/** Claims the one use of a proof, or says why that fails. */
export async function claimProof(
  proof: Proof,
  nonces: Nonces | undefined,
  surroundings: ExtensionDeps,
): Promise<Refusal | undefined> {
  const now = surroundings.clock.now() / 1000
  const outcome = await askStore(surroundings, async (store) =>
    claimProofUse(store, proof.thumbprint, { key: await useOf(proof), until: proof.until, now }),
  )
  return outcome === 'first' ? undefined : usedBefore(outcome, nonces, surroundings)
}

/** Refuses a proof that was used before, and claims nothing: for a request that may yet be refused. */
export async function checkUnused(
  proof: Proof,
  nonces: Nonces | undefined,
  surroundings: ExtensionDeps,
): Promise<Refusal | undefined> {
  const seen = await askStore(surroundings, async (store) => isSeen(proofsOf(store), await useOf(proof)))
  return seen === false ? undefined : usedBefore(seen, nonces, surroundings)
}

const useOf = ({ thumbprint, id }: Proof): Promise<string> => digestKey(['dpop', thumbprint, id])

async function usedBefore(outcome: unknown, nonces: Nonces | undefined, { clock }: ExtensionDeps): Promise<Refusal> {
  return outcome instanceof Refusal ? outcome : refused('proof_invalid', nonces, clock.now() / 1000)
}

/** Checks the one proof of a request (RFC 9449 §4.3); nothing is claimed yet. */
export async function readProof(
  request: ProofRequest,
  { url, token, thumbprint, nonces }: ProofTarget,
  surroundings: ExtensionDeps,
): Promise<Proof | Refusal> {
  const { clock, clockTolerance } = surroundings
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
  const { calculateJwkThumbprint } = await loadJose()
  const own = await calculateJwkThumbprint(verified.jwk)
  if (thumbprint !== undefined && own !== thumbprint) return invalid()
  if (token !== undefined && ath !== (await digestBytes(new TextEncoder().encode(token)))) return invalid()
  if (nonces !== undefined && !(await nonces.knows(nonce, now))) {
    if (isTimelyNonce(nonce, now)) surroundings.warn(foreignNonce)
    return refused('proof_nonce', nonces, now)
  }
  if (nonces === undefined && isTimelyNonce(nonce, now)) surroundings.warn(noSecret)
  return { thumbprint: own, id: jti, until: Math.ceil(iat + proofAge + clockTolerance + margin) }
}

/** The signature, by the key that the proof itself brings: it proves that whoever made the proof holds it, and nothing else. The key goes through the gate of all keys. */
async function verify(
  proof: string,
): Promise<{ readonly claims: Readonly<Record<string, unknown>>; readonly jwk: JWK }> {
  const publicKey = (header?: CompactJWSHeaderParameters): JWK => {
    const key = readKey(header?.jwk)
    if (key === undefined) throw new TypeError('the key of a proof is a public one that can verify')
    return { ...key }
  }
  const { compactVerify, importJWK } = await loadJose()
  const opened = await compactVerify(proof, async (header) => importJWK(publicKey(header), header?.alg), {
    algorithms: [...serviceAlgorithms],
  })
  const { payload, protectedHeader } = opened
  if (protectedHeader.typ !== 'dpop+jwt') throw new TypeError('a proof is of its own type')
  const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  if (!isPlainObject(claims)) throw new TypeError('the claims of a proof are an object')
  return { claims: ownCopy(claims), jwk: publicKey(protectedHeader) }
}

/** How bound tokens are taken. */
export interface DpopOptions {
  /** The public address of the API, `https://api.acme.dev`, with a path where a proxy takes one off: proofs are made for it, whatever `Host` says. */
  readonly origin: string
  /** At least 32 random bytes that all processes share: proofs must then carry a nonce of ours. Default: none is asked for. */
  readonly nonceSecret?: Uint8Array
}

/** The check of an API. Throws a `TypeError` that says what to write. */
export function possessionBy(what: string, options: unknown, insecureLoopback: boolean): Possession {
  const given = readOptions(`${what}: dpop`, options, ['origin', 'nonceSecret']) as unknown as DpopOptions
  const { origin: base, nonceSecret } = given
  checkFetchUrl(`${what}: dpop.origin`, base, insecureLoopback)
  if (/[?#]|\/$/.test(base))
    throw new TypeError(`${what}: dpop.origin is an address without query, fragment and slash at its end`)
  const nonces = nonceSecret === undefined ? undefined : createNonces(`${what}: dpop.nonceSecret`, nonceSecret)
  return {
    algorithms: serviceAlgorithms,
    check: async ({ text, thumbprint }, request, surroundings) => {
      const target = { url: requestUrl(base, request.path), token: text, thumbprint, nonces }
      const outcome = await checkProof(request, target, surroundings)
      return outcome instanceof Refusal ? outcome : undefined
    },
  }
}
