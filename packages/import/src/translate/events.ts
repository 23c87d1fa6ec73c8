/** What rules do not admit unless they name it: runs that outsiders can start. */

import type { Remark } from './condition.ts'
import type { KnownIssuer } from './issuers.ts'
import type { Alternative } from './normal-form.ts'
import type { Rule } from './rule.ts'

/** An event of each platform that outsiders can start, for examples. */
const untrusted: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'github-actions': { event_name: 'pull_request_target' },
  gitlab: { pipeline_source: 'merge_request_event' },
  circleci: { 'oidc.circleci.com/ssh-rerun': true },
}

/** The findings on runs that outsiders can start. */
export function eventRemarks(
  alternative: Alternative,
  rules: readonly Rule[],
  { table }: KnownIssuer,
): readonly Remark[] {
  const { trustedEvents, untrustedWhen = [], title, id } = table.table
  const open = rules.some(({ conditions }) => !namesEvent(conditions['event']))
  const remarks: Remark[] = []
  const example = { ...exampleOf(alternative), ...untrusted[id] }
  if (trustedEvents !== undefined && open)
    remarks.push({
      level: 'stricter',
      message: `The original names no event. The rules do not admit events of ${title} that outsiders can start.`,
      fix: 'Name the event in a rule of its own, if you mean it.',
      example,
    })
  if (untrustedWhen.length > 0)
    remarks.push({
      level: 'stricter',
      message: `The rules do not admit runs of ${title} with ${untrustedWhen.join(' or ')}.`,
      fix: 'Name the field in a rule of its own, if you mean it.',
      example,
    })
  return remarks
}

function namesEvent(condition: unknown): boolean {
  return (
    typeof condition === 'string' || (Array.isArray(condition) && condition.every((each) => typeof each === 'string'))
  )
}

function exampleOf(alternative: Alternative): Readonly<Record<string, unknown>> {
  const claims: Record<string, unknown> = {}
  for (const { claim, comparison, negated } of alternative) {
    const [name] = claim
    if (negated || claim.length !== 1 || name === undefined) continue
    if (comparison.kind === 'equals') claims[name] = comparison.values[0]
  }
  return claims
}
