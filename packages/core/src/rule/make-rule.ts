/**
 * Makes rules, which are opaque to their users, and keeps the compiled form of each. Only providers
 * make rules.
 */

import { compileRule } from './compile-rule.ts'
import type { CompiledRule, Binding, TrustRule, DenyRule, RuleJson } from './rule.ts'
import { recognize } from '../util/copies.ts'

const compiled = new WeakMap<object, CompiledRule>()
recognize((value) => compiledRule(value) !== undefined)

/** The compiled form of a rule; `undefined` for any other value. */
export function compiledRule(rule: unknown): CompiledRule | undefined {
  return typeof rule === 'object' && rule !== null ? compiled.get(rule) : undefined
}

/**
 * Makes a rule.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function makeRule<E extends 'allow' | 'deny'>(
  effect: E,
  binding: Binding,
  conditions: unknown,
  settings: unknown,
): RuleOf<E> {
  return register(effect, compileRule(effect, binding, conditions, settings))
}

type RuleOf<E> = E extends 'allow' ? TrustRule<never, never> : DenyRule<never>

/** A rule that conditions cannot express. */
type MadeRule = Pick<CompiledRule, 'table' | 'issuers' | 'checks' | 'settings' | 'pinnedById' | 'source'> &
  Partial<Pick<CompiledRule, 'extension' | 'anyEvent' | 'warnings' | 'job' | 'once' | 'json' | 'origins'>>

/** Makes a trust rule from checks. Without `json`, it has none. */
export function registerRule(made: MadeRule): TrustRule<never, never> {
  return register('allow', {
    effect: 'allow',
    anyEvent: false,
    warnings: [],
    json: undefined,
    once: undefined,
    ...made,
  })
}

function register<E extends 'allow' | 'deny'>(
  effect: E,
  { origins = [], ...form }: Omit<CompiledRule, 'origins'> & Pick<MadeRule, 'origins'>,
): RuleOf<E> {
  const rule = Object.create(rulePrototype) as { effect: E }
  rule.effect = effect
  compiled.set(rule, Object.freeze({ ...form, origins: [rule, ...origins] }))
  return Object.freeze(rule) as unknown as RuleOf<E>
}

const rulePrototype = Object.freeze({
  toJSON(this: object): RuleJson {
    const { json } = compiled.get(this) as CompiledRule
    if (json === undefined)
      throw new TypeError(
        'A rule with `where` has no JSON, since its code would be lost, and the rule wider; nor have the rules of @jobpass/exchange',
      )
    return json
  },
})

/** Throws for a rule that is not allowed on a route. */
export function checkRouteRule(rule: CompiledRule): void {
  if (rule.anyEvent) throw new TypeError('anyEvent() is for `trust`; a route names the events that may call it')
}
