/** Subjects of Kubernetes, HCP Terraform and Buildkite. */

import { exactText, matchesAll } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any } from '../requirement.ts'
import type { Choice } from '../translate/condition.ts'
import type { SubjectForm } from './form.ts'
import { all, anyContext, everything, formOf, hole, on, refCharacter, there } from './form.ts'

const part = /[^:\n]/

/** A name that is a whole part of the subject; no condition for any name. */
const name = (key: string, pattern: Pattern = [any]): Choice | undefined =>
  matchesAll(pattern) ? [] : on(key, pattern, false)

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens */
export const kubernetesForms: readonly SubjectForm[] = [
  {
    form: ['system:serviceaccount:', hole('namespace', part), ':', hole('account', part)],
    kind: '0 account',
    conditions: ({ namespace, account }) => all(name('namespace', namespace), name('serviceAccount', account)),
  },
]

/** The workspace, which runs of stacks and of modules have not. */
const workspaceOf = (pattern: Pattern = [any]): Choice | undefined =>
  matchesAll(pattern) ? [{ key: 'workspace', value: { present: true } }] : on('workspace', pattern, false)

/** A run that only plans matches rules that name it. */
function phase(pattern: Pattern = []): Choice | undefined {
  const text = exactText(pattern)
  if (text === undefined) return everything(pattern)
  const condition = { key: ['terraform_run_phase'], value: text }
  return text === 'plan' ? [condition, { key: 'planned', value: text }] : [condition]
}

/** https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials */
export const terraformForms: readonly SubjectForm[] = [
  {
    form: [
      'organization:',
      hole('owner', part),
      ':project:',
      hole('project', part),
      ':workspace:',
      hole('workspace', part),
      ':run_phase:',
      hole('phase', part),
    ],
    kind: '0 workspace',
    conditions: ({ owner, project, workspace, phase: pattern }) =>
      all(name('owner', owner), name('project', project), workspaceOf(workspace), phase(pattern)),
  },
]

const pipeline = ['organization:', hole('owner', part), ':pipeline:', hole('pipeline', part), ':ref:']
const run = [':commit:', hole('commit', part), ':step:', hole('step', part)]

/** A build of a tag also has a branch, which its subject does not name. */
const noTag = { key: ['build_tag'], value: { present: false } }

/** A condition on a claim. */
function claim(key: string, pattern: Pattern = []): Choice | undefined {
  return there(key, pattern)?.map(({ value }) => ({ key: [key], value }))
}

const builds: readonly SubjectForm[] = [
  anyContext,
  {
    form: ['refs/heads/', hole('branch', refCharacter), ...run],
    kind: 'branch',
    conditions: ({ branch, commit, step }) =>
      all(claim('build_branch', branch), [noTag], everything(commit), everything(step)),
  },
  {
    form: ['refs/tags/', hole('tag', refCharacter), ...run],
    kind: 'tag',
    conditions: ({ tag, commit, step }) => all(claim('build_tag', tag), everything(commit), everything(step)),
  },
]

/** https://buildkite.com/docs/agent/cli/reference/oidc */
export const buildkiteForms: readonly SubjectForm[] = builds.map((context) =>
  formOf(pipeline, 0, context, ({ owner, pipeline: slug }) => all(name('owner', owner), name('pipeline', slug))),
)
