/** Lints on guards that lint cannot inspect, and on guards that do not enforce their rules. */

import type { Found, Lint } from '../finding.ts'
import type { Subject } from '../subject.ts'

function notSeen({ unseen }: Subject): readonly Found[] {
  return unseen.map(({ where, what }) => ({
    where,
    message: `Lint cannot inspect this: a ${what} finds its rules per request.`,
    fix: 'Run lintRules() on each rule before it is stored.',
  }))
}

function reportsOnly({ rules, unseen }: Subject): readonly Found[] {
  const enforcing = new Set([...rules.filter(({ facts }) => !facts.reports), ...unseen].map(({ list }) => list))
  const lists = new Set(rules.filter(({ facts }) => facts.reports).map(({ list }) => list))
  return [...lists]
    .filter((list) => !enforcing.has(list))
    .map((where) => ({
      where,
      message: 'All rules here only report: every job that matches their pins, events and settings may call.',
      fix: 'Add a rule that enforces, or remove reportOnly() once the reports are clean.',
    }))
}

/** Lints on guards. */
export const guardLints: readonly Lint[] = [
  {
    id: 'L080',
    level: 'advice',
    title: 'Rules that lint cannot inspect',
    why: 'Lookups and resolvers find their rules per request. Lint reports nothing about those rules.',
    bad: "{ routes: { deploy: () => githubActions({ repositoryId: '74205118', branch: 'main' }) } }",
    good: "{ routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }) } }",
    all: notSeen,
  },
  {
    id: 'L081',
    level: 'warning',
    title: 'Guard that only reports',
    why: 'A guard enforces only pins, events and settings of report-only rules, not their branches and environments.',
    bad: "{ routes: { deploy: reportOnly(githubActions({ repositoryId: '74205118', branch: 'main' })) } }",
    good: "{ routes: { deploy: [githubActions({ repositoryId: '74205118', branch: 'main' }), reportOnly(githubActions({ repositoryId: '74205118', branch: 'main', environment: 'production' }))] } }",
    all: reportsOnly,
  },
]
