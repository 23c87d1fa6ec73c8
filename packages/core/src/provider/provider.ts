/** Providers: a table of facts about a CI system, and what follows from it. */

import type { Condition, AnyEvent, Exact, ExactCondition } from '../rule/condition.ts'
import type { JSONWebKey } from '../token/jwk.ts'
import { compileTable } from './compiled-table.ts'
import { makeProvider } from './make-provider.ts'
import type { MinimumVersion } from './minimum-version.ts'
import type { OtherToken } from './other-tokens.ts'
import type { DenyRule, RouteRule, RuleSettings, TrustLookup, TrustRule } from '../rule/rule.ts'
import type { ClaimRows, ClaimsOf, RegisteredClaims, Requires } from './table.ts'
import type { ValueShape } from './value-shape.ts'
import type { CommonFields, FieldSource, ReadOnlyField, WorkloadOf } from '../identity/workload.ts'

export type { ClaimsOf } from './table.ts'
export type { WorkloadOf } from '../identity/workload.ts'

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

/** Where an issuer's keys come from, when not from its own discovery document by the verifier's `fetch`. */
export interface IssuerOptions {
  /** Address of the JSON Web Key Set, https; discovery is then not asked. */
  readonly jwksUri?: string
  /** The public keys themselves (RFC 7517); nothing is fetched then. */
  readonly keys?: readonly JSONWebKey[]
  /** Fetches this issuer's documents, for a private CA or a proxy; the same limits hold. */
  readonly fetch?: typeof fetch
  /** Allows `http:` for a loopback address: tests and local development only. Default `false`. */
  readonly insecureLoopback?: true
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
  readonly requires?: Requires
  readonly identity: Readonly<Record<string, FieldSource<never>>>
  /** Tenant-level fields, of which every rule must pin one; empty only where an issuer belongs to one tenant. On a server of one's own: what tells one team's workloads from another's. */
  readonly pins: readonly string[]
  /** Events that only somebody with write access can fire and that run code of the ref they name. */
  readonly ordinary?: readonly string[]
  /**
   * Claims that prove nothing, since a stranger, any author of a workflow, or the job itself can choose them: to show, not to
   * authorize by. A nested claim is named by its path.
   */
  readonly outsiders?: readonly (string | readonly string[])[]
  /** Fields that mark a run as not ordinary when they are there (or `true`). */
  readonly unusual?: readonly string[]
  /** Fields that mean nothing without another: field to the one, or any of the ones, it needs. */
  readonly needs?: Readonly<Record<string, string | readonly string[]>>
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
  readonly lacks?: Readonly<Record<string, string>>
  /** Fields of the table's own that a rule about one job names, beside its pins: for `suggestRule`. */
  readonly suggests?: readonly string[]
  /** Fields that are there only where the job asks for them, and how it does. */
  readonly optIn?: Readonly<Record<string, string>>
  /** Names a claim that contradicts the others; such a token is refused. */
  readonly contradiction?: (claims: never) => string | undefined
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

type TenantOf<Issuer> = Issuer extends `${string}{${infer Field}}${string}` ? Field : never

type ProviderFor<W, Issuer> = [Issuer] extends [string] ? Provider<W, TenantOf<Issuer>> : SelfHosted<W>

// Own fields must not be named like core's: an own `issuer` would hide the verified one.
type Taken = 'issuer' | 'subject' | 'audience' | 'issuedAt' | 'expiresAt' | 'provider' | 'claims' | 'where'
type NotTaken = { readonly [K in Taken | 'ownerKey' | 'repositoryKey' | 'settings' | 'reportOnly' | 'deny']?: never }

type Source<C, R> =
  | (keyof ClaimsOf<C, R> & string)
  | readonly [string, string, ...string[]]
  | ((claims: ClaimsOf<C, R> & RegisteredClaims) => string | undefined)

/** What a table may require of its claims. */
type RequiresOf<C> = { readonly [K in keyof C]?: string | (C[K] extends ClaimRows ? RequiresOf<C[K]> : never) }

/** A table as `defineProvider` takes it: checked against its own claims. */
export type TableFor<Id extends string, C, R, I, Issuer extends string | undefined> = Omit<
  ProviderTable,
  | 'id'
  | 'issuer'
  | 'claims'
  | 'requires'
  | 'identity'
  | 'pins'
  | 'outsiders'
  | 'unusual'
  | 'needs'
  | 'contradiction'
  | 'appendedAudience'
  | 'shapes'
  | 'lacks'
  | 'optIn'
  | 'suggests'
> & {
  readonly id: Id
  readonly issuer?: Issuer
  readonly claims: C
  readonly requires?: R & RequiresOf<NoInfer<C>>
  readonly identity: I & NotTaken
  readonly pins: readonly (NoInfer<keyof I & string> | 'subject')[]
  readonly outsiders?: readonly NoInfer<
    (keyof ClaimsOf<C> & string) | readonly [keyof ClaimsOf<C> & string, string, ...string[]]
  >[]
  readonly unusual?: readonly NoInfer<keyof I & string>[]
  readonly needs?: {
    readonly [K in NoInfer<keyof I>]?: NoInfer<keyof I & string> | readonly NoInfer<keyof I & string>[]
  }
  readonly shapes?: { readonly [K in NoInfer<keyof I>]?: ValueShape }
  readonly suggests?: readonly (NoInfer<keyof I & string> | 'subject')[]
  readonly optIn?: { readonly [K in NoInfer<keyof I>]?: string }
  readonly lacks?: { readonly [K in Exclude<keyof CommonFields, NoInfer<keyof I>>]?: string }
  readonly appendedAudience?: (claims: NoInfer<ClaimsOf<C, R>> & RegisteredClaims) => string | undefined
  readonly contradiction?: (claims: NoInfer<ClaimsOf<C, R>> & RegisteredClaims) => string | undefined
}

/**
 * Makes a provider from a table of facts; types, run-time checks and rule keys follow from it.
 *
 * Throws a `TypeError` when the table contradicts itself.
 *
 * @example
 * ```ts
 * const acmeCi = defineProvider({
 *   id: 'acme-ci', title: 'Acme CI', issuer: 'https://ci.acme.dev', algorithms: ['ES256'],
 *   claims: { team_id: 'id', repo: 'name', ref: 'text', trigger: 'text' },
 *   requires: { team_id: 'handlers keep records by it' },
 *   identity: { ownerId: 'team_id', repository: 'repo', ref: 'ref', event: 'trigger' },
 *   pins: ['ownerId'], ordinary: ['push'],
 * })
 * const rule = acmeCi({ ownerId: '7', repository: 'acme/shop' })
 * ```
 */
export function defineProvider<
  const Id extends string,
  const C extends ClaimRows,
  const I extends Readonly<Record<string, Source<C, R>>>,
  const Issuer extends string | undefined = undefined,
  const R extends Requires = {},
>(table: TableFor<Id, C, R, I, Issuer>): ProviderFor<WorkloadOf<Id, C, I, R>, Issuer> {
  return makeProvider(compileTable(table as unknown as ProviderTable)) as unknown as ProviderFor<
    WorkloadOf<Id, C, I, R>,
    Issuer
  >
}

/** The part of a text behind a prefix, or `undefined` where it does not begin so or nothing follows. */
export function after(prefix: string, text: string | undefined): string | undefined {
  return text?.startsWith(prefix) && text.length > prefix.length ? text.slice(prefix.length) : undefined
}
