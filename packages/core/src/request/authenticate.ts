/**
 * From header values to a verified token, always in this order: header, token, issuer, unverified
 * claims, keys, signature, age, claims, identity, deny, trust. Synchronous where the runtime
 * verifies signatures synchronously and the keys are cached.
 */

import { hintOnIssuer } from '../explain/issuer-hint.ts'
import { hintOnCredential, tokenHints } from '../token/token-hints.ts'
import { Refusal, refuse, withContext } from '../model/refusal.ts'
import { emitRefused } from './emit-verdict.ts'
import type { Call } from './call.ts'
import { verifyClaims } from '../workload/verify-claims.ts'
import type { VerifierConfig } from '../config/verifier-config.ts'
import type { TrustedIssuer } from '../config/trusted-issuers.ts'
import type { CachedToken, VerifiedToken } from '../workload/verified-token.ts'
import type { Outcome } from './authorize.ts'
import { authorize } from './authorize.ts'
import { isCredential, noToken, readBearer, readDpop } from '../token/authorization-header.ts'
import { checkAge, checkAudience, checkDates, checkHeader, validityOf } from '../token/claims.ts'
import type { PublishedKey } from '../keys/published-key.ts'
import { isRewritten } from '../http/node-headers.ts'
import { checkSignature } from '../keys/signature.ts'
import type { Token } from '../model/token.ts'
import { decodeToken, looksLikeJwt } from '../token/jws.ts'
import { TokenCache } from '../token/token-cache.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { andThen, isPromise } from '../util/awaitable.ts'

type Found = CachedToken<TrustedIssuer> | Refusal

/**
 * The refusal of a credential that cannot be decoded. With `optional`, a credential that is not a
 * JWT is left to other middlewares.
 */
function undecodable(
  refusal: Refusal,
  credential: string,
  values: readonly string[],
  optional: boolean,
): Refusal | undefined {
  const hint = (): string | undefined => (isRewritten(values) ? tokenHints.rewritten : hintOnCredential(credential))
  if (!isCredential(credential)) return refuse('request_malformed', { hint })
  return optional && !looksLikeJwt(credential) ? undefined : withContext(refusal, { hint, ...refusal.context })
}

/** The pipeline of one verifier. */
export class Pipeline {
  readonly config: VerifierConfig
  readonly #cache: TokenCache<CachedToken<TrustedIssuer>> | undefined
  /** Seconds for which a verification is cached. */
  readonly #maxAge: number

  constructor(config: VerifierConfig) {
    this.config = config
    this.#cache = config.cache && new TokenCache(config.cache)
    this.#maxAge = config.cache?.maxAge ?? 0
  }

  /** The verified token of a call, or a refusal. The hook gets every outcome. */
  authenticate(
    values: readonly string[],
    call: Call = { config: this.config, request: undefined, token: undefined },
    optional: boolean = this.config.optional,
  ): Awaitable<Outcome> {
    const outcome = this.#run(values, optional, call)
    return this.config.observed ? andThen(outcome, (resolved) => this.#emit(resolved, call)) : outcome
  }

  #run(values: readonly string[], optional: boolean, call: Call): Awaitable<Outcome> {
    const bearer = readBearer(values)
    if (bearer instanceof Refusal) return bearer
    const asBound = bearer === noToken && this.config.proofAlgorithms !== undefined
    const credential = asBound ? readDpop(values) : bearer
    if (credential === noToken) return optional ? undefined : refuse('token_missing')
    const cached = this.#findCached(credential)
    if (cached !== undefined) return present(cached.token, asBound, call)
    const token = decodeToken(credential)
    if (token instanceof Refusal) return undecodable(token, credential, values, optional)
    const found = this.#verify(token, optional)
    return isPromise(found)
      ? found.then((each) => this.#presentNew(each, token, asBound, call))
      : this.#presentNew(found, token, asBound, call)
  }

  /** Checks a token that was just verified, and caches it once all checks have passed. */
  #presentNew(found: Found | undefined, token: Token, asBound: boolean, call: Call): Awaitable<Outcome> {
    if (found === undefined) return undefined
    if (found instanceof Refusal) {
      found.token = token
      return found
    }
    return andThen(present(found.token, asBound, call), (outcome) => {
      if (outcome === found.token) this.#cache?.set(found)
      return outcome
    })
  }

