/**
 * Rules as values: opaque to their users, compiled for evaluation, and JSON in documents. Only
 * providers make them.
 */

import type { CompiledTable } from '../table/compile-table.ts'
import type { Operator } from '../model/verdict.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'
import type { OneTimeUse } from '../model/one-time-claim.ts'
import type { IssuerExtension } from './issuer-extension.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'

declare const workload: unique symbol
declare const data: unique symbol

/**
 * A rule as JSON: provider, issuer and the conditions, in the shape of the identity. `parseRule`
 * reads it back.
 */
export interface RuleJson {
  /** The id of the provider, such as `'gitlab'`. */
  readonly provider: string
  /** The issuer or issuers, as in `iss`. */
  readonly issuer: string | readonly string[]
  /**
   * The settings of the rule, and how often it admits a token: `oneTime` is `true` or the options
   * of `oneTime()`. Default: none.
   */
  readonly settings?: RuleSettings & {
    /** `true`, or the options of `oneTime()`. Default: a token may be used again. */
    readonly oneTime?: true | OneTimeOptions
  }
  /** The conditions, by the name of the field. */
  readonly [condition: string]: unknown
}

/** What all kinds of rules have. */
interface Kind<E extends string, out W, out D = unknown> {
  /** Distinguishes the kinds of rules. */
  readonly effect: E
  /** Only for the type checker: the workload that the rule is for. Never set. */
  readonly [workload]?: W
  /** Only for the type checker: the data that the rule carries. Never set. */
  readonly [data]?: D
}

/**
 * A trust rule, made by calling a provider. It is bound to its issuer, so claims of another
 * provider cannot satisfy it.
 */
export interface TrustRule<out W = AnyWorkload, out D = unknown> extends Kind<'allow', W, D> {
  /**
   * The rule as JSON.
   *
   * @throws {TypeError} for a rule with code, which JSON would lose; also for `serviceTokens()`,
   * `viaExchange()` and `notExchanged()`.
   */
  toJSON(): RuleJson
}

/** A deny rule, made by `provider.deny()`, for the `deny` option only. */
export interface DenyRule<out W = AnyWorkload> extends Kind<'deny', W> {
  /**
   * The rule as JSON, marked as a deny rule.
   *
   * @throws {TypeError} for a rule with code, which JSON would lose.
   */
  toJSON(): RuleJson
}

/** A look-up of stored rules, made by `provider.lookup()`, for the `trust` option only. */
export interface TrustLookup<out W = AnyWorkload, out D = unknown> extends Kind<'lookup', W, D> {}

/** Issuers that are found at run time, made by `tenantIssuers()`, for the `trust` option only. */
export interface TenantIssuers<out W = AnyWorkload, out D = unknown> extends Kind<'issuers', W, D> {}

/** A rule that reports instead of enforcing, made by `reportOnly()`, for routes only. */
export interface ReportOnlyRule<out W = AnyWorkload, out D = unknown> extends Kind<'report', W, D> {}

/** A live handle on a named set of rules, made by a policy, for routes only. */
export interface RuleSet<out W = AnyWorkload> extends Kind<'set', W> {
  /** The name of the set in its policy. */
  readonly name: string
}

/** A rule that `requireWorkload` and `guard` take. */
export type RouteRule<W = AnyWorkload> = TrustRule<W> | ReportOnlyRule<W> | RuleSet<W>

/** One check of a rule. */
export interface RuleCheck {
  /** The field or claim, as verdicts show it. */
  readonly field: string
  /** How the check compares. */
  readonly operator: Operator
  /** The condition as JSON. */
  readonly expected: unknown
  /** Whether the check is part of what ties the rule to its tenant. Default `false`. */
  readonly pin?: boolean
  /**
   * Whether a report-only rule does not enforce the check. It enforces pins, events and other marks
   * of untrusted runs, and the rule's settings. Default `false`.
   */
  readonly onlyReported?: boolean
  /**
   * The values that an equality accepts, in lower case where letter case does not count. The index
   * finds rules by them. Default: none, so the index skips this check.
   */
  readonly keys?: ReadonlySet<unknown>
  /** Whether letter case does not count. Default `false`. */
  readonly foldCase?: boolean
  /**
   * Set for a claim that the provider's table does not list: it is unknown who chooses its value.
   */
  readonly unlisted?: true
  /** Set where the result depends on the issuer only. */
  readonly ofIssuer?: true
  /** Set where the result depends on the time, so verdicts cannot be cached. */
  readonly timed?: true
  /** The function that decides, for a `where`. */
  readonly code?: (...args: never[]) => unknown
  /** Reads the value to check; `now` is in seconds since 1970. */
  readonly read: (token: VerifiedToken, now: number) => unknown
  /** Whether the value passes. `tolerance` is the clock skew to allow: seconds. */
  readonly passes: (actual: unknown, tolerance?: number) => boolean
}

