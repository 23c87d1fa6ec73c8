/** A verified token: made when the token is first seen, kept by the cache, and known to its identity. */

import { ReturnsArgument } from '../util/returns-argument.ts'
import type { PublishedKey } from '../keys/published-key.ts'
import type { UnverifiedClaims } from '../model/token.ts'
import type { Validity } from '../token/claims.ts'
import type { Verdict } from '../model/verdict.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { CompiledTable } from '../table/compile-table.ts'
import { recognize } from '../util/copies.ts'

/** What deciding about a token needs to know of its issuer. */
export interface VerifyingIssuer {
  /** Stands for the verifier that trusts the issuer. */
  readonly verifier: object
  readonly table: CompiledTable
  /** Seconds since 1970, by the verifier's clock. */
  now(): number
  /** Seconds by which clocks may differ. */
  readonly tolerance: number
  /** Where the issuer's tokens represent jobs of others: the issuers of those jobs. */
  readonly issuerOfJob?: ((issuer: string) => VerifyingIssuer | undefined) | undefined
}

/** What a token is made of once every check has passed. */
interface Verified<I> {
  /** The token as it was sent; empty for the job behind a service token. */
  readonly text: string
  readonly claims: UnverifiedClaims
  readonly issuer: I
  readonly identity: AnyWorkload
}

/** The verdicts of the last eight rule lists: one verifier's, and those of the routes that the caller uses. */
const maxVerdicts = 8

interface KeptVerdict {
  readonly by: object
  readonly verdict: Verdict
  before: KeptVerdict | undefined
}

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
  readonly text: string
  readonly claims: UnverifiedClaims
  readonly issuer: I
  readonly identity: AnyWorkload
  /** Whether only the holder of a key may present it (RFC 7800). */
  readonly bound: boolean
  #last: KeptVerdict | undefined

  constructor({ text, claims, issuer, identity }: Verified<I>) {
    this.text = text
    this.claims = claims
    this.issuer = issuer
    this.bound = Object.hasOwn(claims, 'cnf')
    // Frozen after the field is added: a frozen object takes none.
    this.identity = Object.freeze(new IdentityWithToken(identity, this)) as unknown as AnyWorkload
  }

  /** The verdict that a rule list gave on it before. */
  verdictOf(by: object): Verdict | undefined {
    let kept = this.#last
    while (kept !== undefined && kept.by !== by) kept = kept.before
    return kept?.verdict
  }

  /** Keeps the verdict of a rule list; the oldest goes first. */
  keepVerdict(by: object, verdict: Verdict): void {
    this.#last = { by, verdict, before: this.#last }
    let oldest: KeptVerdict | undefined = this.#last
    for (let count = 1; count < maxVerdicts; count++) oldest = oldest?.before
    if (oldest !== undefined) oldest.before = undefined
  }
}

/** A verified token in the cache, with what each later use of it is checked against. */
export interface CachedToken<I extends VerifyingIssuer> {
  readonly text: string
  readonly token: VerifiedToken<I>
  /** The key that verified it. */
  readonly key: PublishedKey
  readonly validity: Validity
  /** When it was verified, in seconds since 1970. */
  readonly verifiedAt: number
}

/** The verified token of an identity; `undefined` for every object that no verifier made. */
export function verifiedTokenOf(identity: unknown): VerifiedToken | undefined {
  return typeof identity === 'object' && identity !== null ? IdentityWithToken.tokenOf(identity) : undefined
}

recognize((value) => verifiedTokenOf(value) !== undefined)

/** The job behind a service token; `undefined` for every other identity. */
export function jobOf(identity: AnyWorkload): AnyWorkload | undefined {
  return verifiedTokenOf(identity)?.issuer.issuerOfJob && (identity as { readonly origin?: AnyWorkload }).origin
}

/** The signed part of the token that an identity was made from. */
export function signedTextOf(identity: AnyWorkload): string {
  const text = verifiedTokenOf(identity)?.text ?? ''
  return text.slice(0, text.lastIndexOf('.'))
}
