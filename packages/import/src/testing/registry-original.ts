/**
 * What the package registries do with a trusted publisher and the claims of a token, for tests, as
 * their documentation and sources say.
 */

import type { Claims } from './jobs.ts'

type Spell = (text: string) => string

/** A trusted publisher of a workflow at GitHub. */
export interface GitHubPublisher {
  /** The owner. */
  readonly owner: string
  /** The name of the repository. */
  readonly repository: string
  /** The file of the workflow. */
  readonly file: string
  /** The environment; `undefined` for any. */
  readonly environment?: string
  /** The id of the owner; `undefined` where the form does not say. */
  readonly ownerId?: string
}

const same = (a: unknown, b: string): boolean => typeof a === 'string' && a.toLowerCase() === b.toLowerCase()

/** PyPI compares the file with the run's own ref or commit. */
export function pypiAdmits(publisher: GitHubPublisher, claims: Claims, spell: Spell): boolean {
  const { owner, repository, file, environment, ownerId } = publisher
  const name = `${owner}/${repository}`
  const refs = [claims['ref'], claims['sha']].filter((ref) => ref !== undefined && ref !== '')
  const wanted = refs.map((ref) => spell(`${name}/.github/workflows/${file}@${String(ref)}`))
  return (
    claims['aud'] === 'pypi' &&
    same(claims['repository'], name) &&
    spell(String(claims['repository_owner'])) === spell(owner) &&
    (ownerId === undefined || claims['repository_owner_id'] === ownerId) &&
    typeof claims['job_workflow_ref'] === 'string' &&
    wanted.includes(spell(claims['job_workflow_ref'])) &&
    claims['event_name'] !== 'pull_request_target' &&
    (environment === undefined || same(claims['environment'], environment))
  )
}

/** crates.io takes the name of the file from the workflow of the run. */
export function cratesAdmits(publisher: GitHubPublisher, claims: Claims): boolean {
  const { owner, repository, file, environment, ownerId } = publisher
  const found = /([^/]+\.ya?ml)(?=@)/.exec(String(claims['workflow_ref']))?.[1]
  return (
    claims['aud'] === 'crates.io' &&
    same(claims['repository'], `${owner}/${repository}`) &&
    (ownerId === undefined || claims['repository_owner_id'] === ownerId) &&
    found === file &&
    (environment === undefined || same(claims['environment'], environment))
  )
}

/** npm compares the repository, the file of the workflow and the environment. */
export function npmAdmits(publisher: GitHubPublisher, claims: Claims, spell: Spell): boolean {
  const { owner, repository, file, environment } = publisher
  const start = `${owner}/${repository}/.github/workflows/${file}@`
  return (
    claims['aud'] === 'npm:registry.npmjs.org' &&
    spell(String(claims['repository'])) === spell(`${owner}/${repository}`) &&
    spell(String(claims['workflow_ref'])).startsWith(spell(start)) &&
    (environment === undefined || spell(String(claims['environment'])) === spell(environment))
  )
}

/** A trusted publisher of a pipeline at GitLab. */
export interface GitLabPublisher {
  /** The group. */
  readonly namespace: string
  /** The name of the project. */
  readonly project: string
  /** The path of the pipeline's file. */
  readonly file: string
  /** The environment; `undefined` for any. */
  readonly environment?: string
}

/** PyPI, crates.io and npm compare the project and the file; PyPI also the ref of the file. */
export function gitlabAdmits(publisher: GitLabPublisher, claims: Claims, spell: Spell, audience: string): boolean {
  const { namespace, project, file, environment } = publisher
  const refs = [claims['ref_path'], claims['sha']].map(String)
  const wanted = refs.map((ref) => spell(`gitlab.com/${namespace}/${project}//${file}@${ref}`))
  return (
    claims['aud'] === audience &&
    same(claims['project_path'], `${namespace}/${project}`) &&
    wanted.includes(spell(String(claims['ci_config_ref_uri']))) &&
    (environment === undefined || spell(String(claims['environment'])) === spell(environment))
  )
}

/** npm compares the ids of the organization, project and pipeline, the origin, and the contexts. */
export function circleAdmits(form: Claims, claims: Claims, spell: Spell): boolean {
  const claim = (name: string): unknown => claims[`oidc.circleci.com/${name}`]
  return (
    claims['aud'] === 'npm:registry.npmjs.org' &&
    claim('org-id') === form['orgId'] &&
    claim('project-id') === form['projectId'] &&
    claim('pipeline-definition-id') === form['pipelineDefinitionId'] &&
    spell(String(claim('vcs-origin'))) === spell(String(form['vcsOrigin'])) &&
    ((form['contextIds'] ?? []) as readonly string[]).every((id) =>
      (claim('context-ids') as readonly string[]).includes(id),
    )
  )
}
