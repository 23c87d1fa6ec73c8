/** A provider's table: the facts about a CI system that everything else about it follows from. */

import type { ClaimsOf, ClaimRows, RequiredClaims } from './claim-rows.ts'
import type { RegisteredClaims } from '../model/token.ts'
import type { ValueShape } from '../model/value-shape.ts'

/** Where a field comes from: a claim's name, a path into nested claims, or a pure function of the claims. */
export type FieldSource<C> =
  string | readonly string[] | ((claims: ClaimsOf<C> & RegisteredClaims) => string | undefined)

/** What a provider's table says, as everything but its types sees it. */
export interface ProviderTable {
  readonly id: string
  readonly title: string
  /** The issuer, or a template with one tenant field in braces; without it only `.at(issuer)` exists. */
  readonly issuer?: string
  /** What exact values of a field look like; the tenant of an issuer template needs one. */
  readonly shapes?: Readonly<Record<string, ValueShape>>
  /** Signature algorithms of the issuer: RFC 7518 §3.1 names, asymmetric ones only. */
  readonly algorithms: readonly string[]
  /** The `typ` of the issuer's tokens, such as `'at+jwt'` (RFC 9068), then required. Default: `JWT`, which may be missing. */
  readonly tokenType?: string
  readonly claims: ClaimRows
  /** The claims without which a token is refused, each with its reason; default: none. Only the rule that names another one fails. */
  readonly requiredClaims?: RequiredClaims
  readonly identity: Readonly<Record<string, FieldSource<never>>>
  /** Tenant-level fields, of which every rule must pin one; empty only where an issuer belongs to one tenant. On a server of one's own: what tells one team's workloads from another's. */
  readonly pins: readonly string[]
  /** Events that only somebody with write access can fire and that run code of the ref they name. */
  readonly trustedEvents?: readonly string[]
  /**
   * Claims that prove nothing, since a stranger, any author of a workflow, or the job itself can choose them: to show, not to
   * authorize by. A nested claim is named by its path.
   */
  readonly attackerControlled?: readonly (string | readonly string[])[]
  /** Fields that mark a run as not ordinary when they are there (or `true`). */
  readonly untrustedWhen?: readonly string[]
  /** Fields that mean nothing without another: field to the one, or any of the ones, it needs. */
  readonly requires?: Readonly<Record<string, string | readonly string[]>>
  /** Audiences the platform gives by default: exact, or with `*` in a segment; `{issuer}` and its `{origin}` stand for themselves, other braces for a tenant field. */
  readonly defaultAudiences?: readonly string[]
  /**
   * The default audience of the token with these claims, where the platform adds it to the audiences that a job asks for. It does
   * not count as a second one then. It must name the tenant of the token, so that no other tenant's receiver can replay the token.
   */
  readonly appendedAudience?: (claims: never) => string | undefined
  /** The audience of every token, where jobs cannot choose one: a trust rule then states `audience` and `replay`. */
  readonly fixedAudience?: FixedAudience
  /** Seconds from `iat` to `exp`. */
  readonly lifetime?: Lifetime
  /**
   * Versions that a server of one's own needs, each with what can be forged below it; default: no hole is
   * known. Pages of providers, `suggestionNotes()` and lint show them.
   */
  readonly minimumVersion?: MinimumVersion | readonly MinimumVersion[]
  /** Other tokens that the issuer signs. The operator's hook names their kind; default: none is known. */
  readonly otherTokens?: readonly OtherToken[]
  /** Hosts beside the issuer's own that its discovery document may name for the keys. */
  readonly keyHosts?: readonly string[]
  /** Common fields that the platform cannot prove, and what to write instead. */
  readonly unsupported?: Readonly<Record<string, string>>
  /** Fields of the table's own that a rule about one job names, beside its pins: for `suggestRule`. */
  readonly suggestedFields?: readonly string[]
  /** Fields that are there only where the job asks for them, and how it does. */
  readonly optInClaims?: Readonly<Record<string, string>>
  /** Names a claim that contradicts the others; such a token is refused. */
  readonly validate?: (claims: never) => string | undefined
}

/** An audience that proves nothing about the receiver, since each has the same. */
export interface FixedAudience {
  /** Exact; `{issuer}`, its `{origin}` and its `{host}` stand for themselves. `undefined` where each tenant has another one. */
  readonly audience?: string
  /** The oldest token that is taken unless a rule says otherwise: seconds since `iat`. */
  readonly maxTokenAge: number
}

/** How long tokens live, in seconds. */
export interface Lifetime {
  /** What the platform gives where nothing else is asked for. */
  readonly usual?: number
  /** The most that is taken unless a rule sets `maxLifetime`. Default 86400. */
  readonly max?: number
}

/**
 * A version that a server of one's own needs. Tokens do not name the version of their server, so nothing is
 * checked at request time.
 */
export interface MinimumVersion {
  /** The product and its first versions without the hole: `'GitLab 18.2.2, 18.1.4 or 18.0.6'`. */
  readonly version: string
  /** What can be forged below it: one sentence, with its full stop. */
  readonly reason: string
  /** Where the vendor describes it: an https URL. */
  readonly advisory: string
}

/** A kind of token by the same issuer that names no job, and so is refused as `claims_invalid`. */
export interface OtherToken {
  /** The claim that gives it away: `sub`, or one of the table's. */
  readonly claim: string
  /**
   * What that claim looks like, with one `*` for any text: `'sc://*'`. Left out, the token lacks the claim, which
   * the table requires.
   */
  readonly like?: string
  /** For the operator, in whole sentences: what the token is, and what the job must do instead. */
  readonly hint: string
}
