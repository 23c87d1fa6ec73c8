/** What is linted: the input read once, every rule with its place, its role and its terms. */

import type { RuleFacts } from '@jobpass/core/internal'
import { inspectRule } from '@jobpass/core/internal'
import { refuseOtherCopy } from '@jobpass/core/internal'
import type { AnyWorkload, DenyRule, RouteRule, TrustLookup, TrustRule, VerifierOptions } from '@jobpass/core'
import { currentRules } from '@jobpass/core/internal'
import type { Term } from './terms.ts'
import { termsOf } from './terms.ts'
import type { Shape } from './shapes.ts'
import { shapes } from './shapes.ts'

/** A function that finds rules per request; nothing is known of what it finds. */
export type Resolver = (...args: never[]) => unknown

/** The rules of one route. */
export type RouteRules = RouteRule<AnyWorkload> | Resolver | readonly (RouteRule<AnyWorkload> | Resolver)[]

/** The options of a verifier, as far as there are, and the rules of routes by any name. */
export interface LintInput extends Partial<VerifierOptions> {
  /** Route name to its rules, as `requireWorkload` takes them. */
  readonly routes?: Readonly<Record<string, RouteRules>>
}

/** A rule or look-up of any kind. */
export type LintableRule =
  TrustRule<AnyWorkload> | DenyRule<AnyWorkload> | RouteRule<AnyWorkload> | TrustLookup<AnyWorkload>

/** A rule under lint. */
export interface LintedRule {
  /** `trust[0]`, `routes.deploy[0]`. */
  readonly place: string
  /** The list it stands in: `trust`, `routes.deploy`. */
  readonly list: string
  readonly role: 'trust' | 'deny' | 'route'
  /** What it says of the CI job; behind `viaExchange()`, of the job that the service token was issued to. */
  readonly facts: RuleFacts
  /** What it says of the token that is sent: the same, except behind `viaExchange()`. */
  readonly token: RuleFacts
  readonly terms: readonly Term[]
  readonly shape: Shape | undefined
}

/** Something that finds its rules per request, so that they are not known here. */
interface Unseen {
  readonly where: string
  /** The list it stands in. */
  readonly list: string
  readonly what: 'look-up' | 'resolver'
}

/** Everything under lint. */
export interface Subject {
  readonly audiences: readonly { readonly where: string; readonly audience: string }[]
  readonly maxTokenAge: number | undefined
  readonly hasTrust: boolean
  readonly hasRoutes: boolean
  /** Look-ups stand in `trust`, so that not all of it is known. */
  readonly hasLookups: boolean
  readonly rules: readonly LintedRule[]
  readonly unseen: readonly Unseen[]
}

/** Every option of a verifier, whether lint reads it or not: the same object can be given to both. */
const known: ReadonlySet<PropertyKey> = new Set([
  ...(['audience', 'trust', 'deny', 'optional', 'explain', 'errors', 'realm', 'header', 'clockTolerance'] as const),
  ...(['maxTokenAge', 'jwks', 'fetch', 'clock', 'strict', 'onVerdict', 'onWarning', 'onKeys', 'cache'] as const),
  ...(['replay', 'keySnapshot', 'resourceMetadata', 'routes'] as const),
])

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

/** What a list holds; a handle on a set stands for the rules that are in force now. */
function itemsOf(place: string, given: unknown, role: Role): readonly Item[] {
  if (!Array.isArray(given)) return expand(place, given, role)
  return Array.from(given as unknown[]).flatMap((item, index) => expand(`${place}[${index}]`, item, role))
}

function expand(place: string, item: unknown, role: Role): readonly Item[] {
  const rules = currentRules(item)
  if (rules === undefined) return [{ place, item }]
  if (role === 'trust' || role === 'deny')
    throw new TypeError(`${place} is a set of a policy, and so stands on routes only`)
  return rules.map((rule, index) => ({ place: `${place}[${index}]`, item: rule }))
}

function readRule(place: string, list: string, item: unknown, wanted: Role): LintedRule {
  refuseOtherCopy(item)
  if (typeof item === 'function')
    throw new TypeError(`${place} is a function: call the provider, with the conditions you mean`)
  const token = inspectRule(item)
  checkRole(place, token, wanted)
  const role = token.effect === 'deny' ? 'deny' : wanted === 'any' || wanted === 'deny' ? 'trust' : wanted
  const facts = token.origin ?? token
  return { place, list, role, facts, token, terms: termsOf(facts), shape: shapes[facts.provider] }
}

function checkRole(place: string, { effect, reports, origin }: RuleFacts, wanted: Role): void {
  if (wanted !== 'any' && (effect === 'deny') !== (wanted === 'deny')) {
    throw new TypeError(
      effect === 'deny'
        ? `${place} is a deny rule, which stands under deny and nowhere else`
        : `${place} is no deny rule: make it by provider.deny()`,
    )
  }
  if (wanted !== 'trust') return
  if (reports) throw new TypeError(`${place} only reports, and so stands on routes only`)
  if (origin !== undefined) throw new TypeError(`${place} is made by viaExchange(), and so stands on routes only`)
}

/** `routes.deploy`, `routes['POST /deploy']`. */
function placeIn(parent: string, name: string): string {
  const escaped = JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${parent}.${name}` : `${parent}['${escaped}']`
}

function isRuleLike(value: unknown): value is { readonly effect: unknown } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'effect')
}

/** What finds its rules per request; a provider is a function too, one that was not called. */
function unseenKind(item: unknown, role: Role): Unseen['what'] | undefined {
  if (typeof item === 'function')
    return role === 'route' || role === 'any' ? (Object.hasOwn(item, 'table') ? undefined : 'resolver') : undefined
  return isRuleLike(item) && item.effect === 'lookup' && (role === 'trust' || role === 'any') ? 'look-up' : undefined
}
