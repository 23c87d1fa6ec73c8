/** A provider's table: the facts about a CI system from which everything else about it follows. */

import type { ClaimRows, RequiredClaims } from './claim-rows.ts'
import type { Shape } from '../model/value-shape.ts'

/** The table of a provider, in the form that the run-time checks use. */
export interface ProviderTable {
  /** The value of `workload.provider`, such as `'gitlab'`. */
  readonly id: string
  /** The name for people, such as `'GitLab'`. */
  readonly title: string
  /**
   * The issuer, or a template with one tenant field in braces. Default: none, so that only
   * `.at(issuer)` makes rules.
   */
  readonly issuer?: string
  /**
   * The forms of the subject. The named groups are fields of the identity, for `fromSubject()` and
   * for messages. A subject that fits none is by a template of the owner.
   * Default: subjects are not interpreted.
   */
  readonly subjectForms?: readonly RegExp[]
  /**
   * The shapes of fields: a rule on a value or pattern of another shape is a `TypeError`. The
   * tenant field of an issuer template needs one. Default: any text; `branch` and `tag` are short.
   */
  readonly shapes?: Readonly<Record<string, Shape>>
  /**
   * Beginnings of branches that the platform creates, each with the field that such runs have
   * instead of `branch`. Default: none.
   */
  readonly temporaryBranches?: Readonly<Record<string, string>>
  /** What the issuers of self-hosted servers look like. Default: any URL. */
  readonly serverIssuer?: ServerIssuer
  /**
   * The issuer's signature algorithms, by their names in RFC 7518 §3.1 and RFC 8037; asymmetric
   * ones only.
   */
  readonly algorithms: readonly string[]
  /**
   * The required `typ` of the issuer's tokens, such as `'at+jwt'` (RFC 9068). Default: `JWT`, which
   * may be missing.
   */
  readonly tokenType?: string
  /** The claims of a token, each with its row. */
  readonly claims: ClaimRows
  /**
   * The claims without which a token is refused, each with the reason. Default: none. A missing
   * claim that is not listed fails only the rules that name it.
   */
  readonly requiredClaims?: RequiredClaims
  /**
   * The fields of the identity, each with its source: the name of a claim, a path into nested
   * claims, or a pure function of the claims.
   */
  readonly identity: Readonly<Record<string, string | readonly string[] | ((claims: never) => string | undefined)>>
  /**
   * Tenant-level fields, of which every rule must pin one. On a self-hosted server, they separate
   * the workloads of teams. Empty only where each issuer belongs to one tenant.
   */
  readonly pins: readonly string[]
  /** Events that need write access and run the code of the ref that they name. */
  readonly trustedEvents?: readonly string[]
  /**
   * Claims that prove nothing, since an outsider, any author of a workflow, or the job itself can
   * choose them. Show them, but do not authorize by them. A nested claim is named by its path.
   */
  readonly attackerControlled?: readonly (string | readonly string[])[]
  /** Fields that mark a run as untrusted when they are present (or `true`). */
  readonly untrustedWhen?: readonly string[]
  /**
   * Fields that mean nothing without another field: each with the one that it needs, or with
   * several of which one is enough.
   */
  readonly requires?: Readonly<Record<string, string | readonly string[]>>
  /**
   * Audiences that the platform gives by default: exact, or with `*` in a segment. `{issuer}`,
   * `{origin}` and `{host}` stand for the issuer and its parts, other braces for a tenant field.
   */
  readonly defaultAudiences?: readonly string[]
  /**
   * The default audience of the token with these claims, where the platform adds it to the
   * audiences that a job asks for. It then does not count as a second audience. It must name the
   * tenant of the token, so that receivers of other tenants cannot replay the token.
   */
  readonly appendedAudience?: (claims: never) => string | undefined
  /**
   * The audience of every token, where jobs cannot choose one. A trust rule must then state
   * `audience` and `sharedAudience`.
   */
  readonly fixedAudience?: FixedAudience
  /** The lifetime of tokens: seconds from `iat` to `exp`. */
  readonly lifetime?: Lifetime
  /**
   * Minimum versions for self-hosted servers, each with what can be forged below it. Default: none
   * known. The docs pages of providers, `suggestionNotes()` and lint show them.
   */
  readonly minimumVersion?: MinimumVersion | readonly MinimumVersion[]
  /**
   * Other kinds of tokens that the issuer signs. The `onVerdict` hook names their kind. Default:
   * none known.
   */
  readonly otherTokens?: readonly OtherToken[]
  /** Hosts other than the issuer's own that its discovery document may name for the keys. */
  readonly keyHosts?: readonly string[]
  /** Common fields that the platform cannot prove, and what to write instead. */
  readonly unsupported?: Readonly<Record<string, string>>
  /**
   * Fields of the table, in addition to its pins, that a rule about one job names: for
   * `suggestRule`.
   */
  readonly suggestedFields?: readonly string[]
  /** Fields that are present only where the job asks for them, and how it does. */
  readonly optInClaims?: Readonly<Record<string, string>>
  /**
   * Returns the name of a claim that contradicts the others, and so refuses the token; else
   * `undefined`.
   */
  readonly validate?: (claims: never) => string | undefined
}

/** An audience that all tokens share, so that it does not identify the receiver. */
export interface FixedAudience {
  /**
   * The exact audience; `{issuer}`, `{origin}` and `{host}` stand for the issuer and its parts.
   * `undefined` where each tenant has another one.
   */
  readonly audience?: string
  /** The maximum age of a token, unless a rule sets another: seconds since `iat`, 1 to 86400. */
  readonly maxTokenAge: number
}

/** The issuers of self-hosted servers. */
export interface ServerIssuer {
  /** The pattern of the issuer. */
  readonly pattern: RegExp
  /** What the issuer adds to the address of its server: `'/_services/token'`. */
  readonly path: string
}

/** How long tokens live. */
export interface Lifetime {
  /** The usual lifetime where a job asks for no other: seconds, 1 to 604800. */
  readonly usual?: number
  /**
   * The maximum lifetime that is taken unless a rule sets `maxLifetime`: seconds, 1 to 604800.
   * Default 86400.
   */
  readonly max?: number
}

/**
 * A version that a self-hosted server needs. Tokens do not name the version of their server, so
 * nothing is checked at request time.
 */
export interface MinimumVersion {
  /** The product and its first fixed versions: `'GitLab 18.2.2, 18.1.4 or 18.0.6'`. */
  readonly version: string
  /** What can be forged below that version: one sentence, with its full stop. */
  readonly reason: string
  /** The vendor's advisory: an https URL. */
  readonly advisory: string
}

/**
 * Another kind of token of the same issuer. It names no job, and so is refused as `claims_invalid`.
 */
export interface OtherToken {
  /** The claim that identifies the kind: `sub`, or one of the table's. */
  readonly claim: string
  /**
   * A pattern for that claim, with one `*` for any text: `'sc://*'`. Without it, the token lacks
   * the claim, which the table requires.
   */
  readonly like?: string
  /** For the operator, in whole sentences: the kind of token, and what the job must do instead. */
  readonly hint: string
}
