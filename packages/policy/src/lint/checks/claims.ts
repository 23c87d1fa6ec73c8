/** Lints on what a rule takes for proof: claims that anybody can choose, negations, the subject. */

import { isAttackerControlled, nearest } from '@jobpass/core/internal'
import { provenAdvice } from '../advice.ts'
import { tell } from '../conflict.ts'
import { isLimited } from '../context.ts'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'
import type { Term } from '../terms.ts'
import { isPositive } from '../terms.ts'

function informational(rule: LintedRule): readonly Found[] {
  const { role, terms, facts, shape, place } = rule
  const { attackerControlled = [] } = facts.table
  if (role === 'deny') return []
  return terms.flatMap((term) => {
    const path = term.facts.claim
    const [claim] = path ?? []
    if (term.implied || path === undefined || claim === undefined || !isAttackerControlled(attackerControlled, path))
      return []
    return [
      {
        where: `${place}.${term.label}`,
        message: `'${path.join('.')}' is chosen by whoever starts the run or writes the workflow: it tells, and proves nothing.`,
        fix: `Leave it out, and pin what is proven: ${provenAdvice(rule)}.`,
        attack: shape?.attacks[claim] ?? ('C7' as const),
      },
    ]
  })
}

const refs = ['ref', 'branch', 'tag', 'mergeQueue', 'pullRequest']
const ids = { owner: 'ownerId', repository: 'repositoryId', project: 'projectId' }

/** What a positive condition may stand on to make a negation an exception from it. */
function kin(name: string): readonly string[] {
  if (refs.includes(name)) return refs
  const id = Object.entries(ids).find((pair) => pair.includes(name))
  return id ?? [name]
}

function negation(rule: LintedRule, subject: Subject): readonly Found[] {
  if (rule.role === 'deny') return []
  return rule.terms.flatMap((term) => {
    if (term.kind !== 'not') return []
    const positive = (terms: readonly Term[]): boolean =>
      terms.some((other) => isPositive(other) && kin(term.name).includes(other.name))
    if (isLimited(rule, subject, positive)) return []
    return [
      {
        where: `${rule.place}.${term.label}`,
        message: `Everything is admitted but ${quote(term.written)}, also what somebody thinks of tomorrow.`,
        fix: `Name what may call: ${term.label}: ['…', '…'].`,
      },
    ]
  })
}

function denyByNegation({ role, terms, place }: LintedRule): readonly Found[] {
  if (role !== 'deny') return []
  return terms.flatMap(({ kind, label, facts, written }) =>
    kind === 'not' && !facts.required
      ? [
          {
            where: `${place}.${label}`,
            message: `A run without '${label}' is not denied: not() matches only what is there.`,
            fix: `Put it into the trust rule instead: ${label}: ${quote(written)}; or deny absent() as well.`,
          },
        ]
      : [],
  )
}

function subjectUsed(rule: LintedRule): readonly Found[] {
  const { role, terms, place } = rule
  return terms
    .filter(({ name, implied }) => name === 'subject' && !implied && role !== 'deny')
    .filter((term) => withdrawnOf(term).length === 0)
    .map((term) => ({
      where: `${place}.${term.label}`,
      message: `The subject is ${tell(term)}, a text joined from other claims, by a template that each repository may change.`,
      fix: `Write the conditions apart: ${provenAdvice(rule)}.`,
    }))
}

/** The first immutable form of GitHub's subject, with `-` between name and id, which a name can imitate. */
const withdrawn = /^repo:[^/:@]+-\d+\/[^/:@]+-\d+(?::|$)/

const withdrawnOf = ({ written }: Term): readonly string[] =>
  written.filter((value): value is string => typeof value === 'string' && withdrawn.test(value))

