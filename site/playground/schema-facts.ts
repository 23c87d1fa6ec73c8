/** What the schema of documents says about keys and values. */

import { policySchema } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'

interface Schema {
  readonly [keyword: string]: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly $defs?: Readonly<Record<string, Schema>>
}

let made: Schema | undefined

/** The schema of all platforms, made when it is first needed. */
function schema(): Schema {
  made ??= policySchema(providers) as Schema
  return made
}

function definition(name: string): Schema {
  return schema().$defs?.[name] ?? {}
}

const described = ({ properties = {} }: Schema): readonly (readonly [string, string])[] =>
  Object.entries(properties).map(([name, { description = '' }]) => [name, description])

/** The keys of a platform's rules, with their descriptions. */
export function fieldsFor(provider: string): readonly (readonly [string, string])[] {
  return described(definition(provider))
}

/** The claims of a platform. */
export function claimsFor(provider: string): readonly (readonly [string, string])[] {
  return described(definition(provider).properties?.['claims'] ?? {})
}

/** The settings of rules. */
export function settingsFields(): readonly (readonly [string, string])[] {
  return described(definition('settings'))
}

/** What the operators of conditions mean. */
export const conditionsFor: Readonly<Record<string, string>> = {
  glob: 'A pattern for the whole value.',
  not: 'Present, and not this value.',
  allOf: 'All of these conditions.',
  semver: 'A release version, such as v1.4.0.',
  present: 'Whether there is a value.',
}

/** Where a field is. */
interface Place {
  readonly inClaims: boolean
  readonly inSettings: boolean
}

/** The values that the schema lists for a field, and the operators that it accepts. */
export function valuesFor(
  provider: string,
  field: string,
  { inClaims, inSettings }: Place,
): { readonly values: readonly unknown[]; readonly operators: readonly string[] } {
  const rule = definition(inSettings ? 'settings' : provider)
  const properties = (inClaims ? rule.properties?.['claims'] : rule)?.properties ?? {}
  const found = { values: new Set<unknown>(), operators: new Set<string>() }
  if (Object.hasOwn(properties, field)) collect(properties[field] as Schema, found, 0)
  const operators = Object.keys(conditionsFor).filter((name) => found.operators.has(name))
  return { values: [...found.values], operators }
}

interface Found {
  readonly values: Set<unknown>
  readonly operators: Set<string>
}

const names = new Set(['glob', 'not', 'allOf', 'semver', 'present'])

function collect(part: Schema, found: Found, depth: number): void {
  if (depth > 8) return
  const { $ref, anyOf, type, properties } = part
  if (typeof $ref === 'string') collect(definition($ref.replace('#/$defs/', '')), found, depth + 1)
  for (const each of (anyOf ?? []) as readonly Schema[]) collect(each, found, depth + 1)
  for (const value of (part['enum'] ?? []) as readonly unknown[]) found.values.add(value)
  if (part['const'] !== undefined) found.values.add(part['const'])
  if (type === 'boolean') for (const value of [true, false]) found.values.add(value)
  for (const name of Object.keys(properties ?? {})) if (names.has(name)) found.operators.add(name)
}
