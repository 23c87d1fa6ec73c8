/** Rules as values: opaque to everybody, compiled for the deciding code, and JSON for documents. Only a provider makes one. */

import { compileRule, onceFor } from './compile-rule.ts'
import type { CompiledTable } from '../provider/compiled-table.ts'
import type { Operator } from './condition.ts'
import type { IssuerOptions } from '../provider/provider.ts'
import type { Once } from '../replay/replay.ts'
import type { RuleSettings } from './rule-settings.ts'
import type { IssuerTerms } from '../service/terms.ts'
import type { AnyWorkload } from '../identity/workload.ts'
import { recognize } from '../util/copies.ts'

export type { RuleSettings } from './rule-settings.ts'

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
  readonly firm: boolean
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
  readonly once: Once | undefined
  readonly source: IssuerOptions | undefined
  /** The rule about the job behind a service token, for `viaExchange()`. */
  readonly origin?: CompiledRule
  /** What is asked of the issuer's tokens beside; `undefined` for CI systems. */
  readonly terms?: IssuerTerms
  readonly warnings: readonly string[]
  readonly json: RuleJson | undefined
}

/** Where a rule is bound: the issuer's options and how the issuer follows from the conditions. */
export interface Binding {
  readonly table: CompiledTable
  readonly source: IssuerOptions | undefined
  issuers(conditions: Readonly<Record<string, unknown>>): readonly string[] | undefined
}

const compiled = new WeakMap<object, CompiledRule>()
recognize((value) => compiledRule(value) !== undefined)

/** The compiled form of a rule made here, or `undefined` for anything else. */
export function compiledRule(rule: unknown): CompiledRule | undefined {
  return typeof rule === 'object' && rule !== null ? compiled.get(rule) : undefined
}

/** Throws for a rule that has no place behind the verifier. */
export function checkRouteRule(rule: CompiledRule): void {
  if (rule.anyEvent) throw new TypeError('anyEvent() is for `trust`; a route names the events that may call it')
}

/** Makes a rule. Throws a `TypeError` that says what to write instead. */
export function makeRule<E extends 'allow' | 'deny'>(
  effect: E,
  binding: Binding,
  conditions: unknown,
  settings: unknown,
): RuleOf<E> {
  return register(effect, compileRule(effect, binding, conditions, settings))
}

type RuleOf<E> = E extends 'allow' ? TrustRule<never> : DenyRule<never>

/** A rule that no conditions can say. */
type MadeRule = Pick<CompiledRule, 'table' | 'issuers' | 'checks' | 'settings' | 'pinnedById' | 'source'> &
  Partial<Pick<CompiledRule, 'terms' | 'anyEvent' | 'warnings' | 'origin'>>

/** Makes a trust rule from its checks; it has no JSON. */
export function registerRule(made: MadeRule): TrustRule<never> {
  const once = onceFor(made.settings)
  return register('allow', { effect: 'allow', anyEvent: false, warnings: [], json: undefined, once, ...made })
}

function register<E extends 'allow' | 'deny'>(effect: E, form: CompiledRule): RuleOf<E> {
  const rule = Object.create(rulePrototype) as { effect: E }
  rule.effect = effect
  compiled.set(rule, Object.freeze(form))
  return Object.freeze(rule) as unknown as RuleOf<E>
}

const rulePrototype = Object.freeze({
  toJSON(this: object): RuleJson {
    const { json } = compiled.get(this) as CompiledRule
    if (json === undefined)
      throw new TypeError(
        'A rule with `where` has no JSON, since its code would be lost, and the rule wider; nor have serviceTokens() and viaExchange()',
      )
    return json
  },
})
