/**
 * Compiles conditions to checks. What keeps a rule from admitting outsiders is decided here, at
 * construction.
 */

import type { CompiledTable } from '../table/compile-table.ts'
import { looksLikePattern } from './compile-condition.ts'
import type { Binding, CompiledRule, RuleJson, RuleSettings } from './rule.ts'
import { readSettings, settingsChecks } from './rule-settings.ts'
import type { Target } from './condition-parts.ts'
import { compileTargets, isAnyEvent } from './conditions.ts'
import { isPlainObject, ownCopy } from '../util/objects.ts'
import { formatValue } from '../util/format.ts'
import { issuerChecks, ordinaryChecks } from './implied-checks.ts'
import { conditionsOf } from '../table/subject-forms.ts'
import { whereCheck } from './where-check.ts'

/**
 * Compiles conditions to checks.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function compileRule(
  effect: 'allow' | 'deny',
  binding: Binding,
  given: unknown,
  givenSettings: unknown,
): Omit<CompiledRule, 'origins'> {
  const { table } = binding
  const what = `${effect === 'deny' ? 'A deny rule' : 'A rule'} for ${table.table.title}`
  if (!isPlainObject(given)) {
    throw new TypeError(`${what} takes conditions, such as { repository: 'acme/shop' }, not ${formatValue(given)}`)
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
  if (effect === 'allow') {
    const { subject } = conditions
    checkPinned(what, table, { pins: pins.length, conditions: targets.length, subject }, settings)
  }
  const checks = [
    ...issuerChecks(issuers),
    ...pins.map(({ check }) => ({ ...check, pin: true })),
    ...(effect === 'allow' && !anyEvent ? ordinaryChecks(table, targets) : []),
    ...targets
      .filter((target) => !pins.includes(target))
      .map((target) => ({ ...target.check, onlyReported: !admitsUntrusted(table, target) })),
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
    once: undefined,
    source: binding.source,
    warnings: targets.flatMap((target) => warningsOf(what, target)),
    json: where === undefined ? ruleJson(effect, table, issuers, conditions, settings) : undefined,
  })
}

/** A pin is an exact value, a pattern whose first segment, the tenant, is literal, or a list. */
function isPin({ test: { exact, patterns } }: Target): boolean {
  const isTenant = ([tenant = '']: readonly string[]): boolean => tenant !== '' && !/[*?]/.test(tenant)
  return exact !== undefined || patterns?.every((each) => isTenant(each.split('/'))) === true
}

/** What names an untrusted run admits it, and so must hold wherever the rule admits. */
function admitsUntrusted({ table }: CompiledTable, { field, test }: Target): boolean {
  return (field === 'event' && test.exact !== undefined) || table.untrustedWhen?.includes(field) === true
}

/**
 * On a self-hosted server the issuer is the installation, seldom the tenant: a rule for any of its
 * workloads must say so.
 */
function checkPinned(
  what: string,
  table: CompiledTable,
  has: { readonly pins: number; readonly conditions: number; readonly subject: unknown },
  { anyWorkload }: RuleSettings,
): void {
  const ownServer = table.table.issuer === undefined
  if (anyWorkload === true && (!ownServer || has.pins > 0)) {
    const why = ownServer ? 'pins its workloads already' : 'is for an issuer that others share'
    throw new TypeError(`${what} ${why}: leave anyWorkload out`)
  }
  if (anyWorkload === true) return
  if (table.table.pins.length > 0 && has.pins === 0) throw unpinned(what, table, has.subject)
  if (ownServer && has.conditions === 0) throw new TypeError(`${what} needs a condition, ${orAny}`)
}

const orAny = 'or the setting { anyWorkload: true }, which admits any workload of the server'

function unpinned(what: string, { table }: CompiledTable, subject: unknown): TypeError {
  const meant = conditionsOf(subject, table)
  if (meant !== undefined) {
    const written = Object.entries(meant).map(([name, value]) => `${name}: ${formatValue(value)}`)
    return new TypeError(
      `${what} must not lean on the subject, which is joined from other claims: write { ${written.join(', ')} }`,
    )
  }
  return new TypeError(
    `${what} must pin whose jobs it means, or any tenant of the issuer could match: add ${table.pins.join(', ')} ` +
      `with an exact value, a list, or a glob() such as 'acme/*' whose first segment has no wildcard${table.issuer === undefined ? `; ${orAny}` : ''}`,
  )
}

function checkNeeds(what: string, { table }: CompiledTable, targets: readonly Target[]): void {
  const named = new Set(targets.map(({ field }) => field))
  const proven = new Set(targets.filter(proves).map(({ field }) => field))
  for (const [field, needed] of Object.entries(table.requires ?? {})) {
    const any = typeof needed === 'string' ? [needed] : needed
    if (named.has(field) && !any.some((name) => proven.has(name))) {
      throw new TypeError(`${what}: '${field}' proves nothing there by itself; add ${any.join(' or ')}, with a value`)
    }
  }
}

/** Only a value, a list or a pattern proves something; `false` does not. */
function proves({ test }: Target): boolean {
  return test.patterns !== undefined || (test.exact !== undefined && !test.exact.includes(false))
}

/** Warnings about conditions that may be right, but look like mistakes. */
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