/** The unit and the purpose of one-time use. */
export interface OneTimeOptions {
  /**
   * The purpose, 1 to 100 characters: uses for different purposes count separately. A constant of
   * the program, never from the request. Default: all rules without a scope share one.
   */
  readonly scope?: string
  /**
   * `'token'` admits each token once. `'run'` admits each run of the CI system once, whichever of
   * its tokens it sends: for platforms that give a job one token for its whole life, or as many as
   * it requests. A token that names no run is then refused, with a hint on how the job gets one
   * that does. Default `'token'`.
   */
  readonly per?: 'token' | 'run'
}

/** The compiled form of a rule, which is evaluated. */
export interface CompiledRule {
  /** What the rule does with the workloads that it matches. */
  readonly effect: 'allow' | 'deny'
  /** The table of the rule's provider. */
  readonly table: CompiledTable
  /**
   * The issuers of the rule. `undefined` for a rule on every issuer that the verifier trusts with
   * this provider: a deny rule for all tenants, or `viaExchange()`.
   */
  readonly issuers: readonly string[] | undefined
  /**
   * The objects by which an application knows the rule: first itself, then the rules that it was
   * made from, and the look-up or function that found it.
   */
  readonly origins: readonly object[]
  /** The checks; all must pass. */
  readonly checks: readonly RuleCheck[]
  /**
   * Those of them that verification has not made for every token of the issuer, in `trust`.
   * Default: all.
   */
  readonly undecided?: readonly RuleCheck[] | undefined
  /** The settings of the rule. */
  readonly settings: RuleSettings
  /** Whether an immutable id pins the rule, or an issuer that belongs to one tenant. */
  readonly pinnedById: boolean
  /** Whether the rule has the condition `anyEvent()`. */
  readonly anyEvent: boolean
  /** The one-time use that the rule claims; `undefined` where it admits any number of uses. */
  readonly once: OneTimeUse | undefined
  /** The options of `.at()`; `undefined` for a provider without them. */
  readonly source: IssuerOptions | undefined
  /** The rule on the job behind a service token, for `viaExchange()`. */
  readonly job?: CompiledRule
  /** Additional checks on the issuer's tokens; absent for CI systems. */
  readonly extension?: IssuerExtension
  /** Warnings for the verifier that uses the rule. */
  readonly warnings: readonly string[]
  /** The rule as JSON; `undefined` for a rule that JSON cannot express. */
  readonly json: RuleJson | undefined
}

/** The provider that makes a rule: its table, and how the issuers follow from the conditions. */
export interface Binding {
  /** The table of the provider. */
  readonly table: CompiledTable
  /** The options of `.at()`; `undefined` for a provider without them. */
  readonly source: IssuerOptions | undefined
  /** The issuers that the conditions select; `undefined` for all issuers of the provider. */
  issuers(conditions: Readonly<Record<string, unknown>>): readonly string[] | undefined
}

/**
 * Settings of a rule: which tokens it accepts, and what it carries. A rule matches only tokens that
 * meet them.
 */
export interface RuleSettings<D = unknown> {
  /** The audiences that this rule accepts, for its issuer only. Default: those of the verifier. */
  readonly audience?: string | readonly string[]
  /**
   * Accepts tokens that name other audiences next to ours: each of those audiences can replay the
   * token to this API. Default: such tokens are refused.
   */
  readonly multipleAudiences?: true
  /**
   * The maximum age of a token: seconds since `iat`, 1 to 86400. Default: the provider's limit, if
   * it has one.
   */
  readonly maxTokenAge?: number
  /**
   * The maximum lifetime of a token: seconds from `iat` to `exp`, 1 to 604800. Default: the
   * provider's limit, else 86400.
   */
  readonly maxLifetime?: number
  /**
   * Acknowledges that the platform gives every token the same audience: each service that a job
   * calls can call this API with the job's token. Rules in `trust` for such a platform must set it.
   * Default: not acknowledged.
   */
  readonly sharedAudience?: 'accepted'
  /**
   * Admits any workload of a self-hosted server, such as a cluster or a CI server. Only for rules
   * on such servers that have no pin. Default: a rule needs a pin.
   */
  readonly anyWorkload?: true
  /**
   * What the application knows of the workloads that the rule admits, such as the id of their
   * project; `getMatched()` reads it. Plain data, as in JSON. It decides nothing, and no answer
   * shows it. Default: none.
   */
  readonly data?: D
}
