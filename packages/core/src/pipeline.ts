/**
 * From header values to an identity, in the one order: header, token, issuer, cheap refusals, keys, signature, age, claims, identity, deny, trust. Nothing waits
 * where nothing has to: on a runtime that checks signatures at once, with keys at hand, the answer is there when the call returns.
 */

import { hintOnIssuer } from './answer/issuer-hint.ts'
import { hintOnCredential, tokenHints } from './answer/token-hints.ts'
import { Refusal, refuse } from './answer/refusal.ts'
import { emitRefused } from './answer/verdict-event.ts'
import type { Call, CallRequest } from './call.ts'
import { identify } from './identity/identity.ts'
import type { Provenance } from './identity/identity.ts'
import type { AnyWorkload } from './identity/workload.ts'
import type { Policy } from './policy.ts'
import type { Outcome, Station } from './admission.ts'
import { admit } from './admission.ts'
import type { CompiledTable } from './provider/compiled-table.ts'
import { checkHolder } from './service/holder.ts'
import type { IssuerTerms } from './service/terms.ts'
import { isCredential, noToken, readBearer, readDpop } from './token/bearer.ts'
import { checkAge, checkAudience, checkDates, checkHeader } from './token/claims.ts'
import type { PublishedKey } from './token/key-set.ts'
import { HeaderMemory } from './token/header-memory.ts'
import { isRewritten } from './token/node-headers.ts'
import { checkSignature } from './token/signature.ts'
import type { Token } from './token/token.ts'
import { decodeToken, freezeClaims, looksLikeJwt } from './token/token.ts'
import { TokenCache } from './token/token-cache.ts'
import type { Maybe } from './util/maybe.ts'
import { chain, isPromise } from './util/maybe.ts'

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
  { originTable }: IssuerTerms,
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
    const provenance = (table: CompiledTable, terms?: IssuerTerms): Provenance => ({
      maker,
      table,
      now,
      tolerance: policy.clockTolerance,
      ...(terms && { originOf: originsBy(terms, provenance) }),
    })
    this.policy = policy
    this.#plainCall = { policy }
    this.#cache = policy.cache && new TokenCache(policy.cache)
    this.#stations = new Map(
      Array.from(policy.issuers, ([issuer, each]): [string, Station] => [
        issuer,
        { ...each, provenance: provenance(each.table, each.terms) },
      ]),
    )
  }

  /** The caller, or why there is none. The hook gets every outcome. */
  authenticate(
    values: readonly string[],
    optional: boolean = this.policy.optional,
    call: Call = this.#plainCall,
  ): Maybe<Outcome> {
    const outcome = this.#run(values, optional, call)
    return this.policy.observed ? chain(outcome, (settled) => this.#emit(settled, call)) : outcome
  }

  #run(values: readonly string[], optional: boolean, call: Call): Maybe<Outcome> {
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
    return chain(this.#verify(token, optional), (found) => {
      if (found === undefined) return undefined
      if (found instanceof Refusal) {
        found.token = token
        return found
      }
      return chain(this.#admit(found, bound, call), (outcome) => {
        if (outcome === found.identity) this.#cache?.set(found)
        return outcome
      })
    })
  }

  /** Asks of a verified token what is asked at each sight of it. */
  #admit({ identity, station, text, bound }: Remembered, asBound: boolean, call: Call): Maybe<Outcome> {
    if (!bound && !asBound && station.terms === undefined) return admit(identity, station, call)
    const ask = call.request && (() => (call.request as CallRequest).facts())
    return chain(checkHolder({ identity, text, bound, asBound, ask }, station.terms, this.policy), (refusal) =>
      refusal === undefined ? admit(identity, station, call) : refusal,
    )
  }

  /** A token seen for the first time; `undefined` for one that is not ours to judge. */
  #verify(token: Token, optional: boolean): Maybe<Remembered | Refusal | undefined> {
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
      station.keys.holds(key)
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

  #withKey(token: Token, station: Station, audience: string, key: PublishedKey | Refusal): Maybe<Found> {
    if (key instanceof Refusal) return key
    return chain(checkSignature(token, key), (refusal) =>
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
    const other = await station.keys.findAgain(token, tried)
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
    const identity = identify(token, audience, station.provenance, this.policy.fault)
    if (identity instanceof Refusal) return identity
    this.#headers.keep(token)
    return { text, claims, station, key, identity, since: now, bound: Object.hasOwn(claims, 'cnf') }
  }

  #emit(outcome: Outcome, call: Call): Outcome {
    if (!(outcome instanceof Refusal)) return outcome
    return emitRefused(call, outcome, { layer: outcome.context.workload === undefined ? 'token' : 'trust' })
  }
}
