/** Lints on events: what starts a run. */

import { insteadOfBranch } from '../advice.ts'
import { isLastWord } from '../context.ts'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'
import { exactly, isPositive, named } from '../terms.ts'
import { wants } from './unusual-runs.ts'

function placeOfJob({ role, terms, shape, place }: LintedRule): readonly Found[] {
  if (role === 'deny' || exactly(terms, 'repository', 'repositoryId').length > 0) return []
  return terms
    .filter(({ facts }) => facts.claim !== undefined && shape?.places.includes(facts.claim[0] ?? '') === true)
    .map(({ label }) => ({
      where: `${place}.${label}`,
      message: `'${label}' says where the job runs; a fork's merge request runs in the parent project, with the fork's code.`,
      fix: "Add repositoryId: '…' of the same project: it says whose code runs.",
    }))
}

function noEvents(rule: LintedRule, subject: Subject): readonly Found[] {
  const { table, hasCode } = rule.facts
  if (
    !isLastWord(rule, subject) ||
    table.trustedEvents !== undefined ||
    (table.untrustedWhen ?? []).length > 0 ||
    hasCode
  )
    return []
  if (rule.terms.some((term) => isPositive(term) && term.name.startsWith('claims.'))) return []
  return [
    {
      message: `The table of ${table.title} does not list trusted events, so this admits every kind of run, pull requests included.`,
      fix:
        insteadOfBranch(rule) ??
        'Add a condition on the claim that says what started the run, or add trustedEvents to the table.',
    },
  ]
}

function pullRequestWithoutEvent({ role, terms, shape, place, facts }: LintedRule): readonly Found[] {
  const wanted = wants(terms, 'pullRequest')
  if (role === 'deny' || shape === undefined || shape.pullRequests.length === 0 || facts.anyEvent) return []
  if (named(terms, 'event').length > 0) return []
  return wanted.map(({ label }) => ({
    where: `${place}.${label}`,
    message:
      'The events of pull requests are not trusted events, and this rule does not name them: it admits no pull request.',
    fix: `Add event: ${quote(shape.pullRequests[0])}.`,
  }))
}

function unknownEvent({ terms, shape, facts, place }: LintedRule): readonly Found[] {
  const { events = [] } = shape ?? {}
  if (events.length === 0) return []
  return exactly(terms, 'event').flatMap(({ values, label }) =>
    (values as readonly string[])
      .filter((event) => !events.includes(event))
      .map((event) => ({
        where: `${place}.${label}`,
        message: `${facts.table.title} has no known event ${quote(event)}, so this may never match.`,
        fix: `Known events: ${nearest(event, events).join(', ')}.`,
      })),
  )
}

/** Events that begin like the given one, or all events. */
function nearest(event: string, events: readonly string[]): readonly string[] {
  const near = events.filter((each) => each.slice(0, 4) === event.slice(0, 4))
  return near.length > 0 ? near : events
}

/** Lints on events. */
export const eventLints: readonly Lint[] = [
  {
    id: 'L023',
    level: 'warning',
    title: 'Where the job runs, not whose code it runs',
    attack: 'D2',
    why: "GitLab runs a fork's merge request in the parent project: job_project_* is the parent then, and the code is the fork's.",
    bad: "gitlab({ ownerId: '99', branch: 'main', claims: { job_project_id: '48120077' } })",
    good: "gitlab({ repositoryId: '48120077', branch: 'main', claims: { job_project_id: '48120077' } })",
    rule: placeOfJob,
  },
  {
    id: 'L024',
    level: 'warning',
    title: 'No limit on what starts a run',
    attack: 'C3',
    why: 'If the table of a provider has neither trustedEvents nor untrustedWhen, only the rule itself keeps pull requests out. (acmeCi is such a provider, made by defineProvider.)',
    bad: "acmeCi({ ownerId: '7', branch: 'main' })",
    good: "acmeCi({ ownerId: '7', branch: 'main', claims: { trigger: 'push' } })",
    rule: noEvents,
  },
  {
    id: 'L026',
    level: 'warning',
    title: 'Pull request without its event',
    why: 'Safe, but surely not intended: such a rule admits no pull request.',
    bad: "githubActions({ repositoryId: '74205118', pullRequest: present() })",
    good: "githubActions({ repositoryId: '74205118', pullRequest: present(), event: 'pull_request' })",
    rule: pullRequestWithoutEvent,
  },
  {
    id: 'L027',
    level: 'warning',
    title: 'Unknown event',
    why: 'An event that the provider does not send matches nothing. If the provider adds it later, it is trusted blindly.',
    bad: "gitlab({ repositoryId: '48120077', event: 'merge_request' })",
    good: "gitlab({ repositoryId: '48120077', event: 'merge_request_event' })",
    rule: unknownEvent,
  },
]
