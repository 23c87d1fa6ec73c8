/** From conditions to checks: everything that keeps a rule from admitting strangers is decided here, at construction. */

import type { CompiledTable } from '../provider/compiled-table.ts'
import { looksLikePattern } from './condition.ts'
import type { Once } from '../replay/replay.ts'
import type { Binding, CompiledRule, RuleCheck, RuleJson } from './rule.ts'
import type { RuleSettings } from './rule-settings.ts'
import { readSettings, settingsChecks } from './rule-settings.ts'
import type { Target } from './target-parts.ts'
import { compileTargets, isAnyEvent } from './target.ts'
import { isPlainObject, ownCopy, show } from '../util/text.ts'
import { isPromise } from '../util/maybe.ts'
import type { AnyWorkload } from '../identity/workload.ts'

/** What a rule's own setting claims on a route. */
const usedOnce: Once = { scope: 'rule', within: 'token' }

/** What a rule with these settings claims; `undefined` where a token is good for any number of uses. */
export function onceFor({ replay }: RuleSettings): Once | undefined {
  return replay === 'once' ? usedOnce : undefined
}

/** Compiles conditions to checks. Throws a `TypeError` that says what to write instead. */
export function compileRule(
  effect: 'allow' | 'deny',
  binding: Binding,
  given: unknown,
  givenSettings: unknown,
): CompiledRule {
  const { table } = binding
  const what = `${effect === 'deny' ? 'A deny rule' : 'A rule'} for ${table.table.title}`
  if (!isPlainObject(given)) {
    throw new TypeError(`${what} takes conditions, such as { repository: 'acme/shop' }, not ${show(given)}`)
  }
  const conditions = ownCopy(given)
  const settings = readSettings(what, givenSettings)
  const anyEvent = isAnyEvent(conditions['event'])
  if (anyEvent && (effect === 'deny' || !table.fields.has('event'))) {
    throw new TypeError(
      `${what}: anyEvent() is for 'event' in a trust rule of a provider that has events; leave it out`,
    )
  }
  const issuers = binding.issuers(conditions)
  const targets = compileTargets({ what, table, effect }, conditions)
  const { where } = conditions
  if (effect === 'deny' && targets.length === 0 && where === undefined) throw new TypeError(`${what} needs a condition`)
  checkNeeds(what, table, targets)
  const pins = targets.filter((target) => table.table.pins.includes(target.field) && isPin(target))
  if (effect === 'allow') checkPinned(what, table, { pins: pins.length, conditions: targets.length }, settings)
  const checks = [
    ...issuerChecks(issuers),
    ...pins.map(({ check }) => ({ ...check, pin: true, firm: true })),
    ...(effect === 'allow' && !anyEvent ? ordinaryChecks(table, targets) : []),
    ...targets
      .filter((target) => !pins.includes(target))
      .map((target) => ({ ...target.check, pin: false, firm: isFirm(table, target) })),
    ...settingsChecks(settings),
    ...(where === undefined ? [] : [whereCheck(what, where, effect)]),
  ]
  return Object.freeze({
    effect,
    table,
    issuers,
    checks: Object.freeze(checks),
    settings,
    pinnedById: (table.table.pins.length === 0 && settings.anyWorkload !== true) || pins.some((pin) => pin.immutable),
    anyEvent,
    once: onceFor(settings),
    source: binding.source,
    warnings: targets.flatMap((target) => warningsOf(what, target)),
    json: where === undefined ? ruleJson(effect, table, issuers, conditions, settings) : undefined,
  })
}

/** A pin is an exact value or list, or a pattern whose tenant segment, the first, is literal. */
function isPin({ test }: Target): boolean {
  if (test.exact !== undefined) return true
  const [tenant = ''] = test.glob?.split('/') ?? []
  return tenant !== '' && !/[*?]/.test(tenant)
}

/** What names an unusual run admits it, and so must hold wherever the rule admits anybody. */
function isFirm({ table }: CompiledTable, { field, test }: Target): boolean {
  return (field === 'event' && test.exact !== undefined) || table.unusual?.includes(field) === true
}

/** The issuer is the installation, and seldom the tenant: what it signs for any workload has to be asked for by name. */
function checkPinned(
  what: string,
  table: CompiledTable,
  has: { readonly pins: number; readonly conditions: number },
  { anyWorkload }: RuleSettings,
): void {
  const ownServer = table.table.issuer === undefined
  if (anyWorkload === true && (!ownServer || has.pins > 0)) {
    const why = ownServer ? 'pins its workloads already' : 'is for an issuer that others share'
    throw new TypeError(`${what} ${why}: leave anyWorkload out`)
  }
  if (anyWorkload === true) return
  if (table.table.pins.length > 0 && has.pins === 0) throw unpinned(what, table)
  if (ownServer && has.conditions === 0) throw new TypeError(`${what} needs a condition, ${orAny}`)
}

const orAny = 'or the setting { anyWorkload: true }, which admits any workload of the server'

