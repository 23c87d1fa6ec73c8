/** Lints on whose jobs a rule admits: names, and patterns for names. */

import { has, withNeeds } from '../advice.ts'
import { isLastWord, isLimited, sameIssuer } from '../context.ts'
import { hasWildcard } from '../cover.ts'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'
import type { Term } from '../terms.ts'
import { exactly, isPositive, named } from '../terms.ts'

const names = ['owner', 'repository', 'project', 'enterprise', 'organization', 'workspace', 'pipeline']
const inside = ['repository', 'repositoryId', 'project', 'projectId', 'pipeline', 'pipelineId']

/** `repositoryId` if there is such a field, else `projectId`. */
function idField({ facts }: LintedRule): string | undefined {
  return ['repositoryId', 'projectId'].find((name) => Object.hasOwn(facts.table.identity, name))
}

function namesWithoutIds(rule: LintedRule, subject: Subject): readonly Found[] {
  const { facts, terms } = rule
  if (rule.role === 'deny' || facts.pinnedById) return []
  // Trust in an exchange does not limit the jobs behind its tokens.
  const direct = rule.role === 'route' && facts === rule.token && !subject.hasLookups
  const behind = direct ? sameIssuer(rule, subject.rules) : []
  if (behind.length > 0 && behind.every((other) => other.facts.pinnedById)) return []
  const pins = terms.filter((term) => !term.implied && isPositive(term) && facts.table.pins.includes(term.name))
  const ids = [...new Set(pins.map(({ name }) => `${name}Id`))].filter((name) => facts.table.pins.includes(name))
  const [first] = pins
  if (pins.length === 0) return []
  const id = ids.length > 0 ? ids : facts.table.pins.filter((name) => name.endsWith('Id'))
  return [
    {
      where: `${rule.place}.${first?.label ?? ''}`,
      message: `Only ${pins.map(({ label }) => `'${label}'`).join(' and ')} identifies the tenant of this rule; anyone who registers the name after it is freed gets in.`,
      fix: `Add ${id.map((name) => `${name}: '…'`).join(' or ')}; pinById(rule, workload) reads it from a job that the rule admits.`,
    },
  ]
}

function repositoryByName(rule: LintedRule, subject: Subject): readonly Found[] {
  const id = idField(rule)
  const [name] = exactly(rule.terms, 'repository')
  if (rule.role === 'deny' || !isLastWord(rule, subject) || id === undefined || name === undefined) return []
  if (namesWithoutIds(rule, subject).length > 0) return []
  if (isLimited(rule, subject, (terms) => exactly(terms, 'repositoryId', 'projectId').length > 0)) return []
  return [
    {
      where: `${rule.place}.${name.label}`,
      message: `${quote(name.written)} is a name: when the repository is deleted, moved or renamed, another one of the owner can take it.`,
      fix: `Add ${id}: '…'.`,
    },
  ]
}

/**
 * Whether a pattern ends in a segment that is only a wildcard: it then covers a whole group
 * deliberately.
 */
function isWholeGroup(pattern: string): boolean {
  const [last = '', ...before] = pattern.split('/').toReversed()
  return (
    (last === '*' || last === '**') &&
    !before.some((segment) => hasWildcard(segment) && segment !== '*' && segment !== '**')
  )
}

function namePattern(rule: LintedRule): readonly Found[] {
  if (rule.role === 'deny') return []
  return named(rule.terms, ...names)
    .flatMap((term) => (term.kind === 'glob' ? term.written.map((each) => ({ term, pattern: String(each) })) : []))
    .filter(({ pattern }) => hasWildcard(pattern) && !isWholeGroup(pattern))
    .map(({ term, pattern }) => ({
      where: `${rule.place}.${term.label}`,
      message: `glob(${quote(pattern)}) also matches every name that someone creates to fit, such as ${quote(sampleOf(pattern))}.`,
      fix: `List the names: ${term.label}: ['…', '…'], or better their ids.`,
    }))
}

