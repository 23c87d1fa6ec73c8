/**
 * Values that show how a condition differs from another: some that it admits, some that it does
 * not.
 */

import { isPlainObject } from '@jobpass/core/internal'

/** A value of a field; `undefined`: the field is absent. */
export type Sample = string | boolean | number | undefined

/** A text that no rule names. */
const other = 'jobpass-diff'

/** Values for a condition as JSON: those that it is likely to admit first. */
export function samplesOf(condition: unknown): readonly Sample[] {
  if (Array.isArray(condition)) return condition.flatMap(samplesOf)
  if (typeof condition === 'string') return [condition, `${condition}-${other}`]
  if (typeof condition === 'boolean') return [condition, !condition]
  if (typeof condition === 'number') return [condition, condition + 1]
  if (!isPlainObject(condition)) return []
  if (typeof condition['glob'] === 'string') return globSamples(condition['glob'])
  if ('not' in condition) return [other, ...samplesOf(condition['not'])]
  if ('allOf' in condition) return [condition['allOf']].flat().flatMap(samplesOf)
  if ('semver' in condition) return ['v1.2.3', 'v1.2.3-rc.1', '1.2.3', other]
  if ('present' in condition) return [other, undefined]
  return []
}

/** Texts that a pattern matches, with short, long and nested parts for its wildcards. */
function globSamples(glob: string): readonly string[] {
  const fill = (segments: string, part: string): string =>
    glob.replaceAll('**', segments).replaceAll('*', part).replaceAll('?', 'x')
  return [
    fill(other, other),
    fill(`${other}/deep/er`, 'x'),
    fill('x', ''),
    `${fill(other, other)}/${other}`,
    `${other}${glob.replaceAll(/[*?]/g, '')}`,
  ]
}

/** A value that differs from every value in a list. */
export function otherThan(samples: readonly Sample[]): Sample {
  const known = new Set(samples)
  return [other, `${other}-2`, '987654321987', true, false].find((each) => !known.has(each))
}