function unpinned(what: string, { table }: CompiledTable): TypeError {
  return new TypeError(
    `${what} must pin whose jobs it means, or any tenant of the issuer could match: add ${table.pins.join(', ')} ` +
      `with an exact value, a list, or a glob() such as 'acme/*' whose first segment has no wildcard${table.issuer === undefined ? `; ${orAny}` : ''}`,
  )
}

function checkNeeds(what: string, { table }: CompiledTable, targets: readonly Target[]): void {
  const named = new Set(targets.map(({ field }) => field))
  const proven = new Set(targets.filter(proves).map(({ field }) => field))
  for (const [field, needed] of Object.entries(table.needs ?? {})) {
    const any = typeof needed === 'string' ? [needed] : needed
    if (named.has(field) && !any.some((name) => proven.has(name))) {
      throw new TypeError(`${what}: '${field}' alone proves nothing there; add ${any.join(' or ')}, with a value`)
    }
  }
}

/** Only a value, a list or a pattern proves something, and `false` does not. */
function proves({ test }: Target): boolean {
  return test.glob !== undefined || (test.exact !== undefined && !test.exact.includes(false))
}

/** A rule is bound to its issuers. */
export function issuerChecks(issuers: readonly string[] | undefined): RuleCheck[] {
  if (issuers === undefined) return []
  const passes = (actual: unknown): boolean => issuers.includes(actual as string)
  return [
    {
      field: 'issuer',
      operator: 'oneOf',
      expected: issuers,
      pin: true,
      firm: true,
      read: (identity) => identity.issuer,
      passes,
    },
  ]
}

/** A run that is not ordinary matches only a rule that names what makes it so: the event by equality or list, or the unusual field. */
function ordinaryChecks({ table }: CompiledTable, targets: readonly Target[]): RuleCheck[] {
  const checks: RuleCheck[] = []
  const { ordinary } = table
  const namesEvent = targets.some(({ field, test }) => field === 'event' && test.exact !== undefined)
  if (ordinary !== undefined && !namesEvent) {
    const passes = (actual: unknown): boolean => ordinary.includes(actual as string)
    checks.push({
      field: 'event',
      operator: 'ordinary',
      expected: ordinary,
      pin: false,
      firm: true,
      read: ({ event }) => event,
      passes,
    })
  }
  for (const name of table.unusual ?? []) {
    if (targets.some(({ field }) => field === name)) continue
    const read = (identity: AnyWorkload): unknown => (identity as unknown as Record<string, unknown>)[name]
    const passes = (actual: unknown): boolean => actual === undefined || actual === false
    checks.push({
      field: name,
      operator: 'ordinary',
      expected: { present: false },
      pin: false,
      firm: true,
      read,
      passes,
    })
  }
  return checks
}

/** Only exactly `true` passes a rule, and only exactly `false` escapes a deny rule: a promise or a throw always refuses. */
function whereCheck(what: string, where: unknown, effect: 'allow' | 'deny'): RuleCheck {
  if (typeof where !== 'function')
    throw new TypeError(`${what}: where must be a function of the workload, not ${show(where)}`)
  const read = (identity: AnyWorkload): unknown => ask(where as (workload: AnyWorkload) => unknown, identity)
  const passes = effect === 'allow' ? (actual: unknown) => actual === true : (actual: unknown) => actual !== false
  const code = where as (...args: never[]) => unknown
  return { field: 'where', operator: 'where', expected: true, pin: false, firm: false, code, read, passes }
}

/** The answer of a `where`, or a text that says what it did instead of answering. */
function ask(where: (workload: AnyWorkload) => unknown, identity: AnyWorkload): boolean | string {
  let answer: unknown
  try {
    answer = where(identity)
  } catch {
    return 'threw'
  }
  if (typeof answer === 'boolean') return answer
  if (!isPromise(answer)) return 'answered something else'
  // Nobody waits for it, and a rejection that nobody hears would end the process.
  answer.then(undefined, () => {})
  return 'answered a Promise'
}

/** What can be meant, and is surely worth a second look. */
function warningsOf(what: string, { test, check: { field }, near }: Target): readonly string[] {
  const pattern = `${what}: '${field}' is an exact value with characters of a pattern in it. Did you mean glob()?`
  const name = `${what}: no table lists '${field}'. Did you mean '${near}'? A claim that tokens lack never matches.`
  return [...(looksLikePattern(test) ? [pattern] : []), ...(near === undefined ? [] : [name])]
}

function ruleJson(
  effect: 'allow' | 'deny',
  { table }: CompiledTable,
  issuers: readonly string[] | undefined,
  conditions: Readonly<Record<string, unknown>>,
  settings: RuleSettings,
): RuleJson {
  const issuer = issuers?.length === 1 ? issuers[0] : issuers
  const head = {
    provider: table.id,
    ...(issuer === undefined ? {} : { issuer }),
    ...(effect === 'deny' ? { deny: true } : {}),
  }
  return ownCopy({ ...head, ...conditions, ...(Object.keys(settings).length === 0 ? {} : { settings }) }) as RuleJson
}
