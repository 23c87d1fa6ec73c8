/** What rules do differently from the original, whatever its conditions are. */

import type { Remark } from './condition.ts'
import { isExact } from './condition.ts'
import { passesTest } from './claim-test.ts'
import { exampleOf } from './example.ts'
import { isNamed } from './finish.ts'
import type { KnownIssuer } from './issuers.ts'
import type { Alternative } from './normal-form.ts'
import type { Rule } from './rule.ts'

/** Runs that outsiders can start, by platform: a claim and its values, for examples. */
const untrusted: Readonly<Record<string, readonly [claim: string, values: readonly (string | boolean)[]]>> = {
  'github-actions': ['event_name', ['pull_request_target', 'workflow_run', 'issue_comment']],
  gitlab: ['pipeline_source', ['merge_request_event', 'external_pull_request_event', 'parent_pipeline']],
  circleci: ['oidc.circleci.com/ssh-rerun', [true]],
}

/** A run that outsiders can start and that the original admits; `undefined` where none is known. */
function untrustedRun(alternative: Alternative, { table }: KnownIssuer): Readonly<Record<string, unknown>> | undefined {
  const [claim = '', values = []] = untrusted[table.table.id] ?? []
  const tests = alternative.filter((test) => test.claim.length === 1 && test.claim[0] === claim)
  const value = values.find((each) => tests.every((test) => passesTest(test, each)))
  return value === undefined ? undefined : { [claim]: value }
}

/** The findings on runs that outsiders can start, and on the letter case of names. */
export function remarksOn(rules: readonly Rule[], alternative: Alternative, known: KnownIssuer): readonly Remark[] {
  const { table } = known.table
  const { trustedEvents, untrustedWhen = [], title } = table
  const remarks: Remark[] = []
  const run = untrustedRun(alternative, known)
  const example = run && { example: { ...exampleOf(alternative, known), ...run } }
  if (trustedEvents !== undefined && rules.some(({ conditions }) => !isNamed(conditions['event'])))
    remarks.push({
      level: 'stricter',
      message: `The original names no event. The rules do not admit events of ${title} that outsiders can start.`,
      fix: 'Name the event in a rule of its own, if you mean it.',
      ...example,
    })
  const fields = untrustedWhen.filter((field) => rules.some(({ conditions }) => !(field in conditions)))
  if (fields.length > 0)
    remarks.push({
      level: 'stricter',
      message: `The rules do not admit runs of ${title} with ${fields.join(' or ')}.`,
      fix: 'Name the field in a rule of its own, if you mean it.',
      ...example,
    })
  return [...remarks, ...protectionRemarks(rules, alternative, known), ...caseRemarks(rules, known)]
}

/**
 * A rule on an environment that anybody can name is not possible, so it must be a protected one.
 */
function protectionRemarks(
  rules: readonly Rule[],
  alternative: Alternative,
  { table }: KnownIssuer,
): readonly Remark[] {
  const claim = table.fields.get('environmentProtected')?.claim?.join('.')
  const isAdded = rules.some(({ conditions }) => conditions['environmentProtected'] === true)
  if (claim === undefined || !isAdded || alternative.some((test) => test.claim.join('.') === claim)) return []
  return [
    {
      level: 'stricter',
      message:
        'The rules admit jobs of a protected environment only: jobs choose the name of another one as they like.',
      fix: 'Protect the environment, or add a branch or a tag to the rule.',
    },
  ]
}

/** An exact subject has the letter case of the original. */
function hasSubject({ subject }: Rule['conditions']): boolean {
  return subject !== undefined && isExact(subject)
}

function caseRemarks(rules: readonly Rule[], { table }: KnownIssuer): readonly Remark[] {
  const names = [...table.fields.values()].filter(({ comparison }) => comparison.foldCase).map(({ name }) => name)
  const used = names.filter((name) => rules.some(({ conditions }) => name in conditions && !hasSubject(conditions)))
  if (used.length === 0) return []
  return [
    {
      level: 'note',
      message: `Rules ignore the letter case of ${used.join(' and ')}, as ${table.table.title} does: two names that differ in it are one thing there.`,
      fix: 'Nothing, if the original spells the names as the platform does.',
    },
  ]
}
