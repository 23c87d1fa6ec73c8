/** What is linted: the input read once, every rule with its place, its role and its terms. */

import type {
  AnyWorkload,
  DenyRule,
  RouteRule,
  RuleFacts,
  TrustLookup,
  TrustRule,
  VerifierOptions,
} from '@jobpass/core'
import { inspectRule } from '@jobpass/core'
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
  readonly facts: RuleFacts
  readonly terms: readonly Term[]
  readonly shape: Shape | undefined
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
}

/** Every option of a verifier, whether lint reads it or not: the same object can be given to both. */
const known: ReadonlySet<PropertyKey> = new Set([
  ...(['audience', 'trust', 'deny', 'optional', 'explain', 'errors', 'realm', 'header', 'clockTolerance'] as const),
  ...(['maxTokenAge', 'keyPolicy', 'fetch', 'clock', 'strict', 'onVerdict', 'onWarning', 'onKeys', 'cache'] as const),
  ...(['replay', 'keySnapshot', 'resourceMetadata', 'routes'] as const),
])

/** Reads the input. Throws a `TypeError` that says what to write instead. */
export function readSubject(input: LintInput | LintableRule | readonly LintableRule[]): Subject {
  if (Array.isArray(input) || isRuleLike(input))
    return assemble(
      {},
      readList('rules', input, 'any', (item) => isLookup(item) || isFound(item)),
    )
  if (typeof input !== 'object' || input === null)
    throw new TypeError(`lintRules() takes rules, or the options of a verifier with routes, not ${typeof input}`)
  const options = Object.fromEntries(Object.entries(input)) as LintInput
  const unknown = Reflect.ownKeys(input).find((key) => !known.has(key))
  if (unknown !== undefined)
    throw new TypeError(`lintRules() has no '${String(unknown)}'. Known: ${[...known].join(', ')}`)
  const routes: unknown = options.routes ?? {}
  if (typeof routes !== 'object' || routes === null || Array.isArray(routes))
    throw new TypeError('lintRules(): routes is an object, such as { deploy: githubActions({ … }) }')
  const trust = readList('trust', options.trust ?? [], 'trust', isLookup)
  const deny = readList('deny', options.deny ?? [], 'deny', () => false)
  const guards = Object.entries(routes).map(([name, rules]) =>
    readList(placeIn('routes', name), rules, 'route', isFound),
  )
  return assemble(options, trust, deny, ...guards)
}

interface Read {
  readonly rules: readonly LintedRule[]
  readonly opaque: boolean
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
    hasTrust: trust.opaque || rules.some(({ role }) => role === 'trust'),
    hasRoutes: Object.keys(routes ?? {}).length > 0,
    hasLookups: trust.opaque,
    rules,
  }
}

type IsOpaque = (item: unknown) => boolean

function readList(list: string, given: unknown, role: LintedRule['role'] | 'any', isOpaque: IsOpaque): Read {
  const items: readonly unknown[] = Array.isArray(given) ? Array.from(given as unknown[]) : [given]
  const rules = items.flatMap((item, index) =>
    isOpaque(item) ? [] : [readRule(Array.isArray(given) ? `${list}[${index}]` : list, list, item, role)],
  )
  return { rules, opaque: rules.length < items.length }
}

function readRule(place: string, list: string, item: unknown, wanted: LintedRule['role'] | 'any'): LintedRule {
  if (typeof item === 'function')
    throw new TypeError(`${place} is a function: call the provider, with the conditions you mean`)
  const facts = inspectRule(item)
  if (wanted !== 'any' && (facts.effect === 'deny') !== (wanted === 'deny')) {
    throw new TypeError(
      facts.effect === 'deny'
        ? `${place} is a deny rule, which stands under deny and nowhere else`
        : `${place} is no deny rule: make it by provider.deny()`,
    )
  }
  if (facts.reports && wanted === 'trust') throw new TypeError(`${place} only reports, and so stands on routes only`)
  const role = facts.effect === 'deny' ? 'deny' : wanted === 'any' || wanted === 'deny' ? 'trust' : wanted
  return { place, list, role, facts, terms: termsOf(facts), shape: shapes[facts.provider] }
}

/** `routes.deploy`, `routes['POST /deploy']`. */
function placeIn(parent: string, name: string): string {
  const escaped = JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${parent}.${name}` : `${parent}['${escaped}']`
}

function isRuleLike(value: unknown): value is { readonly effect: unknown } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'effect')
}

function isLookup(value: unknown): boolean {
  return isRuleLike(value) && value.effect === 'lookup'
}

/** A named set or a resolver, whose rules are found per request; a provider is a function too, one that somebody forgot to call. */
function isFound(value: unknown): boolean {
  return typeof value === 'function' ? !Object.hasOwn(value, 'table') : isRuleLike(value) && value.effect === 'set'
}
