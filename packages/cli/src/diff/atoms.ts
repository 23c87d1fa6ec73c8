/**
 * Splits a rule into rules without lists, which admit the same jobs together. A rule of another
 * policy then covers each of them or does not, however the lists were written.
 */

import type { RuleJson, TrustRule } from '@jobpass/core'
import { parseRule } from '@jobpass/core'
import { isPlainObject } from '@jobpass/core/internal'
import { providers } from '@jobpass/policy/built-in'

/** The most rules that one is split into; a rule with more stays whole. */
const most = 256

/** The rules without lists that a rule consists of. */
export function atomsOf(rule: TrustRule): readonly TrustRule[] {
  const { provider, issuer, settings, ...conditions } = rule.toJSON()
  const issuers = [issuer].flat() as readonly string[]
  const parts = split(conditions)
  if (parts.length * issuers.length > most) return [rule]
  return issuers.flatMap((each) =>
    parts.map((part) => {
      const json = { provider, issuer: each, ...(settings !== undefined && { settings }), ...part } as RuleJson
      return parseRule(json, providers)
    }),
  )
}

/** An object with lists as objects without, of which one or the other holds. */
function split(conditions: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  let parts: readonly Readonly<Record<string, unknown>>[] = [{}]
  for (const [name, value] of Object.entries(conditions)) {
    const values =
      name === 'claims' && isPlainObject(value) ? split(value) : Array.isArray(value) ? (value as unknown[]) : [value]
    if (parts.length * values.length > most) return [conditions]
    parts = parts.flatMap((part) => values.map((each) => ({ ...part, [name]: each })))
  }
  return parts
}
