/** The forms of trusted publishers that package registries share. */

import type { Requirement } from '../requirement.ts'
import type { Members } from './document.ts'
import { fieldsOf, needed, UnknownForm } from './publisher.ts'
import { equalsTest, ignoringCaseTest, startsWithTest } from './tests.ts'

/** Members of answers that are not conditions. */
const noConditions = [
  'id',
  'type',
  'kind',
  'publisher',
  'publisher_name',
  'crate',
  'package',
  'created_at',
  'createdAt',
  'permissions',
]

/** What a registry requires of a token, and its issuer. */
export interface Required {
  /** The issuer. */
  readonly issuer: string
  /** The requirement, without the audience. */
  readonly requirement: Requirement
}

/** The path without the folder of workflows. */
const fileName = (file: string): string => {
  if (!/^[^/@]+\.ya?ml$/.test(file)) throw new UnknownForm('The workflow is the name of a file without its folder.')
  return file
}

/**
 * A workflow of a repository at GitHub. `claim` is the one that the registry compares the file
 * with.
 */
export function githubForm(members: Members, where: string, claim: 'workflow_ref' | 'job_workflow_ref'): Required {
  const form = fieldsOf(
    members,
    {
      owner: ['owner', 'repository_owner'],
      ownerId: ['owner_id', 'repository_owner_id'],
      repository: ['repository', 'repository_name'],
      file: ['workflow', 'workflow_name', 'workflow_filename', 'file'],
      environment: ['environment'],
    },
    noConditions,
  )
  const name = needed('repository', form.repository)
  const repository = name.includes('/') ? name : `${needed('owner', form.owner)}/${name}`
  const [owner = '', rest] = repository.split('/', 2)
  if (rest === undefined || (form.owner !== undefined && form.owner !== owner))
    throw new UnknownForm('The owner and the repository of the form do not agree.')
  const file = fileName(needed('workflow', form.file))
  return {
    issuer: 'https://token.actions.githubusercontent.com',
    requirement: {
      all: [
        ignoringCaseTest(['repository'], [repository], `${where}.repository`),
        ...(form.ownerId === undefined ? [] : [equalsTest(['repository_owner_id'], [form.ownerId], where)]),
        startsWithTest([claim], `${repository}/.github/workflows/${file}@`, `${where}.workflow`),
        ...(form.environment === undefined
          ? []
          : [ignoringCaseTest(['environment'], [form.environment], `${where}.environment`)]),
      ],
    },
  }
}

/** A pipeline of a project at GitLab. */
export function gitlabForm(members: Members, where: string): Required {
  const form = fieldsOf(
    members,
    {
      namespace: ['namespace'],
      namespaceId: ['namespace_id'],
      project: ['project', 'repository', 'project_path'],
      file: ['workflow_filepath', 'ci_config_path', 'file'],
      environment: ['environment'],
    },
    noConditions,
  )
  const name = needed('project', form.project)
  const project = form.namespace === undefined ? name : `${form.namespace}/${name}`
  if (!project.includes('/')) throw new UnknownForm('The project of the form has no namespace.')
  const file = needed('workflow_filepath', form.file)
  return {
    issuer: 'https://gitlab.com',
    requirement: {
      all: [
        ignoringCaseTest(['project_path'], [project], `${where}.project`),
        ...(form.namespaceId === undefined ? [] : [equalsTest(['namespace_id'], [form.namespaceId], where)]),
        startsWithTest(['ci_config_ref_uri'], `gitlab.com/${project}//${file}@`, `${where}.workflow_filepath`),
        ...(form.environment === undefined
          ? []
          : [equalsTest(['environment'], [form.environment], `${where}.environment`)]),
      ],
    },
  }
}
