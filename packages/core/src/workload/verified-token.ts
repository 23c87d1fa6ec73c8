/** Verified tokens: made at first sight, kept by the cache, and found by their identity. */

import type { FreshPeriod } from '../keys/key-source.ts'
import type { PublishedKey } from '../keys/published-key.ts'
import type { Refusal } from '../model/refusal.ts'
import type { UnverifiedClaims } from '../model/token.ts'
import type { Validity } from '../token/claims.ts'
import type { Verdict } from '../model/verdict.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { CompiledTable } from '../table/compile-table.ts'
import { recognize } from '../util/copies.ts'
import type { VerifiedParts } from './build-identity.ts'
import { buildIdentity } from './build-identity.ts'

/** The part of an issuer that decisions about its tokens need. */
export interface VerifyingIssuer {
  /** Identifies the verifier that trusts the issuer. */
  readonly verifier: object
  /** The table of the issuer's provider. */
  readonly table: CompiledTable
  /** The time of the verifier's clock: seconds since 1970. */
  now(): number
  /** Clock skew to allow: seconds, 0 to 300. */
  readonly tolerance: number
  /** Reads the job behind a service token. Default: tokens have none. */
  readonly readJob?: JobReader | undefined
}

/** The properties that all issuers of a verifier share. */
export type VerifierContext = Pick<VerifyingIssuer, 'verifier' | 'now' | 'tolerance'>

/** Reads the job behind a service token from its claim. */
export type JobReader = (job: unknown, fault: (message: string) => void) => VerifiedToken | Refusal

/** The parts of a token that passed every check. */
interface Verified<I> extends VerifiedParts {
  /** The token as sent; empty for the job behind a service token. */
  readonly text: string
  readonly issuer: I
  readonly job: VerifiedToken | undefined
}

/** How many verdicts a token keeps: enough for one verifier and the routes that a job calls. */
const maxVerdicts = 8

interface KeptVerdict {
  readonly by: object
  readonly verdict: Verdict
  before: KeptVerdict | undefined
}

/**
 * A base class whose constructor returns its argument: the private fields of subclasses are then
 * added to that object (ECMA-262 §7.3.27). No other code can read, copy or forge them, and a proxy
 * lacks them. Measured against a WeakMap: half the time for a request, 4 % less for a new token.
 *
 * Each use writes out a class. Classes made by one function would share an inline cache, and each
 * look-up would try the field names of the others.
 */
export const ReturnsArgument: new (object: object) => object = function (object: object) {
  return object
} as never

/** An identity with its verified token in a private field. */
class IdentityWithToken extends ReturnsArgument {
  readonly #token: VerifiedToken

  constructor(identity: object, token: VerifiedToken) {
    super(identity)
    this.#token = token
  }

  static tokenOf(identity: object): VerifiedToken | undefined {
    return #token in identity ? identity.#token : undefined
  }
}

/** A token that passed every check. */
export class VerifiedToken<I extends VerifyingIssuer = VerifyingIssuer> {
  /** The token as sent; empty for the job behind a service token. */
  readonly text: string
  /** The raw claims; frozen before anything outside of the package reads them. */
  readonly claims: UnverifiedClaims
  /** The issuer, as its verifier trusts it. */
  readonly issuer: I
  /** The audience of this API that it names. */
  readonly audience: string
  /** The fields of its table. */
  readonly fields: VerifiedParts['fields']
  /** The job behind a service token; `undefined` for every other token. */
  readonly job: VerifiedToken | undefined
  /** Whether the token is bound to a key, so that only the holder may present it (RFC 7800). */
  readonly bound: boolean
  #identity: AnyWorkload | undefined
  #last: KeptVerdict | undefined

  constructor({ text, claims, issuer, audience, fields, job }: Verified<I>) {
    this.text = text
    this.claims = claims
    this.issuer = issuer
    this.audience = audience
    this.fields = fields
    this.job = job
    this.bound = Object.hasOwn(claims, 'cnf')
  }

  /** The workload identity. Made when it is first read: rules read the fields. */
  get identity(): AnyWorkload {
    this.#identity ??= this.#makeIdentity()
    return this.#identity
  }

  #makeIdentity(): AnyWorkload {
    const identity = buildIdentity(this, this.issuer.table)
    // Frozen after the field is added: a frozen object takes none.
    return Object.freeze(new IdentityWithToken(identity, this)) as unknown as AnyWorkload
  }

  /** The verdict of a rule list, if it is kept. */
  verdictOf(by: object): Verdict | undefined {
    let kept = this.#last
    while (kept !== undefined && kept.by !== by) kept = kept.before
    return kept?.verdict
  }

  /** Keeps the verdict of a rule list; drops the oldest of more than eight. */
  keepVerdict(by: object, verdict: Verdict): void {
    this.#last = { by, verdict, before: this.#last }
    let oldest: KeptVerdict | undefined = this.#last
    for (let count = 1; count < maxVerdicts; count++) oldest = oldest?.before
    if (oldest !== undefined) oldest.before = undefined
  }
}

/** A verified token in the cache, with what each later use is checked against. */
export interface CachedToken<I extends VerifyingIssuer> {
  /** The token as sent: the cache compares all of it. */
  readonly text: string
  /** The verified token. */
  readonly token: VerifiedToken<I>
  /** The key that verified it. */
  readonly key: PublishedKey
  /** When the token may be used. */
  readonly validity: Validity
  /** When the token was verified: seconds since 1970. */
  readonly verifiedAt: number
  /** The period of the keys with which the key was last current. */
  fresh: FreshPeriod | undefined
}

/** The verified token of an identity; `undefined` for values that no verifier made. */
export function verifiedTokenOf(identity: unknown): VerifiedToken | undefined {
  return typeof identity === 'object' && identity !== null ? IdentityWithToken.tokenOf(identity) : undefined
}

recognize((value) => verifiedTokenOf(value) !== undefined)

/** The job behind a service token; `undefined` for every other identity. */
export function jobOf(identity: AnyWorkload): AnyWorkload | undefined {
  return verifiedTokenOf(identity)?.job?.identity
}

/** The signed part of the token that an identity was made from. */
export function signedTextOf(identity: AnyWorkload): string {
  const text = verifiedTokenOf(identity)?.text ?? ''
  return text.slice(0, text.lastIndexOf('.'))
}
