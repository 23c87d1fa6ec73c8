/**
 * From header values to an identity, in the one order: header, token, issuer, cheap refusals, keys, signature, age, claims, identity, deny, trust. Nothing waits
 * where nothing has to: on a runtime that checks signatures at once, with keys at hand, the answer is there when the call returns.
 */

import { hintOnIssuer } from '../explain/issuer-hint.ts'
import { hintOnCredential, tokenHints } from '../token/token-hints.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import { emitRefused } from './emit-verdict.ts'
import type { Call, CallRequest } from './call.ts'
import { buildIdentity } from '../workload/build-identity.ts'
import type { Provenance } from '../workload/build-identity.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Policy } from '../config/trusted-issuers.ts'
import type { Outcome, Station } from './authorize.ts'
import { authorize } from './authorize.ts'
import type { CompiledTable } from '../table/compile-table.ts'
import type { IssuerExtension } from '../rule/issuer-extension.ts'
import { isCredential, noToken, readBearer, readDpop } from '../token/authorization-header.ts'
import { checkAge, checkAudience, checkDates, checkHeader } from '../token/claims.ts'
import type { PublishedKey } from '../keys/published-key.ts'
import { HeaderMemory } from '../token/header-memory.ts'
import { isRewritten } from '../http/node-headers.ts'
import { checkSignature } from '../keys/signature.ts'
import type { Token } from '../model/token.ts'
import { decodeToken, freezeClaims, looksLikeJwt } from '../token/jws.ts'
import { TokenCache } from '../token/token-cache.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { andThen, isPromise } from '../util/awaitable.ts'

/** A token that passed every check. */
interface Remembered {
  readonly text: string
  readonly claims: Token['claims']
  readonly station: Station
  /** The very key that verified it. */
  readonly key: PublishedKey
  readonly identity: AnyWorkload
  /** Seconds since 1970. */
  readonly since: number
  /** Whether it is good only in the hands of whoever holds a key (RFC 7800). */
  readonly bound: boolean
}

type Found = Remembered | Refusal

/** What cannot be decoded is no credential at all, or none that is ours to judge where calling is optional, or a token that is malformed. */
function undecodable(refusal: Refusal, credential: string, optional: boolean): Refusal | undefined {
  const hint = (): string | undefined => hintOnCredential(credential)
  if (!isCredential(credential)) return refuse('request_malformed', { hint })
  return optional && !looksLikeJwt(credential) ? undefined : refuse(refusal.code, { hint, ...refusal.context })
}

/** What is known of the jobs that an issuer stands for, made once for each of their tables. */
function originsBy(
  { originTable }: IssuerExtension,
  make: (table: CompiledTable) => Provenance,
): (issuer: string) => Provenance | undefined {
  const made = new Map<CompiledTable, Provenance>()
  return (issuer) => {
    const table = originTable(issuer)
    if (table === undefined) return undefined
    const known = made.get(table) ?? make(table)
    made.set(table, known)
    return known
  }
}

/** The pipeline of one verifier. */
export class Pipeline {
  readonly policy: Policy
  readonly #stations: ReadonlyMap<string, Station>
  readonly #cache: TokenCache<Remembered> | undefined
  readonly #headers = new HeaderMemory()
  /** For calls of which nothing but the token is known. */
  readonly #plainCall: Call

