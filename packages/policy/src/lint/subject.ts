/** The input of lint, read once: each rule with its place, role and terms. */

import { currentRules, optionNames, refuseOtherCopy } from '@jobpass/core/internal'
import type { RuleFacts } from '../inspect-rule.ts'
import { inspectRule } from '../inspect-rule.ts'
import type { AnyWorkload, DenyRule, RouteRule, TrustLookup, TrustRule, VerifierOptions } from '@jobpass/core'
import type { Term } from './terms.ts'
import { termsOf } from './terms.ts'
import type { Shape } from './shapes.ts'
import { shapes } from './shapes.ts'

/** A function that finds rules per request, which lint cannot inspect. */
export type Resolver = (...args: never[]) => unknown

/** Rules of one route. */
export type RouteRules = RouteRule<AnyWorkload> | Resolver | readonly (RouteRule<AnyWorkload> | Resolver)[]

/** Options of a verifier, all optional, and the rules of routes by name. */
export interface LintInput extends Partial<VerifierOptions> {
  /** Rules by route name, as `requireWorkload` takes them. Default: routes are not checked. */
  readonly routes?: Readonly<Record<string, RouteRules>>
}

/** A rule or lookup of any kind. */
export type LintableRule =
  TrustRule<AnyWorkload> | DenyRule<AnyWorkload> | RouteRule<AnyWorkload> | TrustLookup<AnyWorkload>

/** A rule to check. */
export interface LintedRule {
  /** Place in the input: `trust[0]`, `routes.deploy[0]`. */
  readonly place: string
  /** The list that contains it: `trust`, `routes.deploy`. */
  readonly list: string
  /** What the rule is used for. */
  readonly role: 'trust' | 'deny' | 'route'
  /**
   * Conditions on the CI job; behind `viaExchange()`, on the job that the service token was issued
   * to.
   */
  readonly facts: RuleFacts
  /** Conditions on the token that is sent; differs from `facts` behind `viaExchange()` only. */
  readonly token: RuleFacts
  /** The conditions of `facts`, as terms. */
  readonly terms: readonly Term[]
  /** Known facts about the provider's values. */
  readonly shape: Shape | undefined
}

/** A lookup or resolver: it finds its rules per request, so they are unknown here. */
interface Unseen {
  readonly where: string
  /** The list that contains it. */
  readonly list: string
  readonly what: 'look-up' | 'resolver'
}

/** Everything to check. */
export interface Subject {
  /** The verifier's audiences, with their places in the input. */
  readonly audiences: readonly { readonly where: string; readonly audience: string }[]
  /** The verifier's `maxTokenAge`, in seconds. */
  readonly maxTokenAge: number | undefined
  /** Whether the input has trust rules. */
  readonly hasTrust: boolean
  /** Whether the input has routes. */
  readonly hasRoutes: boolean
  /** Whether `trust` contains lookups, so that not all trust is known. */
  readonly hasLookups: boolean
  /** All rules. */
  readonly rules: readonly LintedRule[]
  /** Lookups and resolvers. */
  readonly unseen: readonly Unseen[]
}

/**
 * All options of a verifier, whether or not lint reads them, so that both can take the same object.
 */
const known: ReadonlySet<PropertyKey> = new Set([...optionNames, 'routes'])

/** Reads the input. Throws a `TypeError` that says what to write instead. */
export function readSubject(input: LintInput | LintableRule | readonly LintableRule[]): Subject {
  if (Array.isArray(input) || isRuleLike(input)) return assemble({}, readList('rules', input, 'any'))
  if (typeof input !== 'object' || input === null)
    throw new TypeError(`lintRules() takes rules, or the options of a verifier with routes, not ${typeof input}`)
  const options = Object.fromEntries(Object.entries(input)) as LintInput
  const unknown = Reflect.ownKeys(input).find((key) => !known.has(key))
  if (unknown !== undefined)
    throw new TypeError(`lintRules() has no '${String(unknown)}'. Known: ${[...known].join(', ')}`)
  const routes: unknown = options.routes ?? {}
  if (typeof routes !== 'object' || routes === null || Array.isArray(routes))
    throw new TypeError('lintRules(): routes is an object, such as { deploy: githubActions({ … }) }')
  const trust = readList('trust', options.trust ?? [], 'trust')
  const deny = readList('deny', options.deny ?? [], 'deny')
  const guards = Object.entries(routes).map(([name, rules]) => readList(placeIn('routes', name), rules, 'route'))
  return assemble(options, trust, deny, ...guards)
}

