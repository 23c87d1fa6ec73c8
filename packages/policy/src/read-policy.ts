/**
 * Reads a version of a policy from a document. All of it is checked, and all faults are reported at
 * once.
 */

import { isPlainObject, ruleFromJson } from '@jobpass/core/internal'
import { inspectRule } from './inspect-rule.ts'
import type { TrustRule } from '@jobpass/core'
import { parseRule, reportOnly } from '@jobpass/core'
import { checkRule } from './check-rule.ts'
import { broken, isWhole, readDocument } from './document.ts'
import type { Path, PolicyFault, Report } from './fault.ts'
import { PolicyError, pathText } from './fault.ts'
import type { SettledOptions } from './options.ts'
import type { BuiltRule, Version } from './policy.ts'
import { makeVersion } from './policy.ts'
import type { PolicyProvider, Shape } from './shape.ts'
import type { DocumentText } from './source.ts'
import { didYouMean, quote, show } from './text.ts'

/** A document, with the positions of its parts if it was text. */
export type DocumentSource = { readonly value: unknown } & Partial<DocumentText>

/** Reads one version of a policy. Throws a `PolicyError` that lists all faults. */
export function readVersion(source: DocumentSource, options: SettledOptions): Version {
  const faults: PolicyFault[] = [...(source.faults ?? [])]
  const report: Report = (path, message, part = 'value') => {
    faults.push({ path: pathText(path), message, ...source.locate?.(path, part) })
  }
  const document = readDocument(source.value, report, source.written)
  const sets = readSets(document, { ...options, report, written: source.written ?? (() => undefined) })
  // Faults of the text were found first; sort them into place.
  const inOrder = (a: PolicyFault, b: PolicyFault): number =>
    (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
  if (faults.length > 0) throw new PolicyError(faults.toSorted(inOrder))
  return makeVersion(sets)
}

interface Reading extends SettledOptions {
  readonly report: Report
  readonly written: (path: Path) => string | undefined
}

const topKeys = ['rules', 'description', '$schema'] as const

/** Format of a set's name. */
export const nameForm = '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$'
const nameFormat = new RegExp(nameForm, 'u')

function readSets(document: unknown, reading: Reading): ReadonlyMap<string, readonly BuiltRule[]> {
  const { report } = reading
  const sets = new Map<string, readonly BuiltRule[]>()
  if (document === broken) return sets
  if (!isPlainObject(document)) {
    report([], `must be an object, such as { "rules": { "deploy": { … } } }, not ${show(document)}`)
    return sets
  }
  for (const key of Object.keys(document)) {
    const known = topKeys.find((each) => each === key)
    if (known === undefined) report([key], `${quote(key)} is not a key here${near(key, topKeys)}`, 'key')
    else if (known !== 'rules' && typeof document[key] !== 'string' && document[key] !== broken)
      report([key], `must be text, not ${show(document[key])}`)
  }
  const { rules } = document
  if (rules === broken) return sets
  if (!isPlainObject(rules) || Object.keys(rules).length === 0) {
    if (!Object.hasOwn(document, 'rules'))
      report([], 'needs "rules": sets of rules by name, such as { "deploy": { … } }')
    else report(['rules'], 'must be sets of rules by name, such as { "deploy": { … } }')
    return sets
  }
  for (const name of Object.keys(rules)) {
    if (nameFormat.test(name)) sets.set(name, readSet(rules[name], ['rules', name], reading))
    else
      report(['rules', name], `${quote(name)} is not a valid name: letters, digits and . _ : / -, at most 100`, 'key')
  }
  return sets
}

function near(key: string, known: readonly string[]): string {
  return `${didYouMean(key, known) || '.'} Known: ${known.join(', ')}`
}

function readSet(value: unknown, path: Path, reading: Reading): readonly BuiltRule[] {
  if (value === broken) return []
  if (!Array.isArray(value)) return readRule(value, path, reading)
  if (value.length === 0) reading.report(path, 'is an empty list, so no job could call: add a rule')
  return value.flatMap((rule, index) => readRule(rule, [...path, index], reading))
}

function readRule(value: unknown, path: Path, reading: Reading): readonly BuiltRule[] {
  if (value === broken) return []
  if (!isPlainObject(value)) {
    reading.report(path, `must be a rule, such as { "provider": "github-actions", … }, not ${show(value)}`)
    return []
  }
  let sound = isWhole(value)
  const report: Report = (...fault) => {
    sound = false
    reading.report(...fault)
  }
  const shape = checkRule(value, reading.shapes, path, { report, written: reading.written })
  return shape !== undefined && sound ? buildRule(value, shape, path, reading) : []
}

/**
 * Core makes the final check of a rule, and the only check of what no single key shows: pins,
 * fields that require others, and the issuer.
 */
function buildRule(value: Readonly<Record<string, unknown>>, shape: Shape, path: Path, reading: Reading): BuiltRule[] {
  const { reportOnly: reports, ...json } = value
  try {
    const rule = makeRule(json, shape, reading.providers)
    if (reading.strict && !inspectRule(rule).pinnedById) {
      reading.report(
        path,
        `is pinned by names only, which others can take over; strict requires ids, such as "${idOf(shape)}"`,
      )
      return []
    }
    return [
      { rule: reports === true ? reportOnly(rule) : rule, meaning: { rule: rule.toJSON(), reports: reports === true } },
    ]
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    reading.report(
      /^The issuer|has the issuer|tenant's issuer/.test(error.message) ? [...path, 'issuer'] : path,
      inDocument(error.message),
    )
    return []
  }
}

function makeRule(
  json: Readonly<Record<string, unknown>>,
  { id, issuers }: Shape,
  providers: readonly PolicyProvider[],
): TrustRule<never> {
  if (Object.hasOwn(json, 'issuer')) return parseRule(json, providers)
  // Without `issuer`, use the provider's own, or the only one that it is bound to.
  const own = providers.find((provider) => provider.id === id && (issuers !== undefined || provider.at !== undefined))
  const { provider: _, settings, ...conditions } = json
  const call = own as unknown as (conditions: unknown, settings?: unknown) => TrustRule<never>
  return ruleFromJson(call, conditions, settings)
}

function idOf({ fields }: Shape): string {
  return ['repositoryId', 'projectId', 'ownerId'].find((name) => fields.has(name)) ?? 'ownerId'
}

/** Rewords a message of core, which describes code, for a document. */
function inDocument(message: string): string {
  return message
    .replace(/^A rule (?:in JSON|for .+?)(?:: | (?=must|has|needs))/, '')
    .replaceAll('glob()', '{ "glob": … }')
    .replaceAll('absent()', '{ "present": false }')
}