  /** The cached token, if it is still valid and its key still current. */
  #findCached(text: string): CachedToken<TrustedIssuer> | undefined {
    const cached = this.#cache?.get(text)
    if (cached === undefined) return undefined
    const { token, validity, verifiedAt } = cached
    const time = this.config.clock.now()
    const now = time / 1000
    const isCurrent =
      now >= validity.from &&
      now < validity.until &&
      now <= validity.lastUse &&
      // The clock may have been set back since.
      Math.abs(now - verifiedAt) <= this.#maxAge &&
      ((cached.fresh === token.issuer.keys.fresh && time >= cached.fresh.from && time < cached.fresh.until) ||
        isKeyCurrent(cached)) &&
      token.issuer.isCurrent?.() !== false
    if (isCurrent) return cached
    this.#cache?.delete(cached)
    return undefined
  }

  /**
   * Verifies a token that is not cached. With `optional`, a token of an untrusted issuer is
   * `undefined`.
   */
  #verify(token: Token, optional: boolean): Awaitable<Found | undefined> {
    const { claims } = token
    const { issuers, findIssuer } = this.config
    return andThen(issuers.get(claims.iss) ?? findIssuer?.(claims.iss), (issuer) => {
      if (issuer instanceof Refusal) return issuer
      if (issuer !== undefined) return this.#verifyBy(token, issuer)
      return optional ? undefined : refuse('issuer_untrusted', { hint: () => hintOnIssuer(claims, issuers) })
    })
  }

  /**
   * Refuses by the unverified claims, before the cost of a key and a signature. The response shows
   * only a code.
   */
  #verifyBy(token: Token, issuer: TrustedIssuer): Awaitable<Found> {
    const { header, claims } = token
    const { clock, clockTolerance } = this.config
    const wrong = checkHeader(header, issuer.table.table) ?? checkDates(claims, clock.now() / 1000, clockTolerance)
    if (wrong !== undefined) return wrong
    const audience = checkAudience(claims, issuer.audienceRules)
    if (audience instanceof Refusal) return audience
    const key = issuer.keys.find(token)
    return isPromise(key)
      ? key.then((found) => this.#verifyWith(token, issuer, audience, found))
      : this.#verifyWith(token, issuer, audience, key)
  }

  #verifyWith(token: Token, issuer: TrustedIssuer, audience: string, key: PublishedKey | Refusal): Awaitable<Found> {
    if (key instanceof Refusal) return key
    const refusal = checkSignature(token, key)
    if (refusal === undefined) return this.#checkVerified(token, issuer, audience, key)
    return andThen(refusal, (each) =>
      each === undefined
        ? this.#checkVerified(token, issuer, audience, key)
        : this.#retryWithRefetchedKey(token, issuer, audience, key, each),
    )
  }

  /**
   * Retries a bad signature once with the current key set: some issuers reuse a key id for a new
   * key.
   */
  #retryWithRefetchedKey(
    token: Token,
    issuer: TrustedIssuer,
    audience: string,
    tried: PublishedKey,
    refusal: Refusal,
  ): Awaitable<Found> {
    if (refusal.code !== 'signature_invalid') return refusal
    return andThen(issuer.keys.refetch(token, tried), (other) => {
      if (other === undefined) return refusal
      return andThen(
        checkSignature(token, other),
        (each) => each ?? this.#checkVerified(token, issuer, audience, other),
      )
    })
  }

  /** Checks the claims of a token whose signature verifies. */
  #checkVerified(token: Token, issuer: TrustedIssuer, audience: string, key: PublishedKey): Found {
    const { claims } = token
    const { clock, clockTolerance, fault } = this.config
    const verifiedAt = clock.now() / 1000
    const wrong = checkAge(claims, verifiedAt, issuer, clockTolerance)
    if (wrong !== undefined) return wrong
    const verified = verifyClaims(token, audience, issuer, fault)
    if (verified instanceof Refusal) return verified
    const validity = validityOf(claims, issuer, clockTolerance)
    // The key may have been withdrawn since it was found: the next use looks.
    return { text: token.text, token: verified, key, validity, verifiedAt, fresh: undefined }
  }

  #emit(outcome: Outcome, call: Call): Outcome {
    if (!(outcome instanceof Refusal)) return outcome
    return emitRefused(call, outcome, { layer: outcome.context.workload === undefined ? 'token' : 'trust' })
  }
}

/** Whether the key of a cached token is current, with the keys that its issuer has now. */
function isKeyCurrent(cached: CachedToken<TrustedIssuer>): boolean {
  const { keys } = cached.token.issuer
  const isCurrent = keys.isCurrent(cached.key)
  cached.fresh = isCurrent ? keys.fresh : undefined
  return isCurrent
}

/**
 * Checks a verified token each time it is presented: the scheme, the issuer's extension, then
 * `deny` and `trust`.
 */
function present(token: VerifiedToken<TrustedIssuer>, asBound: boolean, call: Call): Awaitable<Outcome> {
  const { bound, issuer, text } = token
  const { extension } = issuer
  const needsProof = bound && extension?.isBearer?.(token.claims) !== true
  // RFC 9449 §7.1: a bound token is refused as a bearer token, and a bearer token as a bound one.
  if (needsProof !== asBound) return refuse('scheme_mismatch', { workload: token.identity })
  if (needsProof && extension?.proofAlgorithms === undefined) return refuse('claims_invalid', { claim: 'cnf' })
  if (extension === undefined) return authorize(token, call)
  const { request: about } = call
  const request = about && (() => about.facts())
  return andThen(extension.check({ identity: token.identity, text, bound, request }, call.config), (refusal) =>
    refusal === undefined ? authorize(token, call) : refusal,
  )
}
