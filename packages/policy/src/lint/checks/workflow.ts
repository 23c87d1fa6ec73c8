/** Lints on workflow files. */

import { isLimited } from '../context.ts'
import { hasWildcard } from '../cover.ts'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'
import type { Term } from '../terms.ts'
import { exactly, named } from '../terms.ts'

function withoutCaller(rule: LintedRule, subject: Subject): readonly Found[] {
  const called = named(rule.terms, 'jobWorkflow', 'jobWorkflowFile').find(isReusable)
  if (rule.role === 'deny' || called === undefined) return []
  const pinned = ['repository', 'repositoryId', 'projectId']
  if (isLimited(rule, subject, (terms) => exactly(terms, ...pinned, 'workflow').length > 0)) return []
  return [
    {
      where: `${rule.place}.${called.label}`,
      message:
        'Any repository can call a reusable workflow, with its own inputs, and this rule does not restrict the calling repository.',
      fix: "Add repositoryId: ['…', '…'] of the repositories that may call it.",
    },
  ]
}

/** Whether a term may name a workflow of another repository. Own paths begin with a dot. */
const isReusable = ({ name, values, kind }: Term): boolean =>
  name === 'jobWorkflow' || kind !== 'exact' || !values.every((value) => String(value).startsWith('.'))

const example = 'acme/shop/.github/workflows/deploy.yml@refs/heads/main'

function byPattern({ role, terms, place }: LintedRule): readonly Found[] {
  if (role === 'deny') return []
  return named(terms, 'workflow', 'jobWorkflow', 'workflowFile', 'jobWorkflowFile')
    .flatMap(({ label, kind, written }) =>
      (kind === 'glob' ? written.map(String).filter(hasWildcard) : []).map((pattern) => ({ label, pattern })),
    )
    .map(({ label, pattern }) => ({
      where: `${place}.${label}`,
      message: `glob(${quote(pattern)}) also matches files and refs that anyone with write access can add; file names and refs may contain '@', too.`,
      fix: label.endsWith('File')
        ? `Write the files: ${label}: ['…', '…'].`
        : `Write the file with its ref: ${label}: ${quote(example)}, or a list of them.`,
    }))
}

/** Lints on workflow files. */
export const workflowLints: readonly Lint[] = [
  {
    id: 'L030',
    level: 'warning',
    title: 'Reusable workflow without its caller',
    attack: 'C9',
    why: 'The token of every caller names the reusable workflow, truthfully. Only the repository identifies the caller.',
    bad: "githubActions({ ownerId: '1234567', jobWorkflow: 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main', jobWorkflow: 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4' })",
    rule: withoutCaller,
  },
  {
    id: 'L031',
    level: 'warning',
    title: 'Workflow by pattern',
    attack: 'C10',
    why: 'A pattern for a file with its ref also matches files of other branches, because it cannot separate file name and ref.',
    bad: "githubActions({ repositoryId: '74205118', workflow: glob('acme/shop/.github/workflows/*@refs/heads/main') })",
    good: "githubActions({ repositoryId: '74205118', workflow: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main' })",
    rule: byPattern,
  },
]