interface Read {
  readonly rules: readonly LintedRule[]
  readonly unseen: readonly Unseen[]
}

function assemble({ audience, maxTokenAge, routes }: LintInput, trust: Read, ...more: readonly Read[]): Subject {
  const rules = [trust, ...more].flatMap((list) => list.rules)
  const audiences = [audience ?? []].flat() as readonly string[]
  return {
    audiences: audiences.map((each, index) => ({
      where: Array.isArray(audience) ? `audience[${index}]` : 'audience',
      audience: each,
    })),
    maxTokenAge,
    hasTrust: trust.unseen.length > 0 || rules.some(({ role }) => role === 'trust'),
    hasRoutes: Object.keys(routes ?? {}).length > 0,
    hasLookups: trust.unseen.some(({ what }) => what === 'look-up'),
    rules,
    unseen: [trust, ...more].flatMap((list) => list.unseen),
  }
}

type Role = LintedRule['role'] | 'any'

function readList(list: string, given: unknown, role: Role): Read {
  const items = itemsOf(list, given, role)
  const unseen = items.flatMap(({ place, item }) => {
    const what = unseenKind(item, role)
    return what === undefined ? [] : [{ where: place, list, what }]
  })
  const seen = items.filter(({ item }) => unseenKind(item, role) === undefined)
  return { rules: seen.map(({ place, item }) => readRule(place, list, item, role)), unseen }
}

interface Item {
  readonly place: string
  readonly item: unknown
}

/** The items of a list; a policy handle becomes its current rules. */
function itemsOf(place: string, given: unknown, role: Role): readonly Item[] {
  if (!Array.isArray(given)) return expand(place, given, role)
  return Array.from(given as unknown[]).flatMap((item, index) => expand(`${place}[${index}]`, item, role))
}

function expand(place: string, item: unknown, role: Role): readonly Item[] {
  const rules = currentRules(item)
  if (rules === undefined) return [{ place, item }]
  if (role === 'trust' || role === 'deny')
    throw new TypeError(`${place} is a set of a policy, which works on routes only`)
  return rules.map((rule, index) => ({ place: `${place}[${index}]`, item: rule }))
}

function readRule(place: string, list: string, item: unknown, wanted: Role): LintedRule {
  refuseOtherCopy(item)
  if (typeof item === 'function') throw new TypeError(`${place} is a function: call the provider with your conditions`)
  const token = inspectRule(item)
  checkRole(place, token, wanted)
  const role = token.effect === 'deny' ? 'deny' : wanted === 'any' || wanted === 'deny' ? 'trust' : wanted
  const facts = token.job ?? token
  return { place, list, role, facts, token, terms: termsOf(facts), shape: shapes[facts.provider] }
}

function checkRole(place: string, { effect, reports, job }: RuleFacts, wanted: Role): void {
  if (wanted !== 'any' && (effect === 'deny') !== (wanted === 'deny')) {
    throw new TypeError(
      effect === 'deny'
        ? `${place} is a deny rule, which belongs under deny`
        : `${place} is not a deny rule: make it with provider.deny()`,
    )
  }
  if (wanted !== 'trust') return
  if (reports) throw new TypeError(`${place} only reports, which works on routes only`)
  if (job !== undefined) throw new TypeError(`${place} is made by viaExchange(), which works on routes only`)
}

/** `routes.deploy`, `routes['POST /deploy']`. */
function placeIn(parent: string, name: string): string {
  const escaped = JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${parent}.${name}` : `${parent}['${escaped}']`
}

function isRuleLike(value: unknown): value is { readonly effect: unknown } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'effect')
}

/**
 * The kind of an item that finds its rules per request. A provider is a function too: one that was
 * not called.
 */
function unseenKind(item: unknown, role: Role): Unseen['what'] | undefined {
  if (typeof item === 'function')
    return role === 'route' || role === 'any' ? (Object.hasOwn(item, 'table') ? undefined : 'resolver') : undefined
  const finds = isRuleLike(item) && (item.effect === 'lookup' || item.effect === 'issuers')
  return finds && (role === 'trust' || role === 'any') ? 'look-up' : undefined
}