  constructor(maker: object, policy: Policy) {
    const now = (): number => policy.clock.now() / 1000
    const provenance = (table: CompiledTable, extension?: IssuerExtension): Provenance => ({
      maker,
      table,
      now,
      tolerance: policy.clockTolerance,
      ...(extension && { originOf: originsBy(extension, provenance) }),
    })
    this.policy = policy
    this.#plainCall = { policy }
    this.#cache = policy.cache && new TokenCache(policy.cache)
    this.#stations = new Map(
      Array.from(policy.issuers, ([issuer, each]): [string, Station] => [
        issuer,
        { ...each, provenance: provenance(each.table, each.extension) },
      ]),
    )
  }

  /** The caller, or why there is none. The hook gets every outcome. */
  authenticate(
    values: readonly string[],
    optional: boolean = this.policy.optional,
    call: Call = this.#plainCall,
  ): Awaitable<Outcome> {
    const outcome = this.#run(values, optional, call)
    return this.policy.observed ? andThen(outcome, (settled) => this.#emit(settled, call)) : outcome
  }

  #run(values: readonly string[], optional: boolean, call: Call): Awaitable<Outcome> {
    if (isRewritten(values)) return refuse('request_malformed', { hint: () => tokenHints.rewritten })
    const bearer = readBearer(values)
    if (bearer instanceof Refusal) return bearer
    const bound = bearer === noToken && this.policy.proofAlgorithms !== undefined
    const credential = bound ? readDpop(values) : bearer
    if (credential === noToken) return optional ? undefined : refuse('token_missing')
    const known = this.#recall(credential)
    if (known !== undefined) return this.#admit(known, bound, call)
    const token = decodeToken(credential, this.#headers)
    if (token instanceof Refusal) return undecodable(token, credential, optional)
    return andThen(this.#verify(token, optional), (found) => {
      if (found === undefined) return undefined
      if (found instanceof Refusal) {
        found.token = token
        return found
      }
      return andThen(this.#admit(found, bound, call), (outcome) => {
        if (outcome === found.identity) this.#cache?.set(found)
        return outcome
      })
    })
  }

  /** Asks of a verified token what is asked at each sight of it. */
  #admit({ identity, station, text, bound }: Remembered, asBound: boolean, call: Call): Awaitable<Outcome> {
    const { extension } = station
    // RFC 9449 §7.1: a bound token is not taken as a bearer token, nor a bearer token as a bound one.
    if (bound !== asBound) return refuse('scheme_mismatch', { workload: identity })
    if (bound && extension?.proofAlgorithms === undefined) return refuse('claims_invalid', { claim: 'cnf' })
    if (extension === undefined) return authorize(identity, station, call)
    const request = call.request && (() => (call.request as CallRequest).facts())
    return andThen(extension.check({ identity, text, bound, request }, this.policy), (refusal) =>
      refusal === undefined ? authorize(identity, station, call) : refusal,
    )
  }

  /** A token seen for the first time; `undefined` for one that is not ours to judge. */
  #verify(token: Token, optional: boolean): Awaitable<Remembered | Refusal | undefined> {
    const station = this.#stations.get(token.claims.iss)
    if (station === undefined) return optional ? undefined : this.#untrusted(token)
    const audience = this.#beforeSignature(token, station)
    if (audience instanceof Refusal) return audience
    const key = station.keys.find(token)
    return isPromise(key)
      ? key.then((found) => this.#withKey(token, station, audience, found))
      : this.#withKey(token, station, audience, key)
  }

  /** A token seen before that still stands: its dates are right, and the very key that verified it may be used. */
  #recall(text: string): Remembered | undefined {
    const known = this.#cache?.get(text)
    if (known === undefined) return undefined
    const { clock, clockTolerance, cache } = this.policy
    const { claims, station, key, since } = known
    const now = clock.now() / 1000
    const stands =
      checkDates(claims, now, clockTolerance) === undefined &&
      checkAge(claims, now, station, clockTolerance) === undefined &&
      // A clock that was set back tells no age.
      Math.abs(now - since) <= (cache?.maxAge ?? 0) &&
      station.keys.isCurrent(key)
    if (stands) return known
    this.#cache?.delete(known)
    return undefined
  }

  #untrusted({ claims }: Token): Refusal {
    return refuse('issuer_untrusted', { hint: () => hintOnIssuer(claims, this.policy.issuers) })
  }

  /** What may be refused on unverified bytes, so that it costs neither a key nor a signature: by code only, with nothing of the token in it. */
  #beforeSignature({ header, claims }: Token, station: Station): string | Refusal {
    const { clock, clockTolerance } = this.policy
    const wrong = checkHeader(header, station.table.table) ?? checkDates(claims, clock.now() / 1000, clockTolerance)
    return wrong ?? checkAudience(claims, station.audienceRules)
  }

  #withKey(token: Token, station: Station, audience: string, key: PublishedKey | Refusal): Awaitable<Found> {
    if (key instanceof Refusal) return key
    return andThen(checkSignature(token, key), (refusal) =>
      refusal === undefined
        ? this.#verified(token, station, audience, key)
        : this.#tryAgain(token, station, audience, key, refusal),
    )
  }

  /** Some issuers give a new key an old name: a bad signature is worth one look at what is published now. */
  async #tryAgain(
    token: Token,
    station: Station,
    audience: string,
    tried: PublishedKey,
    refusal: Refusal,
  ): Promise<Found> {
    if (refusal.code !== 'signature_invalid') return refusal
    const other = await station.keys.refetch(token, tried)
    if (other === undefined) return refusal
    return (await checkSignature(token, other)) ?? this.#verified(token, station, audience, other)
  }

  /** What is checked of a token whose signature is right. */
  #verified(token: Token, station: Station, audience: string, key: PublishedKey): Found {
    const { clock, clockTolerance } = this.policy
    const { text } = token
    const claims = freezeClaims(token.claims)
    const now = clock.now() / 1000
    const wrong = checkAge(claims, now, station, clockTolerance)
    if (wrong !== undefined) return wrong
    const identity = buildIdentity(token, audience, station.provenance, this.policy.fault)
    if (identity instanceof Refusal) return identity
    this.#headers.keep(token)
    return { text, claims, station, key, identity, since: now, bound: Object.hasOwn(claims, 'cnf') }
  }

  #emit(outcome: Outcome, call: Call): Outcome {
    if (!(outcome instanceof Refusal)) return outcome
    return emitRefused(call, outcome, { layer: outcome.context.workload === undefined ? 'token' : 'trust' })
  }
}
