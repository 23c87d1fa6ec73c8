/** Providers, and the conditions of their rules. Types only. */

import type { Condition, AnyEvent, Exact, ExactCondition } from '../rule/condition.ts'
import type {
  DenyRule,
  ReportOnlyRule,
  RouteRule,
  RuleSettings,
  TenantIssuers,
  TrustLookup,
  TrustRule,
} from '../rule/rule.ts'
import type { RegisteredClaims } from '../model/token.ts'
import type { AnyWorkload, ReadOnlyField } from '../model/workload.ts'
import type { ProviderTable } from '../table/provider-table.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'
import type { Awaitable } from '../util/awaitable.ts'

type ExactField = 'subject' | 'ownerId' | 'repositoryId' | 'projectId' | 'pipelineId' | 'commit' | 'runId' | 'jobId'

// [V] keeps unions whole: a condition on a boolean covers both values.
type FieldCondition<K, V> = K extends ExactField
  ? ExactCondition<NonNullable<V>>
  : K extends 'event'
    ? Condition<NonNullable<V>> | AnyEvent
    : Condition<NonNullable<V>>

/**
 * Conditions on raw claims: names and values as issued, nested as the claims are. A claim that the
 * table does not list takes exact values.
 */
export type ClaimConditions<C> = {
  readonly [K in keyof C as K extends keyof RegisteredClaims ? never : K]?: ClaimCondition<NonNullable<C[K]>>
} & { readonly [K in keyof RegisteredClaims]?: never } & { readonly [claim: string]: AnyClaimCondition }

/**
 * Any condition on a claim. The index signature must also fit the listed claims, so that other
 * claims are checked at construction only.
 */
type AnyClaimCondition =
  | Condition<string>
  | Condition<number>
  | Condition<boolean>
  | { readonly [claim: string]: AnyClaimCondition }
  | undefined

type Plain = string | number | boolean

type ClaimCondition<V> = [V] extends [Plain | readonly Plain[]]
  ? Condition<V>
  : [V] extends [readonly unknown[]]
    ? never
    : ClaimConditions<V>

/**
 * Without `strictNullChecks`, optional fields look required, and the compiler would report
 * misleading errors.
 */
type StrictOnly<T> = [undefined] extends [string]
  ? 'jobpass needs strict: true, or at least strictNullChecks: true, in tsconfig.json'
  : T

/**
 * The conditions of a rule: the shape of the workload, with a condition for each value. All fields
 * must match; of a list, one value must. `Tenant` names the fields that choose a per-tenant issuer:
 * they are required and exact.
 */
export type Conditions<W, Tenant extends string = never> = StrictOnly<ConditionsOf<W, Tenant>>

type ConditionsOf<W, Tenant extends string> = {
  readonly [
    K in keyof W as K extends ReadOnlyField | Tenant ? never : [W[K]] extends [undefined] ? never : K
  ]?: FieldCondition<K, W[K]>
} & { readonly [K in Tenant]: Exact<string> } & {
  /** Conditions on raw claims, with names and values as issued. */
  readonly claims?: W extends { readonly claims: infer C } ? ClaimConditions<C> : never
  /** One more condition in code: synchronous; only exactly `true` matches. */
  readonly where?: (workload: W) => boolean
  /** Not a condition: it keeps workloads from passing as conditions. */
  readonly provider?: never
}

/**
 * Finds the stored rules of a verified caller's tenant. `undefined` or an empty list denies the
 * call; throwing, or taking longer than 5 s, is answered 503.
 */
export type Find<W, R extends TrustRule<W> = TrustRule<W>> = (workload: W) => Awaitable<R | readonly R[] | undefined>

interface ProviderFacts {
  /** The value of `workload.provider`. */
  readonly id: string
  /** The name for people. */
  readonly title: string
  /**
   * The issuer, or the template of per-tenant issuers; `undefined` where only `.at()` binds one.
   */
  readonly issuer: string | undefined
  /** The table that the provider was made from. */
  readonly table: ProviderTable
}

interface RuleMaker<W, Tenant extends string> extends ProviderFacts {
  /**
   * Makes a trust rule.
   *
   * @throws {TypeError} for conditions that pin no tenant, name an unknown field, or can never
   * match.
   */
  <D = undefined>(conditions: Conditions<W, Tenant>, settings?: RuleSettings<D>): TrustRule<W, D>
  /**
   * Makes a deny rule, for the `deny` option only. It needs no pin, and is for runs of every event.
   */
  deny(conditions: Conditions<W>): DenyRule<W>
}

/** A provider that is bound to one issuer. Call it to make a trust rule. */
export interface IssuerProvider<W, Tenant extends string = never> extends RuleMaker<W, Tenant> {
  /** The issuer that it is bound to, as in `iss`. */
  readonly issuer: string
  /**
   * Makes a look-up of stored rules, for the `trust` option only. It admits the jobs that the rules
   * of the caller's tenant admit.
   */
  lookup<R extends TrustRule<W>>(find: Find<W, R>, settings?: RuleSettings): TrustLookup<W, DataFrom<R>>
}

/**
 * A provider. Call it to make a trust rule for its own issuer, or `.at()` to bind it to another
 * one.
 */
export interface Provider<W, Tenant extends string = never> extends RuleMaker<W, Tenant> {
  /** Its own issuer, or the template of per-tenant issuers. */
  readonly issuer: string
  /**
   * Makes a look-up of stored rules, for the `trust` option only. It admits the jobs that the rules
   * of the caller's tenant admit. Does not exist where each tenant has an issuer.
   */
  lookup: [Tenant] extends [never]
    ? <R extends TrustRule<W>>(find: Find<W, R>, settings?: RuleSettings) => TrustLookup<W, DataFrom<R>>
    : never
  /**
   * Binds the provider to another issuer, spelled exactly as in `iss`: https, with a trailing slash
   * only if the token has one.
   *
   * @throws {TypeError} for an issuer or options that are not allowed.
   */
  at(issuer: string, options?: IssuerOptions): IssuerProvider<W, Tenant>
}

/** A provider without an issuer of its own: only `.at(issuer)` makes rules. */
export interface SelfHosted<W> extends ProviderFacts {
  /**
   * Binds the provider to an issuer, spelled exactly as in `iss`: https, with a trailing slash only
   * if the token has one.
   *
   * @throws {TypeError} for an issuer or options that are not allowed.
   */
  at(issuer: string, options?: IssuerOptions): IssuerProvider<W>
}

/**
 * The type of the data that a rule carries, or the rules that a look-up or a function finds.
 * `unknown` for rules of a document.
 */
export type DataFrom<T> = T extends TrustRule<AnyWorkload, infer D> | ReportOnlyRule<AnyWorkload, infer D>
  ? D
  : T extends TrustLookup<AnyWorkload, infer D> | TenantIssuers<AnyWorkload, infer D>
    ? D
    : T extends readonly (infer R)[]
      ? DataFrom<R>
      : T extends (...args: never[]) => infer R
        ? DataFrom<Exclude<Awaited<R>, undefined>>
        : unknown

/** The workload type of a provider, rule or look-up. */
export type WorkloadFrom<T> = T extends RouteRule<infer W> | TrustLookup<infer W> | TenantIssuers<infer W>
  ? W
  : T extends (...args: never[]) => TrustRule<infer W>
    ? W
    : T extends SelfHosted<infer W>
      ? W
      : never