function withdrawnSubject({ terms, facts, place }: LintedRule): readonly Found[] {
  if (facts.provider !== 'github-actions') return []
  return terms
    .filter(({ name }) => name === 'subject')
    .flatMap((term) =>
      withdrawnOf(term).map((value) => {
        const [owner = '', repository = ''] = value.slice('repo:'.length).split('/')
        const idOf = (text: string): string => quote(text.split(':')[0]?.split('-').at(-1))
        return {
          where: `${place}.${term.label}`,
          message: `${quote(value)} is a form that GitHub has withdrawn: an owner whose name ends in the digits imitates it.`,
          fix: `Write ownerId: ${idOf(owner)}, repositoryId: ${idOf(repository)}, and the branch or environment as conditions of their own.`,
        }
      }),
    )
}

function unlisted({ facts, place }: LintedRule): readonly Found[] {
  const known = Object.keys(facts.table.claims)
  return facts.checks
    .filter((check) => check.unlisted === true)
    .map(({ field }) => {
      const near = nearest(field.slice('claims.'.length), known, 2)
      return {
        where: `${place}.${field}`,
        message: `The table of ${facts.table.title} does not list '${field}': nothing vouches for who chooses its value, or that tokens have it.`,
        fix:
          near === undefined
            ? 'Look up in its documentation who chooses the value, and keep what the rule pins beside it.'
            : `If it is a slip, write ${quote(near)}. Else look up in its documentation who chooses the value.`,
      }
    })
}

/** Lints on what is taken for proof. */
export const claimLints: readonly Lint[] = [
  {
    id: 'L050',
    level: 'warning',
    title: 'A claim that proves nothing',
    attack: 'C7',
    why: 'Display names, people and the head of a pull request are what a stranger or any author of a workflow chooses.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', claims: { actor: 'dependabot[bot]' } })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: informational,
  },
  {
    id: 'L051',
    level: 'warning',
    title: 'Negation without anything to except from',
    attack: 'E1',
    why: 'A list of what may not call is never complete. An absent value does not pass here, but every other one does.',
    bad: "githubActions({ repositoryId: '74205118', branch: not('preview') })",
    good: "githubActions({ repositoryId: '74205118', ref: glob('refs/heads/release/*'), branch: not('release/old') })",
    rule: negation,
  },
  {
    id: 'L052',
    level: 'warning',
    title: 'Denies by a negation',
    attack: 'E1',
    why: 'No operator but absent() matches a missing value, so that a deny rule with not() leaves out the runs that have none.',
    bad: "{ trust: gitlab({ repositoryId: '48120077' }), deny: gitlab.deny({ branch: not('main') }) }",
    good: "{ trust: gitlab({ repositoryId: '48120077', branch: 'main' }), deny: gitlab.deny({ refProtected: false }) }",
    rule: denyByNegation,
  },
  {
    id: 'L053',
    level: 'warning',
    title: 'Subject as a condition',
    attack: 'C11',
    why: 'An environment hides the branch in it, templates change it, and values run together in it. All it says is in claims of their own.',
    bad: "githubActions({ repositoryId: '74205118', subject: 'repo:acme/shop:ref:refs/heads/main' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: subjectUsed,
  },
  {
    id: 'L054',
    level: 'error',
    title: 'Withdrawn form of the subject',
    attack: 'B4',
    why: 'With a hyphen between name and id, an owner called acme-123456 has the same subject as the owner acme with that id.',
    bad: "githubActions({ ownerId: '123456', subject: 'repo:acme-123456/app-456789:ref:refs/heads/main' })",
    good: "githubActions({ ownerId: '123456', repositoryId: '456789', branch: 'main' })",
    rule: withdrawnSubject,
  },
  {
    id: 'L055',
    level: 'warning',
    title: 'A claim that no table lists',
    attack: 'E2',
    why: 'A claim may be newer than this release, or one that an administrator added, or misspelt. A rule that names it matches its exact value and nothing else, and whether a stranger chooses that value is not known.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', claims: { workflow_reff: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main' } })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main', claims: { workflow_ref: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main' } })",
    rule: unlisted,
  },
]
