/**
 * Excludes exact subjects. The subject is compared by letter case and rules ignore that of names,
 * so that the claims that the subject is made of are excluded as well.
 */

import { exactText, joined, matchesAll } from '../pattern.ts'
import type { ClaimTest } from '../requirement.ts'
import { fitsOf } from '../subject/fits.ts'
import type { Choice, Condition } from './condition.ts'
import { isExact, Untranslatable } from './condition.ts'
import { product } from './normal-form.ts'

/** The choices of conditions that exclude what a negated test of the subject excludes. */
export function excludedBy({ comparison }: ClaimTest, provider: string): readonly Choice[] {
  if (comparison.kind === 'present' || (comparison.kind === 'like' && comparison.patterns.some(matchesAll)))
    throw new Untranslatable('No token passes, because each has a subject.', 'Leave this part out.')
  const exact =
    comparison.kind === 'like'
      ? comparison.patterns.map((pattern) => exactText(joined(pattern)))
      : comparison.kind === 'equals'
        ? comparison.values.flatMap((value) => (typeof value === 'string' ? [value] : []))
        : [undefined]
  return exact.map((subject) => without(subject, provider)).reduce<readonly Choice[]>(product, [[]])
}

function without(subject: string | undefined, provider: string): readonly Choice[] {
  if (subject === undefined)
    throw new Untranslatable(
      'Rules exclude exact subjects only, and with their letter case.',
      'Exclude the values of the claims that the pattern means.',
    )
  if (subject === '') return [[]]
  const not: Condition = { key: 'subject', value: { not: subject } }
  const choice = fitsOf([subject], provider).find((fit) => fit.choice !== undefined)?.choice
  // The platform may spell it in another way, with ids, and the rule would not see that.
  if (choice === undefined)
    throw new Untranslatable(
      'The excluded subject has no form of the platform, so that its claims are unknown.',
      'Exclude the values of the claims that it means.',
    )
  const others = choice.flatMap((condition) => opposites(condition, provider))
  return others.length === 0 ? [[not]] : others.map((condition) => [condition, not])
}

/** Conditions of which one holds where the given one does not. */
function opposites({ key, value }: Condition, provider: string): readonly Condition[] {
  if (key === 'environment') {
    const present = { key, value: { present: true } }
    return isExact(value)
      ? [
          { key, value: { not: value } },
          { key, value: { present: false } },
        ]
      : [present]
  }
  if (key === 'branch' || key === 'tag') {
    const folder = key === 'branch' ? 'refs/heads/' : 'refs/tags/'
    return provider === 'gitlab'
      ? [{ key: ['ref'], value: { not: value } }]
      : [{ key: 'ref', value: { not: `${folder}${String(value)}` } }]
  }
  return isExact(value) ? [{ key, value: { not: value } }] : []
}
