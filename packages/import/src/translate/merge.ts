/** Joins rules that differ in the values of one key. */

import { oneOrList } from './condition.ts'
import type { Rule } from './rule.ts'

/** The same rules, with those that differ in the values of one key as one rule with a list. */
export function mergeRules(rules: readonly Rule[]): readonly Rule[] {
  const merged: Rule[] = []
  for (const rule of rules) {
    const index = merged.findIndex((other) => joinedWith(other, rule) !== undefined)
    const joined = index < 0 ? undefined : joinedWith(merged[index] as Rule, rule)
    if (joined === undefined) merged.push(rule)
    else merged[index] = joined
  }
  return merged
}

function joinedWith(one: Rule, other: Rule): Rule | undefined {
  if (JSON.stringify(one.audiences) !== JSON.stringify(other.audiences)) return undefined
  const keys = Object.keys(one.conditions)
  if (keys.length !== Object.keys(other.conditions).length) return undefined
  const different = keys.filter((key) => text(one.conditions[key]) !== text(other.conditions[key]))
  const [key] = different
  if (key === undefined) return one
  const [first, second] = [listOf(one.conditions[key]), listOf(other.conditions[key])]
  if (different.length > 1 || first === undefined || second === undefined) return undefined
  const values = [...first, ...second]
  const distinct = values.filter((value, index) => values.findIndex((each) => text(each) === text(value)) === index)
  return { ...one, conditions: { ...one.conditions, [key]: oneOrList(distinct) } }
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? ''
}

/** The values and globs of a condition that is a list of them; `undefined` for other conditions. */
function listOf(condition: unknown): readonly unknown[] | undefined {
  const list: readonly unknown[] = Array.isArray(condition) ? condition : [condition]
  const isValue = (value: unknown): boolean =>
    ['string', 'number', 'boolean'].includes(typeof value) ||
    (typeof value === 'object' && value !== null && 'glob' in value)
  return condition !== undefined && list.every(isValue) ? list : undefined
}
