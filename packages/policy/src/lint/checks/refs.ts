/** Lints on which code may call: refs and environments. */

import { has, insteadOfBranch, refAdvice } from '../advice.ts'
import { isLastWord, isLimited } from '../context.ts'
import { loosenessOf } from '../cover.ts'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'
import type { Term } from '../terms.ts'
import { demands, exactly, named } from '../terms.ts'

const refs = ['ref', 'branch', 'tag', 'mergeQueue', 'commit']

function isOfCode(terms: readonly Term[]): boolean {
  return named(terms, ...refs).length > 0 || exactly(terms, 'workflow').length > 0 || demands(terms, 'refProtected')
}

/** Whether the rule asks for runs that no branch condition fits. */
function isUnusualByName({ terms, facts }: LintedRule): boolean {
  const { trustedEvents = [] } = facts.table
  const events = exactly(terms, 'event').flatMap(({ values }) => values as readonly string[])
  const pull = terms.some(({ name, kind, implied }) => name === 'pullRequest' && !implied && kind !== 'absent')
  return pull || (events.length > 0 && !events.some((event) => trustedEvents.includes(event)))
}

function anyRef(rule: LintedRule, subject: Subject): readonly Found[] {
  if (!isLastWord(rule, subject) || !refs.some((name) => has(rule, name)) || isUnusualByName(rule)) return []
  if (isLimited(rule, subject, (terms) => isOfCode(terms) || named(terms, 'environment').length > 0)) return []
  const ref = refAdvice(rule)
  const shielded = has(rule, 'refProtected') ? ', or refProtected: true' : ''
  return [
    {
      message: 'Every branch and tag may call, including one that a developer pushes for this purpose.',
      fix: ref === undefined ? (insteadOfBranch(rule) ?? 'Add a condition on the ref.') : `Add ${ref}${shielded}.`,
    },
  ]
}

function environmentAlone(rule: LintedRule, subject: Subject): readonly Found[] {
  const [environment] = named(rule.terms, 'environment')
  if (environment === undefined || !isLastWord(rule, subject)) return []
  if (isLimited(rule, subject, (terms) => isOfCode(terms) || demands(terms, 'environmentProtected'))) return []
  const ref = refAdvice(rule)
  const shielded = has(rule, 'environmentProtected') ? ['environmentProtected: true'] : []
  const fixes = [...(ref === undefined ? [] : [ref]), ...shielded]
  return [
    {
      where: `${rule.place}.${environment.label}`,
      message:
        'A job of any branch can name an environment without protection rules, and this rule does not check the branch.',
      fix: `Add ${fixes.join(' or ') || 'a condition on the ref'} next to environment: ${quote(environment.written[0])}.`,
    },
  ]
}

function patternFinding(rule: LintedRule, wanted: 'everything' | 'loose'): readonly Found[] {
  if (rule.role === 'deny' || demands(rule.terms, 'refProtected')) return []
  return named(rule.terms, ...refs, 'environment')
    .flatMap(({ kind, name, label, written }) =>
      kind === 'glob' ? written.map((each) => ({ name, label, pattern: String(each) })) : [],
    )
    .filter(({ pattern }) => loosenessOf(pattern) === wanted)
    .filter(({ name, pattern }) => wanted === 'everything' || !isOfTags(name, pattern))
    .filter(({ name }) => name !== 'environment' || !demands(rule.terms, 'environmentProtected'))
    .map(({ label, pattern }) => ({
      where: `${rule.place}.${label}`,
      message: messageOf(label, pattern, wanted),
      fix: fixOf(label, pattern, has(rule, 'refProtected')),
    }))
}

/** Tags are usually named `v*`, and protected by that pattern. */
const isOfTags = (name: string, pattern: string): boolean =>
  name === 'tag' || (name === 'ref' && pattern.startsWith('refs/tags/'))

function messageOf(label: string, written: string, wanted: 'everything' | 'loose'): string {
  const pattern = `glob(${quote(written)})`
  return wanted === 'everything'
    ? `Every ${label} matches ${pattern}: it is not a condition.`
    : `${pattern} matches names that any developer can create: it begins or ends inside a segment.`
}

function fixOf(label: string, pattern: string, protectable: boolean): string {
  const stem = pattern.endsWith('*') ? pattern.slice(0, -1) : ''
  const tidy = stem !== '' && loosenessOf(`${stem}/*`) === 'tidy' && !stem.endsWith('/') && !stem.endsWith('-')
  const exact = `${label}: ${label === 'ref' ? "'refs/heads/main'" : label === 'environment' ? "'production'" : "'main'"}`
  return `Write ${tidy ? `${label}: glob(${quote(`${stem}/*`)})` : exact}, or a list of names${protectable ? ', or add refProtected: true' : ''}.`
}

function unprotected(rule: LintedRule): readonly Found[] {
  if (rule.role === 'deny') return []
  return exactly(rule.terms, 'refProtected', 'environmentProtected')
    .filter(({ values }) => values.includes(false))
    .map((term) => ({
      where: `${rule.place}.${term.label}`,
      message: `This requires something unprotected, which anyone with write access can create.`,
      fix: `Write ${term.name}: true, or remove it.`,
    }))
}

/** Lints on refs and environments. */
export const refLints: readonly Lint[] = [
  {
    id: 'L010',
    level: 'warning',
    title: 'Any branch, any tag',
    attack: 'C1',
    why: 'Without a ref, anyone who may push a branch can run any code with the rights of this rule, without review.',
    bad: "githubActions({ repositoryId: '74205118' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: anyRef,
  },
  {
    id: 'L011',
    level: 'warning',
    title: 'Environment without a ref',
    attack: 'C4',
    why: 'A workflow file chooses its environment, so the name proves nothing about the branch unless the environment is protected.',
    bad: "githubActions({ repositoryId: '74205118', environment: 'production' })",
    good: "githubActions({ repositoryId: '74205118', environment: 'production', branch: 'main' })",
    rule: environmentAlone,
  },
  {
    id: 'L012',
    level: 'warning',
    title: 'Pattern that any developer can create a name for',
    attack: 'C6',
    why: "A pattern such as 'release*' or '**/main' also matches 'release-of-mine' and 'mine/main', which no branch protection covers.",
    bad: "githubActions({ repositoryId: '74205118', branch: glob('release*') })",
    good: "githubActions({ repositoryId: '74205118', branch: glob('release/*') })",
    rule: (rule) => patternFinding(rule, 'loose'),
  },
  {
    id: 'L013',
    level: 'warning',
    title: 'Pattern that matches everything',
    attack: 'C1',
    why: 'It looks like a condition but is not one.',
    bad: "githubActions({ repositoryId: '74205118', ref: glob('refs/heads/**') })",
    good: "githubActions({ repositoryId: '74205118', tag: glob('v*') })",
    rule: (rule) => patternFinding(rule, 'everything'),
  },
  {
    id: 'L014',
    level: 'warning',
    title: 'Requires an unprotected ref or environment',
    attack: 'C4',
    why: 'Anyone with write access can create an unprotected ref or environment. Such a condition belongs in a deny rule, if anywhere.',
    bad: "gitlab({ repositoryId: '48120077', branch: 'main', refProtected: false })",
    good: "gitlab({ repositoryId: '48120077', branch: 'main', refProtected: true })",
    rule: unprotected,
  },
]
