/** Lints on what a rule treats as proof: attacker-controlled claims, negations, the subject. */

import { isAttackerControlled, nearest } from '@jobpass/core/internal'
import { provenAdvice } from '../advice.ts'
import { describe } from '../conflict.ts'
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
        message: `'${path.join('.')}' is chosen by the person who starts the run or writes the workflow: it is information, not proof.`,
        fix: `Leave it out, and pin what is proven: ${provenAdvice(rule)}.`,
        attack: shape?.attacks[claim] ?? ('C7' as const),
      },
    ]
  })
}

const refs = ['ref', 'branch', 'tag', 'mergeQueue', 'pullRequest']
const ids = { owner: 'ownerId', repository: 'repositoryId', project: 'projectId' }

/** The fields of which a positive condition makes a negation an exception. */
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
        message: `Everything except ${quote(term.written)} is admitted, including values that do not exist yet.`,
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
            fix: `Move the condition to the trust rule: ${label}: ${quote(written)}. Or deny absent() as well.`,
          },
        ]
      : [],
  )
}

function subjectUsed(rule: LintedRule): readonly Found[] {
  const { role, terms, place } = rule
  return terms
    .filter(({ name, implied }) => name === 'subject' && !implied && role !== 'deny')
    .filter((term) => withdrawnOf(term, rule).length === 0)
    .map((term) => ({
      where: `${place}.${term.label}`,
      message: `The subject is ${describe(term)}, a text joined from other claims, by a template that each repository can change.`,
      fix: `Write separate conditions: ${provenAdvice(rule)}.`,
    }))
}

const withdrawnOf = ({ written }: Term, { shape }: LintedRule): readonly string[] =>
  written.filter((value): value is string => typeof value === 'string' && shape?.withdrawnSubject?.test(value) === true)

function withdrawnSubject(rule: LintedRule): readonly Found[] {
  const { terms, facts, place } = rule
  return terms
    .filter(({ name }) => name === 'subject')
    .flatMap((term) =>
      withdrawnOf(term, rule).map((value) => {
        const [owner = '', repository = ''] = value.slice('repo:'.length).split('/')
        const idOf = (text: string): string => quote(text.split(':')[0]?.split('-').at(-1))
        return {
          where: `${place}.${term.label}`,
          message: `${quote(value)} is a format that ${facts.table.title} has withdrawn: an owner whose name ends in these digits can imitate it.`,
          fix: `Write ownerId: ${idOf(owner)}, repositoryId: ${idOf(repository)}, and the branch or environment as separate conditions.`,
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
        message: `The table of ${facts.table.title} does not list '${field}': it is unknown who chooses its value, and whether tokens have it.`,
        fix:
          near === undefined
            ? 'Look up in its documentation who chooses the value, and keep the other conditions of the rule.'
            : `If this is a typo, write ${quote(near)}. Otherwise look up in its documentation who chooses the value.`,
      }
    })
}

/** Lints on proof. */
export const claimLints: readonly Lint[] = [
  {
    id: 'L050',
    level: 'warning',
    title: 'A claim that proves nothing',
    attack: 'C7',
    why: 'A stranger, or any author of a workflow, chooses display names, actors and the head of a pull request.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', claims: { actor: 'dependabot[bot]' } })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: informational,
  },
  {
    id: 'L051',
    level: 'warning',
    title: 'Negation that is not an exception',
    attack: 'E1',
    why: 'A list of excluded values is never complete. An absent value does not match, but every other value does.',
    bad: "githubActions({ repositoryId: '74205118', branch: not('preview') })",
    good: "githubActions({ repositoryId: '74205118', ref: glob('refs/heads/release/*'), branch: not('release/old') })",
    rule: negation,
  },
  {
    id: 'L052',
    level: 'warning',
    title: 'Deny rule with a negation',
    attack: 'E1',
    why: 'Only absent() matches a missing value, so a deny rule with not() does not deny runs without the value.',
    bad: "{ trust: gitlab({ repositoryId: '48120077' }), deny: gitlab.deny({ branch: not('main') }) }",
    good: "{ trust: gitlab({ repositoryId: '48120077', branch: 'main' }), deny: gitlab.deny({ refProtected: false }) }",
    rule: denyByNegation,
  },
  {
    id: 'L053',
    level: 'warning',
    title: 'Subject as a condition',
    attack: 'C11',
    why: 'An environment replaces the branch in it, templates change it, and it joins several values in one text. Every value in it has its own claim.',
    bad: "githubActions({ repositoryId: '74205118', subject: 'repo:acme/shop:ref:refs/heads/main' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: subjectUsed,
  },
  {
    id: 'L054',
    level: 'error',
    title: 'Withdrawn format of the subject',
    attack: 'B4',
    why: 'With a hyphen between name and id, an owner named acme-123456 has the same subject as the owner acme with that id.',
    bad: "githubActions({ ownerId: '123456', subject: 'repo:acme-123456/app-456789:ref:refs/heads/main' })",
    good: "githubActions({ ownerId: '123456', repositoryId: '456789', branch: 'main' })",
    rule: withdrawnSubject,
  },
  {
    id: 'L055',
    level: 'warning',
    title: 'A claim that no table lists',
    attack: 'E2',
    why: 'The claim may be newer than this release, added by an administrator, or misspelt. The rule matches its exact value only, and it is unknown whether a stranger chooses that value.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', claims: { workflow_reff: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main' } })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main', claims: { workflow_ref: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main' } })",
    rule: unlisted,
  },
]
