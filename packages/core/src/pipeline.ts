/**
 * From header values to an identity, in the one order: header, token, issuer, cheap refusals, keys, signature, age, claims, identity, deny, trust. Nothing waits
 * where nothing has to: on a runtime that checks signatures at once, with keys at hand, the answer is there when the call returns.
 */

import { tokenHints, differsBySlash } from './answer/hints.ts'
import { Refusal, refuse } from './answer/refusal.ts'
import { identify } from './identity/identity.ts'
import type { Provenance } from './identity/identity.ts'
import type { AnyWorkload } from './identity/workload.ts'
import type { Policy } from './policy.ts'
import type { Outcome, Station } from './admission.ts'
import { admit } from './admission.ts'
import type { CompiledTable } from './provider/compiled-table.ts'
import { checkHolder } from './service/holder.ts'
import type { IssuerTerms, ProofRequest } from './service/terms.ts'
import { isCredential, noToken, readBearer, readDpop } from './token/bearer.ts'
import { checkAge, checkAudience, checkDates, checkHeader } from './token/claims.ts'
import type { PublishedKey } from './token/key-set.ts'
import { HeaderMemory } from './token/header-memory.ts'
import { checkSignature } from './token/signature.ts'
import type { Token } from './token/token.ts'
import { decodeToken, looksLikeJwt } from './token/token.ts'
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
  if (!isCredential(credential)) return refuse('request_malformed')
  return optional && !looksLikeJwt(credential) ? undefined : refusal
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
    this.#cache = policy.cache && new TokenCache(policy.cache)
    this.#stations = new Map(
      Array.from(policy.issuers, ([issuer, each]): [string, Station] => [
        issuer,
        { ...each, provenance: provenance(each.table, each.terms) },
      ]),
    )
  }

  /** The caller, or why there is none. Every outcome is told to the hook. `ask` tells of the request what a proof of possession is about. */
  authenticate(
    values: readonly string[],
    optional: boolean = this.policy.optional,
    ask?: () => ProofRequest,
  ): Maybe<Outcome> {
    const outcome = this.#run(values, optional, ask)
    return this.policy.observed ? chain(outcome, (settled) => this.#tell(settled)) : outcome
  }

  #run(values: readonly string[], optional: boolean, ask: (() => ProofRequest) | undefined): Maybe<Outcome> {
    const bearer = readBearer(values)
    if (bearer instanceof Refusal) return bearer
    const bound = bearer === noToken && this.policy.proofAlgorithms !== undefined
    const credential = bound ? readDpop(values) : bearer
    if (credential === noToken) return optional ? undefined : refuse('token_missing')
    const known = this.#recall(credential)
    if (known !== undefined) return this.#admit(known, bound, ask)
    return chain(this.#verify(credential, optional), (found) => {
      if (found === undefined || found instanceof Refusal) return found
      return chain(this.#admit(found, bound, ask), (outcome) => {
        if (outcome === found.identity) this.#cache?.set(found)
        return outcome
      })
    })
  }

  /** Asks of a verified token what is asked at each sight of it. */
  #admit({ identity, station, text, bound }: Remembered, asBound: boolean, ask?: () => ProofRequest): Maybe<Outcome> {
    const { policy } = this
    if (!bound && !asBound && station.terms === undefined) return admit(identity, station, policy)
    return chain(checkHolder({ identity, text, bound, asBound, ask }, station.terms, policy), (refusal) =>
      refusal === undefined ? admit(identity, station, policy) : refusal,
    )
  }

  /** A token seen for the first time; `undefined` for one that is not ours to judge. */
  #verify(credential: string, optional: boolean): Maybe<Remembered | Refusal | undefined> {
    const token = decodeToken(credential, this.#headers)
    if (token instanceof Refusal) return undecodable(token, credential, optional)
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
    const slash = (): boolean => [...this.#stations.keys()].some((issuer) => differsBySlash(issuer, [claims.iss]))
    return refuse('issuer_untrusted', { hint: () => (slash() ? tokenHints.issuerSlash : undefined) })
  }

  /** What may be refused on unverified bytes, so that it costs neither a key nor a signature: by code only, with nothing of the token in it. */
  #beforeSignature({ header, claims }: Token, station: Station): string | Refusal {
    const { clock, clockTolerance } = this.policy
    const wrong = checkHeader(header, station.table.table) ?? checkDates(claims, clock.now() / 1000, clockTolerance)
    return wrong ?? checkAudience(claims, station.audiences, station.multipleAudiences, station.isDefaultAudience)
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
    const { text, claims } = token
    const now = clock.now() / 1000
    const wrong = checkAge(claims, now, station, clockTolerance)
    if (wrong !== undefined) return wrong
    const identity = identify(token, audience, station.provenance, this.policy.warn)
    if (identity instanceof Refusal) return identity
    this.#headers.keep(token)
    return { text, claims, station, key, identity, since: now, bound: Object.hasOwn(claims, 'cnf') }
  }

  #tell(outcome: Outcome): Outcome {
    if (!(outcome instanceof Refusal)) return outcome
    const { workload, verdict, cause, claim = outcome.context.unverifiedClaim } = outcome.context
    const hint = outcome.context.hint?.()
    this.policy.onVerdict({
      layer: workload === undefined ? 'token' : 'trust',
      allowed: false,
      code: outcome.code,
      ...(workload === undefined ? {} : { workload }),
      ...(verdict === undefined ? {} : { verdict }),
      ...(claim === undefined ? {} : { claim }),
      ...(hint === undefined ? {} : { hint }),
      ...(cause === undefined ? {} : { cause }),
    })
    return outcome
  }
}
