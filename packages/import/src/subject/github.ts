/** Subjects of GitHub Actions: https://docs.github.com/en/actions/reference/security/oidc */

import { exactText, joined, matchesAll } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any } from '../requirement.ts'
import type { Choice, Condition } from '../translate/condition.ts'
import type { Context, SubjectForm } from './form.ts'
import { all, anyContext, everything, formOf, hole, id, on, openTenant, refCharacter, there } from './form.ts'
import type { Form } from './split.ts'

const noEnvironment: Condition = { key: 'environment', value: { present: false } }
const noPullRequest: Condition = { key: 'event', value: { not: 'pull_request' } }

/** An environment replaces the event and the ref in a subject; a pull request replaces the ref. */
const contexts: readonly Context[] = [
  { ...anyContext, surprise: ['pull requests, whose code is not reviewed yet', 'pull_request'] },
  {
    form: ['ref:', hole('ref', refCharacter)],
    kind: 'ref all',
    conditions: ({ ref }) => all(everything(ref), [noEnvironment, noPullRequest]),
  },
  {
    form: ['ref:refs/heads/', hole('branch', refCharacter)],
    kind: 'ref branch',
    conditions: ({ branch }) => all(there('branch', branch), [noEnvironment]),
  },
  {
    form: ['ref:refs/tags/', hole('tag', refCharacter)],
    kind: 'ref tag',
    conditions: ({ tag }) => all(there('tag', tag), [noEnvironment]),
  },
  // A colon in the name of an environment is %3A in a subject.
  {
    form: ['environment:', hole('environment', /[^:%]/, /^pull_request$/)],
    kind: 'environment',
    conditions: ({ environment }) => there('environment', environment),
  },
  {
    form: ['pull_request'],
    kind: 'pull_request',
    conditions: () => [{ key: 'event', value: 'pull_request' }, noEnvironment],
    surprise: ['pull requests, whose code is not reviewed yet', 'pull_request'],
  },
]

const slug = /[^/@:\s]/
const byName: Form = ['repo:', hole('owner', slug), '/', hole('name', slug), ':']
const owner: Form = ['repo:', hole('owner', slug), '@', hole('ownerId', /\d/)]
const byId: Form = [...owner, '/', hole('name', slug), '@', hole('repositoryId', /\d/), ':']

/** With names only, and with ids. */
export const githubForms: readonly SubjectForm[] = [byName, byId].flatMap((tenant, group) =>
  contexts.map((context) =>
    formOf(tenant, group, context, (holes) =>
      all(
        repository(holes['owner'] ?? [], holes['name'] ?? []),
        id('ownerId', holes['ownerId']),
        id('repositoryId', holes['repositoryId']),
      ),
    ),
  ),
)

function repository(pattern: Pattern, name: Pattern): Choice | undefined {
  const open = openTenant(pattern)
  const isMeant = open !== undefined && joined(pattern).length === 2
  const meant = isMeant ? [open] : pattern
  const owner = exactText(meant)
  if (matchesAll(name)) return matchesAll(meant) ? [] : on('owner', meant, false)
  if (owner !== undefined) return on('repository', [owner, '/', ...name], false)
  return matchesAll(meant) ? on('repository', [any, '/', ...name], false) : undefined
}
