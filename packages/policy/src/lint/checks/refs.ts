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

/** The run is meant to be one that no branch condition fits. */
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
      message: 'Every branch and tag may call, also one that a developer pushes for the purpose.',
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
        'An environment without protection rules may be named by a job of any branch, and this rule does not look at the branch.',
      fix: `Add ${fixes.join(' or ') || 'a condition on the ref'} beside environment: ${quote(environment.written[0])}.`,
    },
  ]
}

function patternFinding(rule: LintedRule, wanted: 'everything' | 'loose'): readonly Found[] {
  if (rule.role === 'deny' || demands(rule.terms, 'refProtected')) return []
  return named(rule.terms, ...refs, 'environment')
    .filter(({ kind, pattern = '' }) => kind === 'glob' && loosenessOf(pattern) === wanted)
    .filter(({ name, pattern = '' }) => wanted === 'everything' || !isOfTags(name, pattern))
    .filter(({ name }) => name !== 'environment' || !demands(rule.terms, 'environmentProtected'))
    .map((term) => ({
      where: `${rule.place}.${term.label}`,
      message: messageOf(term, wanted),
      fix: fixOf(term, has(rule, 'refProtected')),
    }))
}

/** `v*` is how tags are named, and how they are protected. */
const isOfTags = (name: string, pattern: string): boolean =>
  name === 'tag' || (name === 'ref' && pattern.startsWith('refs/tags/'))

function messageOf({ label, written }: Term, wanted: 'everything' | 'loose'): string {
  const pattern = `glob(${quote(written[0])})`
  return wanted === 'everything'
    ? `Every ${label} fits ${pattern}: it is no condition.`
    : `${pattern} fits names that anybody may make: it begins or ends inside a segment.`
}

function fixOf({ label, written }: Term, protectable: boolean): string {
  const pattern = String(written[0])
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
      message: `This asks for what is not protected, which is what anybody with write access can make.`,
      fix: `Write ${term.name}: true, or leave it out.`,
    }))
}

/** Lints on refs and environments. */
export const refLints: readonly Lint[] = [
  {
    id: 'L010',
    level: 'warning',
    title: 'Any branch, any tag',
    attack: 'C1',
    why: 'A rule without a ref lets whoever may push a branch run whatever they like with the rights of this rule, without review.',
    bad: "githubActions({ repositoryId: '74205118' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: anyRef,
  },
  {
    id: 'L011',
    level: 'warning',
    title: 'Environment alone',
    attack: 'C4',
    why: 'A workflow file names its environment, so that the name says nothing about the branch unless the environment is protected.',
    bad: "githubActions({ repositoryId: '74205118', environment: 'production' })",
    good: "githubActions({ repositoryId: '74205118', environment: 'production', branch: 'main' })",
    rule: environmentAlone,
  },
  {
    id: 'L012',
    level: 'warning',
    title: 'Pattern that anybody can make a name for',
    attack: 'C6',
    why: "A pattern such as 'release*' or '**/main' also fits 'release-of-mine' and 'mine/main', which no branch protection covers.",
    bad: "githubActions({ repositoryId: '74205118', branch: glob('release*') })",
    good: "githubActions({ repositoryId: '74205118', branch: glob('release/*') })",
    rule: (rule) => patternFinding(rule, 'loose'),
  },
  {
    id: 'L013',
    level: 'warning',
    title: 'Pattern that everything fits',
    attack: 'C1',
    why: 'It reads like a condition and is none.',
    bad: "githubActions({ repositoryId: '74205118', ref: glob('refs/heads/**') })",
    good: "githubActions({ repositoryId: '74205118', tag: glob('v*') })",
    rule: (rule) => patternFinding(rule, 'everything'),
  },
  {
    id: 'L014',
    level: 'warning',
    title: 'Asks for what is not protected',
    attack: 'C4',
    why: 'A ref or an environment without protection is the one that anybody with write access can make. It belongs in a deny rule, if anywhere.',
    bad: "gitlab({ repositoryId: '48120077', branch: 'main', refProtected: false })",
    good: "gitlab({ repositoryId: '48120077', branch: 'main', refProtected: true })",
    rule: unprotected,
  },
]