/** A name that matches a pattern unintentionally. */
function sampleOf(pattern: string): string {
  return pattern
    .replaceAll('**', 'playground')
    .replaceAll('*', '-playground')
    .replaceAll('?', 'x')
    .replaceAll('/-', '/')
}

function wholeOwner(rule: LintedRule, subject: Subject): readonly Found[] {
  if (!isLastWord(rule, subject) || !inside.some((name) => has(rule, name))) return []
  const narrow = (terms: readonly Term[]): boolean =>
    named(terms, ...inside).some((term) => !term.patterns.some(isWholeGroup)) ||
    exactly(terms, 'workflow', 'jobWorkflow').length > 0
  if (isLimited(rule, subject, narrow)) return []
  const [wide] = named(rule.terms, ...names, ...inside, ...rule.facts.table.pins)
  const fields = ['repositoryId', 'repository', 'projectId', 'project', 'pipelineId', 'pipeline']
  const [id, name] = fields.filter((field) => has(rule, field))
  return [
    {
      where: wide === undefined ? rule.place : `${rule.place}.${wide.label}`,
      message: 'Every repository of the owner may call, including those that a member creates later.',
      fix: `Name them: ${[id, name].flatMap((field) => (field === undefined ? [] : [withNeeds(rule, field, `${field}: ['…', '…']`)])).join(', or ')}.`,
    },
  ]
}

function anyWorkload({ facts, place }: LintedRule): readonly Found[] {
  if (facts.settings.anyWorkload !== true) return []
  return [
    {
      where: `${place}.settings.anyWorkload`,
      message: `Any workload of the server may call, of every present and future team.`,
      fix: `Remove anyWorkload, and add ${facts.table.pins.map((pin) => `${pin}: '…'`).join(' or ') || 'a condition'}.`,
    },
  ]
}

/** Lints on names. */
export const nameLints: readonly Lint[] = [
  {
    id: 'L001',
    level: 'warning',
    title: 'Names without ids',
    attack: 'B3',
    why: 'Owners and repositories get renamed and deleted. Someone else can register the name and then has tokens with the same names. Ids are never reused.',
    bad: "githubActions({ repository: 'acme/shop', branch: 'main' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: namesWithoutIds,
  },
  {
    id: 'L002',
    level: 'advice',
    title: 'Repository by name, under an owner by id',
    attack: 'B3',
    why: 'Outsiders cannot take over the name, but anyone who may create repositories of the owner can.',
    bad: "githubActions({ ownerId: '1234567', repository: 'acme/shop', branch: 'main' })",
    good: "githubActions({ ownerId: '1234567', repositoryId: '74205118', branch: 'main' })",
    rule: repositoryByName,
  },
  {
    id: 'L003',
    level: 'warning',
    title: 'Name pattern that ends inside a segment',
    attack: 'B2',
    why: 'A prefix does not limit the rest of the name: it is easy to create a repository that matches.',
    bad: "githubActions({ ownerId: '1234567', repository: glob('acme/api*'), branch: 'main' })",
    good: "githubActions({ ownerId: '1234567', repository: ['acme/api', 'acme/api-docs'], branch: 'main' })",
    rule: namePattern,
  },
  {
    id: 'L004',
    level: 'warning',
    title: 'A whole owner',
    attack: 'B2',
    why: 'If members may create repositories, a rule for all of them admits every member. This is fine in `trust`, as long as each route names its repositories.',
    bad: "githubActions({ ownerId: '1234567', branch: 'main' })",
    good: "{ trust: githubActions({ ownerId: '1234567' }), routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }) } }",
    rule: wholeOwner,
  },
  {
    id: 'L005',
    level: 'warning',
    title: 'Any workload of a server',
    attack: 'B2',
    why: 'A self-hosted cluster or CI server signs tokens for all of its pods and jobs, whichever team they belong to. Name a service account, a project or a job.',
    bad: "kubernetes.at('https://k8s.acme.dev')({}, { anyWorkload: true })",
    good: "kubernetes.at('https://k8s.acme.dev')({ namespace: 'ci', serviceAccountId: 'ac6d5e4f-0000-4031-9c2d-3e4f50617283' })",
    rule: anyWorkload,
  },
]
