/** Compares the names, ids, files and environments of rules with what the platform knows. */

import type { Context } from '../context.ts'
import type { OwnLint } from '../lint/report.ts'
import { ownLints } from '../lint/report.ts'
import type { Path } from '../policy/places.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import type { NamedRule } from './named-rules.ts'
import type { Names, Registry } from './registry.ts'

/** A difference between a rule and its platform. */
export interface NameFault {
  /** What is wrong, of a kind. */
  readonly lint: OwnLint
  /** The path in the document. */
  readonly path: Path
  /** What is wrong. */
  readonly message: string
  /** What to do. */
  readonly fix: string
}

/** The ids of the names of a rule, by field: as many as there are names. */
export type Ids = Readonly<Partial<Record<'repositoryId' | 'ownerId', readonly string[]>>>

/** Finds registries: one for each platform and issuer. */
export function registries(context: Context): (rule: NamedRule) => Registry | undefined {
  const known = new Map<string, Registry>()
  return ({ provider, issuer }) => {
    const make = makers[provider]
    if (make === undefined) return undefined
    const key = `${provider} ${issuer}`
    const registry = known.get(key) ?? make(context, issuer)
    known.set(key, registry)
    return registry
  }
}

const makers: Readonly<Partial<Record<string, (context: Context, issuer: string | undefined) => Registry>>> = {
  'github-actions': github,
  gitlab,
}

/** The ids of the exact names of a rule; a name that the platform does not know has none. */
export async function idsOf({ exact }: NamedRule, names: Names): Promise<Ids> {
  const repositories = await Promise.all((exact['repository'] ?? []).map((name) => names.repository(name)))
  const owners = await Promise.all((exact['owner'] ?? []).map((name) => names.owner(name)))
  const ofRepositories = repositories.map((each) => each?.repositoryId)
  return {
    ...(isComplete(ofRepositories) && { repositoryId: [...new Set(ofRepositories)] }),
    ...(isComplete(owners) && { ownerId: [...new Set(owners)] }),
  }
}

/** Whether every name has an id: a rule with the ids of some would refuse the others. */
function isComplete(ids: readonly (string | undefined)[]): ids is readonly string[] {
  return ids.length > 0 && ids.every((id) => id !== undefined)
}

/** What of a rule the platform does not know, or knows otherwise. */
export async function checkNames(rule: NamedRule, registry: Registry): Promise<readonly NameFault[]> {
  const { exact, path } = rule
  const faults: NameFault[] = []
  const add = (lint: OwnLint, field: string, message: string, fix: string): void =>
    void faults.push({ lint, path: [...path, field], message, fix })
  const hidden = 'Correct the name, or give a token that may see it.'
  for (const name of exact['owner'] ?? [])
    if ((await registry.owner(name)) === undefined)
      add(ownLints.unknownName, 'owner', `There is no owner '${name}'.`, hidden)
  for (const name of exact['repository'] ?? []) {
    const found = await registry.repository(name)
    if (found === undefined) {
      add(ownLints.unknownName, 'repository', `There is no repository '${name}'.`, hidden)
      continue
    }
    for (const field of ['repositoryId', 'ownerId'] as const)
      if (exact[field] !== undefined && !exact[field].includes(found[field]))
        add(
          ownLints.otherId,
          field,
          `'${name}' has the ${field} ${found[field]}.`,
          `Write ${field}: '${found[field]}', or the name that belongs to the id.`,
        )
    faults.push(...(await checkContents(rule, name, registry)))
  }
  return faults
}

async function checkContents(
  { exact, path }: NamedRule,
  repository: string,
  registry: Registry,
): Promise<readonly NameFault[]> {
  const faults: NameFault[] = []
  for (const file of exact['workflowFile'] ?? [])
    if (!(await registry.hasFile(repository, file, undefined)))
      faults.push({
        lint: ownLints.unknownFile,
        path: [...path, 'workflowFile'],
        message: `'${repository}' has no file '${file}'.`,
        fix: 'Correct the path, or add the file.',
      })
  for (const field of ['workflow', 'jobWorkflow'] as const)
    for (const workflow of exact[field] ?? []) {
      const parts = workflowParts(workflow)
      if (parts !== undefined && !(await registry.hasFile(parts.repository, parts.file, parts.ref)))
        faults.push({
          lint: ownLints.unknownFile,
          path: [...path, field],
          message: `'${parts.repository}' has no file '${parts.file}' at '${parts.ref}'.`,
          fix: 'Correct the path or the ref, or add the file.',
        })
    }
  for (const name of exact['environment'] ?? [])
    if (!(await registry.hasEnvironment(repository, name)))
      faults.push({
        lint: ownLints.unknownEnvironment,
        path: [...path, 'environment'],
        message: `'${repository}' has no environment '${name}'.`,
        fix: 'Correct the name, or create the environment with its protection first.',
      })
  return faults
}

/**
 * The parts of `acme/shop/.github/workflows/ci.yml@refs/heads/main`, and of GitLab's
 * `gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main`.
 */
function workflowParts(
  workflow: string,
): { readonly repository: string; readonly file: string; readonly ref: string } | undefined {
  const groups =
    /^[^/]+\/(?<repository>.+?)\/\/(?<file>[^@]+)@(?<ref>.+)$/.exec(workflow)?.groups ??
    /^(?<repository>[^/]+\/[^/]+)\/(?<file>[^@]+)@(?<ref>.+)$/.exec(workflow)?.groups
  const { repository, file, ref } = groups ?? {}
  if (repository === undefined || file === undefined || ref === undefined) return undefined
  return { repository, file, ref: ref.replace(/^refs\/(?:heads|tags)\//, '') }
}
