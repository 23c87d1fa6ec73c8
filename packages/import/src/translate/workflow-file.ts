/**
 * Files of workflows: a pattern such as `acme/shop/.github/workflows/release.yml@*` for a file of
 * the calling repository means that file. The field takes it at the run's own ref, and so no file
 * of another branch.
 */

import { exactText, joined } from '../pattern.ts'
import type { ClaimTest, Pattern } from '../requirement.ts'
import { any } from '../requirement.ts'
import type { Translated } from './condition.ts'
import type { Alternative } from './normal-form.ts'

/** By platform: the claim of the repository, what precedes it, and the fields by claim. */
const files = {
  'github-actions': {
    repository: 'repository',
    before: '',
    after: '/',
    fields: { workflow_ref: 'workflowFile', job_workflow_ref: 'jobWorkflowFile' },
  },
  gitlab: {
    repository: 'project_path',
    before: 'gitlab.com/',
    after: '//',
    fields: { ci_config_ref_uri: 'workflowFile' },
  },
} as const

/** Translates a test of a file of the calling repository; `undefined` for any other test. */
export function translateFile(test: ClaimTest, alternative: Alternative, provider: string): Translated | undefined {
  if (provider !== 'github-actions' && provider !== 'gitlab') return undefined
  const { repository, before, after, fields } = files[provider]
  const field = Object.entries(fields).find(([claim]) => test.claim.length === 1 && test.claim[0] === claim)?.[1]
  const start = field === undefined || test.negated || test.absentPasses ? undefined : startOf(test)
  const names = namesOf(alternative, repository)
  const name = names.find((each) => start?.startsWith(`${before}${each}${after}`))
  if (field === undefined || start === undefined || names.length !== 1 || name === undefined) return undefined
  const path = start.slice(before.length + name.length + after.length, -1)
  if (path === '' || path.includes('@')) return undefined
  return {
    choices: [[{ key: field, value: path }]],
    remarks: [
      {
        level: 'stricter',
        message: "The rule takes the workflow file at the run's own branch, tag or commit only.",
        fix: 'Write a condition on the claim itself, if the file of another branch may call.',
      },
    ],
  }
}

/** The text before a wildcard that follows an @. */
function startOf({ comparison }: ClaimTest): string | undefined {
  const [pattern, ...others]: readonly Pattern[] = comparison.kind === 'like' ? comparison.patterns : []
  const [start, wildcard, ...rest] = joined(pattern ?? [])
  const isFile = typeof start === 'string' && start.endsWith('@') && wildcard === any
  return isFile && rest.length + others.length === 0 ? start : undefined
}

/** The repositories that the alternative names. */
function namesOf(alternative: Alternative, claim: string): readonly string[] {
  for (const { claim: path, comparison, negated, absentPasses } of alternative) {
    if (path.length !== 1 || path[0] !== claim || negated || absentPasses) continue
    if (comparison.kind === 'equals' || comparison.kind === 'equalsIgnoringCase')
      return comparison.values.flatMap((value) => (typeof value === 'string' ? [value] : []))
    if (comparison.kind === 'like') return comparison.patterns.flatMap((pattern) => exactText(pattern) ?? [])
  }
  return []
}
