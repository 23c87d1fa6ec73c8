/** Lints on guards that lint cannot look into, and on guards that do not enforce what they say. */

import type { Found, Lint } from '../finding.ts'
import type { Subject } from '../subject.ts'

function notSeen({ unseen }: Subject): readonly Found[] {
  return unseen.map(({ where, what }) => ({
    where,
    message: `Lint cannot look into this: a ${what} finds its rules per request.`,
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
      message: 'All rules here only report: every job that their pins, events and settings admit may call.',
      fix: 'Put a rule that enforces next to them, or take reportOnly() off once the reports are clean.',
    }))
}

/** Lints on guards. */
export const guardLints: readonly Lint[] = [
  {
    id: 'L080',
    level: 'advice',
    title: 'Cannot look into this',
    why: 'Look-ups and resolvers find their rules per request. No finding here says nothing about those rules.',
    bad: "{ routes: { deploy: () => githubActions({ repositoryId: '74205118', branch: 'main' }) } }",
    good: "{ routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }) } }",
    all: notSeen,
  },
  {
    id: 'L081',
    level: 'warning',
    title: 'Only reports',
    why: 'Of rules that only report, a guard enforces pins, events and settings; branches and environments are not enforced.',
    bad: "{ routes: { deploy: reportOnly(githubActions({ repositoryId: '74205118', branch: 'main' })) } }",
    good: "{ routes: { deploy: [githubActions({ repositoryId: '74205118', branch: 'main' }), reportOnly(githubActions({ repositoryId: '74205118', branch: 'main', environment: 'production' }))] } }",
    all: reportsOnly,
  },
]
