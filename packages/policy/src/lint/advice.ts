/**
 * Conditions that a fix can suggest: the table has the field, and runs of the rule's events can
 * match it.
 */

import type { LintedRule } from './subject.ts'
import { exactly, named } from './terms.ts'

/** Whether rules of the provider can name a field. */
export const has = ({ facts }: LintedRule, field: string): boolean => Object.hasOwn(facts.table.identity, field)

/** Whether runs of an event have a ref, but no branch and no known workflow file. */
export const isRefOnly = ({ shape }: LintedRule, event: unknown): boolean =>
  shape?.refOnly.includes(event as string) === true

/** Whether no run of the rule's events has a branch. */
function isBranchless({ terms, shape }: LintedRule): boolean {
  const events = exactly(terms, 'event').flatMap(({ values }) => values as readonly string[])
  const { eventsWithout = {}, eventsOnly = {} } = shape ?? {}
  const lacks = (event: string): boolean =>
    eventsWithout['branch']?.includes(event) === true || eventsOnly['branch']?.includes(event) === false
  return events.length > 0 && events.every(lacks)
}

/**
 * `branch: 'main'`, or a ref if runs of the rule have only a ref; `undefined` if they have neither.
 */
export function refAdvice(rule: LintedRule): string | undefined {
  const events = exactly(rule.terms, 'event').flatMap(({ values }) => values)
  const refOnly = events.some((event) => isRefOnly(rule, event))
  if (has(rule, 'branch') && !refOnly)
    return isBranchless(rule) ? undefined : withNeeds(rule, 'branch', "branch: 'main'")
  return has(rule, 'ref') ? withNeeds(rule, 'ref', "ref: 'refs/heads/main'") : undefined
}

/**
 * Adds the fields that the suggested field requires, directly or indirectly, if the rule does not
 * name them.
 */
export function withNeeds(rule: LintedRule, field: string, advice: string): string {
  const needed = neededBy(rule, field)
  return needed.length === 0 ? advice : `${advice}, with ${needed.map((name) => `${name}: '…'`).join(', ')}`
}

function neededBy(rule: LintedRule, field: string): readonly string[] {
  const { requires = {} } = rule.facts.table
  const any = Object.hasOwn(requires, field) ? ([requires[field]].flat() as readonly string[]) : []
  const [first] = any
  return first === undefined || named(rule.terms, ...any).length > 0 ? [] : [first, ...neededBy(rule, first)]
}

/** The table's replacement for a branch that its platform does not prove. */
export function insteadOfBranch({ facts }: LintedRule): string | undefined {
  const { title, unsupported = {} } = facts.table
  const instead = Object.hasOwn(unsupported, 'branch') ? unsupported['branch'] : undefined
  return instead === undefined ? undefined : `${title} proves no branch: ${instead}.`
}

/** The id that identifies the owner of a job, and the ref if the platform proves one. */
export function provenAdvice(rule: LintedRule): string {
  const ids = ['repositoryId', 'projectId', 'pipelineId', 'ownerId', ...rule.facts.table.pins]
  const id = ids.find((name) => has(rule, name))
  const pinned = id === undefined ? [] : [withNeeds(rule, id, `${id}: '…'`)]
  return [...pinned, refAdvice(rule) ?? []].flat().join(', ')
}
