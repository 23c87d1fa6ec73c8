/**
 * Lints on runs outside of trusted events: pull requests, and other runs that strangers can start.
 */

import { isRefOnly } from '../advice.ts'
import { isLastWord, sameIssuer } from '../context.ts'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'
import type { Term } from '../terms.ts'
import { demands, exactly } from '../terms.ts'

interface NamedEvent {
  readonly where: string
  readonly event: string
}

/** The events of a rule that are not trusted events. */
function unusualEvents({ terms, facts, place }: LintedRule): readonly NamedEvent[] {
  const { trustedEvents = [] } = facts.table
  return exactly(terms, 'event').flatMap(({ values, label }) =>
    (values as readonly string[])
      .filter((event) => !trustedEvents.includes(event))
      .map((event) => ({ where: `${place}.${label}`, event })),
  )
}

const isPullRequest = ({ shape }: LintedRule, event: string): boolean =>
  shape === undefined ? /^(?:pull|merge)_request/.test(event) : shape.pullRequests.includes(event)

/** The terms of a rule on a field that admit a run with the field. */
export const wants = (terms: readonly Term[], field: string): readonly Term[] =>
  terms.filter(
    ({ name, kind, values, implied }) =>
      name === field &&
      !implied &&
      kind !== 'absent' &&
      !(kind === 'exact' && values.every((value) => value === false)),
  )

/** `, and pin the file …` if the provider's tokens name the workflow file. */
function pinning({ facts }: LintedRule): string {
  return facts.table.shapes?.workflow === undefined ? '' : ', and pin the file that may run, by workflow'
}

function pullRequests(rule: LintedRule, subject: Subject): readonly Found[] {
  if (!isLastWord(rule, subject)) return []
  const byEvent = unusualEvents(rule).filter(({ event }) => isPullRequest(rule, event))
  const unusual =
    rule.facts.table.untrustedWhen?.includes('pullRequest') === true ? wants(rule.terms, 'pullRequest') : []
  const found = [
    ...byEvent.map(({ where, event }) => ({ where, what: quote(event) })),
    ...unusual.map(({ label }) => ({ where: `${rule.place}.${label}`, what: 'pull requests' })),
  ]
  return found.map(({ where, what }) => ({
    where,
    message: `This admits ${what}: unreviewed code, some of it by people without write access.`,
    fix: `Remove it, or use this rule only for routes that anyone may call${pinning(rule)}.`,
  }))
}

/** The fix for a run that has only a ref: a protected ref, which outsiders cannot push to. */
const protecting = ", with the protected ref that it runs: ref: 'refs/heads/main', refProtected: true"

const pinsProtectedRef = ({ terms }: LintedRule): boolean =>
  exactly(terms, 'ref').length > 0 && demands(terms, 'refProtected')

/** A path alone is of any ref of the repository. */
const pinsFile = ({ terms }: LintedRule): boolean =>
  exactly(terms, 'workflow', 'jobWorkflow').length > 0 ||
  (exactly(terms, 'workflowFile').length > 0 &&
    (exactly(terms, 'ref', 'branch', 'tag').length > 0 || demands(terms, 'refProtected')))

/** Whether the provider is known to have the event; another lint reports unknown ones. */
const isKnown = ({ shape }: LintedRule, event: string): boolean =>
  shape === undefined || shape.events.length === 0 || shape.events.includes(event)

function outsiders(rule: LintedRule, subject: Subject): readonly Found[] {
  if (!isLastWord(rule, subject)) return []
  const others = unusualEvents(rule).filter(
    ({ event }) => event !== 'workflow_run' && !isPullRequest(rule, event) && isKnown(rule, event),
  )
  const open = others.filter(({ event }) => !(isRefOnly(rule, event) ? pinsProtectedRef(rule) : pinsFile(rule)))
  const fields = (rule.facts.table.untrustedWhen ?? []).filter((name) => name !== 'pullRequest')
  return [
    ...open.map(({ where, event }) => ({
      where,
      message: `A run of ${quote(event)} may be started by someone without write access, or run code that is not on the branch it names.`,
      fix: `Remove ${quote(event)}, or keep it${isRefOnly(rule, event) ? protecting : pinning(rule)}.`,
    })),
    ...fields
      .flatMap((name) => wants(rule.terms, name))
      .map((term) => ({
        where: `${rule.place}.${term.label}`,
        message: `This admits runs that are not trusted: those with '${term.name}'.`,
        fix: `Remove '${term.name}'.`,
      })),
  ]
}

function workflowRun(rule: LintedRule, subject: Subject): readonly Found[] {
  if (!isLastWord(rule, subject) || pinsFile(rule)) return []
  return unusualEvents(rule)
    .filter(({ event }) => event === 'workflow_run')
    .map(({ where }) => ({
      where,
      message:
        'workflow_run follows any other run, even of a stranger’s pull request, with the rights of the default branch.',
      fix: `Remove it, or keep it${pinning(rule)}.`,
    }))
}

function everyEvent(rule: LintedRule, subject: Subject): readonly Found[] {
  if (rule.role !== 'trust' || !rule.facts.anyEvent) return []
  const routes = subject.rules.filter((other) => other.role === 'route' && sameIssuer(other, [rule]).length > 0)
  if (routes.some((other) => unusualEvents(other).length > 0)) return []
  return [
    {
      where: `${rule.place}.event`,
      message:
        'Runs of every event may call, pull requests of strangers included, and no route here names an event that needs it.',
      fix: 'Remove event: trusted events stay admitted. Or name the event on the route that needs it.',
    },
  ]
}

/** Lints on runs outside of trusted events. */
export const unusualRunLints: readonly Lint[] = [
  {
    id: 'L020',
    level: 'warning',
    title: 'Admits pull requests',
    attack: 'C2',
    why: 'A pull request runs unreviewed code. With pull_request_target, its token names the default branch.',
    bad: "githubActions({ repositoryId: '74205118', event: ['push', 'pull_request'] })",
    good: "githubActions({ repositoryId: '74205118', event: 'push', branch: 'main' })",
    rule: pullRequests,
  },
  {
    id: 'L021',
    level: 'warning',
    title: 'Admits runs that are not trusted',
    attack: 'C3',
    why: 'Anyone can start runs of the default branch with comments, issues, forks and stars. Whether that is safe depends on the workflow file, so pin the file.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', event: 'issue_comment' })",
    good: "githubActions({ repositoryId: '74205118', event: 'issue_comment', workflow: 'acme/shop/.github/workflows/triage.yml@refs/heads/main' })",
    rule: outsiders,
  },
  {
    id: 'L022',
    level: 'warning',
    title: 'workflow_run without its workflow',
    attack: 'C3',
    why: 'The run that it follows may be a stranger’s, and so may the artifacts and caches of that run.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', event: 'workflow_run' })",
    good: "githubActions({ repositoryId: '74205118', event: 'workflow_run', workflow: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main' })",
    rule: workflowRun,
  },
  {
    id: 'L025',
    level: 'warning',
    title: 'anyEvent() that no route needs',
    attack: 'C3',
    why: 'It opens every route without a guard to pull requests of strangers. Routes that name no event refuse them anyway.',
    bad: "{ trust: githubActions({ ownerId: '1234567', event: anyEvent() }), routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }) } }",
    good: "{ trust: githubActions({ ownerId: '1234567', event: anyEvent() }), routes: { check: githubActions({ repositoryId: '74205118', event: 'pull_request' }) } }",
    rule: everyEvent,
  },
]
