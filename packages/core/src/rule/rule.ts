/** Rules as values: opaque to everybody, compiled for the deciding code, and JSON for documents. Only a provider makes one. */

import type { CompiledTable } from '../table/compile-table.ts'
import type { Operator } from '../model/verdict.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'
import type { OneTimeClaim } from '../model/one-time-claim.ts'
import type { IssuerExtension } from './issuer-extension.ts'
import type { AnyWorkload } from '../model/workload.ts'

declare const workload: unique symbol

/** A rule as JSON: provider, issuer and the conditions, in the shape of the identity. `parseRule` reads it back. */
export interface RuleJson {
  readonly provider: string
  readonly issuer: string | readonly string[]
  readonly settings?: RuleSettings
  readonly [condition: string]: unknown
}

/** A trust rule, made by calling a provider; it carries its issuer, so that no other provider's claim can satisfy it. */
export interface TrustRule<out W = AnyWorkload> {
  readonly effect: 'allow'
  readonly [workload]?: W
  /** The rule as JSON. Throws a `TypeError` when it has code in it, which would be lost. */
  toJSON(): RuleJson
}

/** A deny rule, made by `provider.deny()`, for the `deny` option only. */
export interface DenyRule<out W = AnyWorkload> {
  readonly effect: 'deny'
  readonly [workload]?: W
  /** The rule as JSON, marked as one that denies. Throws a `TypeError` when it has code in it. */
  toJSON(): RuleJson
}

/** A look-up of stored rules, made by `provider.lookup()`, for the `trust` option only. */
export interface TrustLookup<out W = AnyWorkload> {
  readonly effect: 'lookup'
  readonly [workload]?: W
}

/** A rule that reports and does not enforce, made by `reportOnly()`, for routes only. */
export interface ReportOnlyRule<out W = AnyWorkload> {
  readonly effect: 'report'
  readonly [workload]?: W
}

/** A live handle on a named set of rules, made by a policy, for routes only. */
export interface RuleSet<out W = AnyWorkload> {
  readonly effect: 'set'
  readonly name: string
  readonly [workload]?: W
}

/** A rule that admits a token once, made by `oneTime()`, for routes only. */
export interface OneTimeRule<out W = AnyWorkload> {
  readonly effect: 'once'
  readonly [workload]?: W
}

/** What a route may be guarded by. */
export type RouteRule<W = AnyWorkload> = TrustRule<W> | ReportOnlyRule<W> | OneTimeRule<W> | RuleSet<W>

/** One thing a rule demands. */
export interface RuleCheck {
  readonly field: string
  readonly operator: Operator
  readonly expected: unknown
  /** Part of what ties the rule to its tenant. */
  readonly pin: boolean
  /** Holds even where a rule only reports: pins, events and other unusual runs, and the rule's settings. */
  readonly enforcedInReportOnly: boolean
  /** What an equality compares with, letter case folded where it does not count: rules are found by it. */
  readonly keys?: ReadonlySet<unknown>
  /** Whether letter case does not count. */
  readonly foldCase?: boolean
  /** On a claim that the provider's table does not list: who chooses its value is not known. */
  readonly unlisted?: true
  /** Depends on the time, and so may answer otherwise a moment later. */
  readonly timed?: true
  /** The code that decides, where it is code. */
  readonly code?: (...args: never[]) => unknown
  readonly read: (identity: AnyWorkload, now: number) => unknown
  /** `tolerance` is by how many seconds clocks may differ. */
  readonly passes: (actual: unknown, tolerance?: number) => boolean
}

/** A rule as the deciding code sees it. */
export interface CompiledRule {
  readonly effect: 'allow' | 'deny'
  readonly table: CompiledTable
  /** Issuers the rule holds for; `undefined` for a rule that holds for each that the verifier trusts with its provider: a deny rule for all tenants, `viaExchange()`. */
  readonly issuers: readonly string[] | undefined
  readonly checks: readonly RuleCheck[]
  readonly settings: RuleSettings
  /** Pinned by an immutable id, or bound to an issuer that is the tenant. */
  readonly pinnedById: boolean
  readonly anyEvent: boolean
  /** Admits once, and for what; `undefined` where a token is good for any number of uses. */
  readonly once: OneTimeClaim | undefined
  readonly source: IssuerOptions | undefined
  /** The rule about the job behind a service token, for `viaExchange()`. */
  readonly origin?: CompiledRule
  /** More checks on the issuer's tokens; absent for CI systems. */
  readonly extension?: IssuerExtension
  readonly warnings: readonly string[]
  readonly json: RuleJson | undefined
}

/** Where a rule is bound: the issuer's options and how the issuer follows from the conditions. */
export interface Binding {
  readonly table: CompiledTable
  readonly source: IssuerOptions | undefined
  issuers(conditions: Readonly<Record<string, unknown>>): readonly string[] | undefined
}

/** A rule with settings matches only tokens that meet them. */
export interface RuleSettings {
  /** The audience(s) of tokens this rule takes, for its issuer only, instead of the verifier's. */
  readonly audience?: string | readonly string[]
  /** Takes tokens that name several audiences, of which ours is one: each of the others can replay the token to us. */
  readonly multipleAudiences?: true
  /** The oldest token this rule takes: seconds since `iat`, 1 to 86400. */
  readonly maxTokenAge?: number
  /** The longest life of a token this rule takes: seconds from `iat` to `exp`, 1 to 604800. Default 86400. */
  readonly maxLifetime?: number
  /**
   * What becomes of a token that is used again: `'once'` refuses it (the verifier needs a `replay` store), `'accepted'` says that it is known, where a platform gives the
   * same audience to every token, so that each service a job calls can call here with the job's token. Such platforms' rules in `trust` must say one of the two.
   */
  readonly replay?: 'once' | 'accepted'
  /** Admits any workload of a server of one's own: a cluster, a CI server. For rules without a pin, of such servers only. */
  readonly anyWorkload?: true
}
