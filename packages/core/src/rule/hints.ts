/**
 * Hints on failed checks: one row for each known mistake. Who may read them is decided where the
 * answer is written.
 */

import { isAbsent, own } from '../util/objects.ts'
import { foldAscii } from '../util/format.ts'
import type { CheckResult } from '../model/verdict.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { differsBySlash } from '../token/token-hints.ts'
import { verifiedTokenOf } from '../workload/verified-token.ts'

type Failed = Omit<CheckResult, 'hint'>

interface HintRule {
  /**
   * The hint, or `undefined` when it is another mistake. `values` are those that would have passed.
   */
  readonly hint: (check: Failed, values: readonly string[], workload: AnyWorkload) => string | undefined
}

const hintRules: readonly HintRule[] = [
  {
    hint: ({ field, operator }) => {
      if (operator !== 'ordinary') return undefined
      return field === 'event'
        ? 'This event admits nobody unless the rule names it.'
        : 'Such a run admits nobody unless the rule names this field.'
    },
  },
  {
    hint: ({ field, actual }, _values, workload) => {
      const ask = isAbsent(actual)
        ? own(verifiedTokenOf(workload)?.issuer.table.table.optInClaims ?? {}, field)
        : undefined
      return typeof ask === 'string' ? `The token does not say, since the job did not ask: ${ask}.` : undefined
    },
  },
  {
    hint: ({ field, actual }) =>
      field === 'environment' && isAbsent(actual) ? 'The job names no environment.' : undefined,
  },
  {
    hint: ({ field, actual }, _values, { mergeQueue, pullRequest, tag }) => {
      if (field !== 'branch' || !isAbsent(actual)) return undefined
      if (mergeQueue !== undefined) return 'The run is of a merge queue, not of a branch: mergeQueue is its base.'
      if (pullRequest !== undefined) return 'The run is of a pull request, not of a branch.'
      if (tag !== undefined) return 'The run is of a tag, not of a branch.'
      return 'The run is not provably of a branch: it may be of a pull request, a fork or a merge queue.'
    },
  },
  {
    hint: ({ field, actual }, _values, { branch }) =>
      field === 'tag' && isAbsent(actual) && branch !== undefined ? 'The run is of a branch, not of a tag.' : undefined,
  },
  {
    hint: ({ field, actual }, values, workload) => {
      const { subjectForms = [] } = verifiedTokenOf(workload)?.issuer.table.table ?? {}
      const formOf = (subject: string): number => subjectForms.findIndex((form) => form.test(subject))
      return field === 'subject' && values.some((value) => formOf(value) !== formOf(String(actual)))
        ? 'Subjects come in several forms, with names, with ids, or by a template of the owner: match separate fields instead.'
        : undefined
    },
  },
  {
    hint: ({ actual }, values) =>
      values.some((value) => value !== actual && foldAscii(value) === foldAscii(text(actual)))
        ? 'The value differs in letter case only.'
        : undefined,
  },
  {
    hint: ({ actual }, values) =>
      values.some((value) => differsBySlash(value, [actual].flat()))
        ? 'The value differs by a slash at the end only.'
        : undefined,
  },
]

/** The hint for a failed check; `undefined` when it is no known mistake. */
export function hintFor(check: Failed, workload: AnyWorkload): string | undefined {
  const { operator, expected } = check
  const exact = operator === 'oneOf' || operator === 'equals' || operator === 'includes'
  const values = exact ? [expected].flat().filter((value): value is string => typeof value === 'string') : []
  for (const trap of hintRules) {
    const hint = trap.hint(check, values, workload)
    if (hint !== undefined) return hint
  }
  return undefined
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
