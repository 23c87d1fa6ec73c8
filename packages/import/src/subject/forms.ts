/** The subjects that platforms give by default, and what each part of them says of a job. */

import { exactText, globsWithin, joined, matchesAll } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any } from '../requirement.ts'
import type { Choice, Condition } from '../translate/condition.ts'
import { oneOrList } from '../translate/condition.ts'
import type { Form, Hole } from './split.ts'

/** Patterns for the holes of a form. */
export type Holes = Readonly<Record<string, Pattern>>

/** A form, and the conditions on a job whose subject has it. */
export interface SubjectForm {
  /** The form. */
  readonly form: Form
  /** Which of several forms of one subject it is: of one kind, a later form is read only if no earlier one fits. */
  readonly kind: string
  /** The conditions under which the holes have values that match; `undefined` where rules cannot say it. */
  readonly conditions: (holes: Holes) => Choice | undefined
}

const ref = /[^\s~^:?*[\\]/
const hole = (name: string, of: RegExp): Hole => ({ hole: name, of })

/** A condition on a field that takes patterns; none for any value. */
function on(key: string, pattern: Pattern, before = ''): readonly Condition[] | undefined {
  const text = exactText(pattern)
  if (text !== undefined) return [{ key, value: before + text }]
  const globs = globsWithin(before === '' ? pattern : [before, ...pattern])
  return globs && [{ key, value: oneOrList(globs.map((glob) => ({ glob }))) }]
}

/** A condition on a field that must be there. */
function there(key: string, pattern: Pattern): readonly Condition[] | undefined {
  return matchesAll(pattern) ? [{ key, value: { present: true } }] : on(key, pattern)
}

/** A condition on an id: an exact one, or none. */
function id(key: string, pattern: Pattern = [any]): readonly Condition[] | undefined {
  const text = exactText(pattern)
  if (text !== undefined) return [{ key, value: text }]
  return matchesAll(pattern) ? [] : undefined
}

/** All of several lists; `undefined` where one is. */
function all(...lists: readonly (readonly Condition[] | undefined)[]): Choice | undefined {
  return lists.includes(undefined) ? undefined : lists.flatMap((list) => list ?? [])
}

/** The text before a wildcard at the end of a tenant's name, which is the tenant that was meant. */
export function tenantMeant(pattern: Pattern): Pattern {
  const [first, ...rest] = joined(pattern)
  return typeof first === 'string' && rest.length === 1 && rest[0] === any ? [first] : pattern
}

/** Owner and repository at GitHub. */
function githubRepository(owner: Pattern, name: Pattern): Choice | undefined {
  const meant = tenantMeant(owner)
  if (matchesAll(name)) return matchesAll(meant) ? [] : on('owner', meant)
  const ownerText = exactText(meant)
  if (ownerText !== undefined) return on('repository', name, `${ownerText}/`)
  return matchesAll(meant) ? on('repository', [any, '/', ...name]) : undefined
}

const noEnvironment: Condition = { key: 'environment', value: { present: false } }
const noPullRequest: Condition = { key: 'event', value: { not: 'pull_request' } }

interface Context {
  readonly form: Form
  readonly kind: string
  readonly conditions: (holes: Holes) => Choice | undefined
}

const everything = (pattern: Pattern = []): Choice | undefined => (matchesAll(pattern) ? [] : undefined)

const githubContexts: readonly Context[] = [
  { form: [hole('context', /[^\n]/)], kind: 'all', conditions: ({ context }) => everything(context) },
  {
    form: ['ref:', hole('ref', ref)],
    kind: 'ref all',
    conditions: ({ ref }) => all(everything(ref), [noEnvironment, noPullRequest]),
  },
  {
    form: ['ref:refs/heads/', hole('branch', ref)],
    kind: 'ref branch',
    conditions: ({ branch = [] }) => all(there('branch', branch), [noEnvironment]),
  },
  {
    form: ['ref:refs/tags/', hole('tag', ref)],
    kind: 'ref tag',
    conditions: ({ tag = [] }) => all(there('tag', tag), [noEnvironment]),
  },
  {
    form: ['environment:', hole('environment', /[^:%]/)],
    kind: 'environment',
    conditions: ({ environment = [] }) => there('environment', environment),
  },
  {
    form: ['pull_request'],
    kind: 'pull_request',
    conditions: () => [{ key: 'event', value: 'pull_request' }, noEnvironment],
  },
]

const slug = /[^/@:]/
const githubByName: Form = ['repo:', hole('owner', slug), '/', hole('name', slug), ':']
const githubById: Form = [
  'repo:',
  hole('owner', slug),
  '@',
  hole('ownerId', /\d/),
  '/',
  hole('name', slug),
  '@',
  hole('repositoryId', /\d/),
  ':',
]

const github = [githubByName, githubById].flatMap((repository, index) =>
  githubContexts.map(({ form, kind, conditions }): SubjectForm => ({
    form: joinText([...repository, ...form]),
    kind: `${index} ${kind}`,
    conditions: (holes) =>
      all(
        githubRepository(holes['owner'] ?? [], holes['name'] ?? []),
        id('ownerId', holes['ownerId']),
        id('repositoryId', holes['repositoryId']),
        conditions(holes),
      ),
  })),
)

function joinText(form: Form): Form {
  const parts: (string | Hole)[] = []
  for (const part of form) {
    const last = parts.at(-1)
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part
    else parts.push(part)
  }
  return parts
}

/** The project at GitLab: a wildcard right after the name of the group means what is in the group. */
function gitlabProject(path: Pattern): Choice | undefined {
  if (matchesAll(path)) return []
  const [first, ...rest] = joined(path)
  const isOpen = typeof first === 'string' && !first.includes('/') && rest[0] === any
  return on('repository', isOpen ? [first, '/', ...rest] : path)
}

const gitlabPath: Form = ['project_path:', hole('path', /[^:\s]/), ':ref_type:']
const gitlab = (
  [
    { form: [hole('context', /[^\n]/)], kind: 'all', conditions: ({ context }) => everything(context) },
    {
      form: ['branch:ref:', hole('branch', ref)],
      kind: 'branch',
      conditions: ({ branch = [] }) => there('branch', branch),
    },
    { form: ['tag:ref:', hole('tag', ref)], kind: 'tag', conditions: ({ tag = [] }) => there('tag', tag) },
  ] satisfies readonly Context[]
).map(({ form, kind, conditions }: Context): SubjectForm => ({
  form: joinText([...gitlabPath, ...form]),
  kind: `0 ${kind}`,
  conditions: (holes) => all(gitlabProject(holes['path'] ?? []), conditions(holes)),
}))

const uuid = /[0-9a-f-]/
const circleRun: Form = ['org/', hole('ownerId', uuid), '/project/', hole('projectId', uuid), '/user/']
const circleOrigin: Form = [hole('user', /[^/]/), '/vcs-origin/', hole('origin', /[^\s:]/), '/vcs-ref/']
const circle = (
  [
    { form: [hole('context', /[^\n]/)], kind: 'all', conditions: ({ context }) => everything(context) },
    {
      form: [...circleOrigin, 'refs/heads/', hole('branch', ref)],
      kind: 'branch',
      conditions: ({ user, origin = [], branch = [] }) =>
        all(everything(user), matchesAll(origin) ? [] : on('repository', origin), there('branch', branch)),
    },
    {
      form: [...circleOrigin, 'refs/tags/', hole('tag', ref)],
      kind: 'tag',
      conditions: ({ user, origin = [], tag = [] }) =>
        all(everything(user), matchesAll(origin) ? [] : on('repository', origin), there('tag', tag)),
    },
  ] satisfies readonly Context[]
).map(({ form, kind, conditions }: Context): SubjectForm => ({
  form: joinText([...circleRun, ...form]),
  kind: `0 ${kind}`,
  conditions: (holes) => all(id('ownerId', holes['ownerId']), id('projectId', holes['projectId']), conditions(holes)),
}))

/** The forms by provider, the most general ones first. */
export const subjectForms: Readonly<Record<string, readonly SubjectForm[]>> = {
  'github-actions': github,
  gitlab,
  circleci: circle,
}
