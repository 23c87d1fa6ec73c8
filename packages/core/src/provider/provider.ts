/** Providers: a table of facts about a CI system, and what follows from it. */

import type { Condition, AnyEvent, Exact, ExactCondition } from '../rule/condition.ts'
import type { DenyRule, RouteRule, TrustLookup, TrustRule, RuleSettings } from '../rule/rule.ts'
import type { RegisteredClaims } from '../model/token.ts'
import type { ReadOnlyField } from '../model/workload.ts'
import type { ProviderTable } from '../table/provider-table.ts'
import type { IssuerOptions } from '../keys/issuer-options.ts'

type ExactField = 'subject' | 'ownerId' | 'repositoryId' | 'projectId' | 'pipelineId' | 'commit' | 'runId' | 'jobId'

// [V] keeps unions whole: a condition on a boolean is one on both its values.
type FieldCondition<K, V> = K extends ExactField
  ? ExactCondition<NonNullable<V>>
  : K extends 'event'
    ? Condition<NonNullable<V>> | AnyEvent
    : Condition<NonNullable<V>>

/** Conditions on raw claims, spelled as issued and nested as the claims are. A claim that the table does not list takes exact values. */
export type ClaimConditions<C> = {
  readonly [K in keyof C as K extends keyof RegisteredClaims ? never : K]?: ClaimCondition<NonNullable<C[K]>>
} & { readonly [K in keyof RegisteredClaims]?: never } & { readonly [claim: string]: AnyClaimCondition }

/** Whatever a claim may take: the index of all claims has to hold for the listed ones too, so the rest is checked at construction. */
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
 * What a rule is made of: the shape of the workload it matches, with conditions for values. Fields AND, a list ORs.
 * `Tenant` names the fields that choose a per-tenant issuer: they are required and exact.
 */
export type Conditions<W, Tenant extends string = never> = {
  readonly [
    K in keyof W as K extends ReadOnlyField | Tenant ? never : [W[K]] extends [undefined] ? never : K
  ]?: FieldCondition<K, W[K]>
} & { readonly [K in Tenant]: Exact<string> } & {
  /** Conditions on raw claims, spelled as issued. */
  readonly claims?: W extends { readonly claims: infer C } ? ClaimConditions<C> : never
  /** One more condition in code: synchronous, and only exactly `true` passes. */
  readonly where?: (workload: W) => boolean
  /** Never a condition: a workload is no rule. */
  readonly provider?: never
}

/** Finds the stored rules of a verified caller's tenant; nothing found is a denial, and throwing or taking 5 s is 503. */
export type Find<W> = (workload: W) => Found<W> | Promise<Found<W>>
type Found<W> = TrustRule<W> | readonly TrustRule<W>[] | undefined

interface ProviderFacts {
  /** The value of `workload.provider`. */
  readonly id: string
  /** Name for people. */
  readonly title: string
  /** The issuer it is bound to, or the template of a per-tenant one; `undefined` where only `.at()` binds it. */
  readonly issuer: string | undefined
  /** The facts the provider was made from. */
  readonly table: ProviderTable
}

/** A provider bound to its issuer: call it to make a trust rule. */
export interface IssuerProvider<W, Tenant extends string = never> extends ProviderFacts {
  readonly issuer: string
  /**
   * Makes a trust rule. Throws a `TypeError` for conditions that pin no tenant, know no such field, or could never mean anything.
   */
  (conditions: Conditions<W, Tenant>, settings?: RuleSettings): TrustRule<W>
  /** Makes a deny rule, for the `deny` option only; it needs no pin, and holds for runs of every event. */
  deny(conditions: Conditions<W>): DenyRule<W>
  /** Admits whom the stored rules of the caller's tenant admit, for the `trust` option only. */
  lookup(find: Find<W>, settings?: RuleSettings): TrustLookup<W>
}

/** A provider: call it to make a trust rule for its own issuer, or `.at()` for another one. */
export interface Provider<W, Tenant extends string = never> extends ProviderFacts {
  readonly issuer: string
  /**
   * Makes a trust rule. Throws a `TypeError` for conditions that pin no tenant, know no such field, or could never mean anything.
   */
  (conditions: Conditions<W, Tenant>, settings?: RuleSettings): TrustRule<W>
  /** Makes a deny rule, for the `deny` option only; it needs no pin, and holds for runs of every event. */
  deny(conditions: Conditions<W>): DenyRule<W>
  /** Admits whom the stored rules of the caller's tenant admit, for the `trust` option only; not where each tenant has an issuer. */
  lookup: [Tenant] extends [never] ? (find: Find<W>, settings?: RuleSettings) => TrustLookup<W> : never
  /** The same provider at another issuer, spelled exactly as in `iss`: https, no trailing slash unless the token has one. */
  at(issuer: string, options?: IssuerOptions): IssuerProvider<W, Tenant>
}

/** A provider without an issuer of its own: `.at(issuer)` is the only way to it. */
export interface SelfHosted<W> extends ProviderFacts {
  at(issuer: string, options?: IssuerOptions): IssuerProvider<W>
}

/** The workload of a provider, rule or look-up. */
export type WorkloadFrom<T> = T extends RouteRule<infer W> | TrustLookup<infer W>
  ? W
  : T extends (...args: never[]) => TrustRule<infer W>
    ? W
    : T extends SelfHosted<infer W>
      ? W
      : never
