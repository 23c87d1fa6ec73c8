/** Platforms that put a token into a variable when the job starts. It is never renewed. */

import type { Environment } from '../job.ts'
import type { Platform } from '../platform.ts'
import { isSet, valueOf } from '../platform.ts'

/** A platform whose token is in a variable with a fixed name. */
function inVariable(name: string, { id, title, runs, fix }: Pick<Platform, 'id' | 'title' | 'runs' | 'fix'>): Platform {
  return {
    id,
    title,
    offers: isSet(name),
    runs,
    fix,
    request: ({ job }) => Promise.resolve(valueOf(job.env, name)),
    renewable: false,
  }
}

/**
 * The name of GitLab's variable for an audience, a convention of the clients in Python and Rust.
 */
function gitlabVariable(audience: string): string {
  return `${audience.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_ID_TOKEN`
}

const isGitlab = (env: Environment): boolean => env['GITLAB_CI'] === 'true'

// Source: https://docs.gitlab.com/ci/secrets/id_token_authentication
export const gitlab: Platform = {
  id: 'gitlab',
  title: 'GitLab CI',
  offers: (env, audience) => isGitlab(env) && isSet(gitlabVariable(audience))(env),
  runs: isGitlab,
  fix: (audience) => `Add to the job: id_tokens: { ${gitlabVariable(audience)}: { aud: '${audience}' } }`,
  request: ({ job, audience }) => Promise.resolve(valueOf(job.env, gitlabVariable(audience))),
  renewable: false,
}

// Source:
// https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
export const bitbucketPipelines: Platform = inVariable('BITBUCKET_STEP_OIDC_TOKEN', {
  id: 'bitbucket-pipelines',
  title: 'Bitbucket Pipelines',
  runs: isSet('BITBUCKET_BUILD_NUMBER'),
  fix: (audience) => `Add to the step: oidc: { audiences: ['${audience}'] }`,
})

export const semaphore: Platform = inVariable('SEMAPHORE_OIDC_TOKEN', {
  id: 'semaphore',
  title: 'Semaphore',
  runs: (env) => env['SEMAPHORE'] === 'true',
  fix: () => 'The audience of its tokens is the address of the organization, and cannot be chosen',
})

export const spacelift: Platform = inVariable('SPACELIFT_OIDC_TOKEN', {
  id: 'spacelift',
  title: 'Spacelift',
  runs: isSet('TF_VAR_spacelift_run_id'),
  fix: () => 'The audience of its tokens is the name of the account’s host, and cannot be chosen',
})

export const hcpTerraform: Platform = inVariable('TFC_WORKLOAD_IDENTITY_TOKEN', {
  id: 'hcp-terraform',
  title: 'HCP Terraform',
  runs: isSet('TFC_RUN_ID'),
  fix: (audience) => `Set in the workspace: TFC_WORKLOAD_IDENTITY_AUDIENCE=${audience}`,
})

export const pulumiDeployments: Platform = inVariable('PULUMI_OIDC_TOKEN', {
  id: 'pulumi-deployments',
  title: 'Pulumi Deployments',
  runs: isSet('PULUMI_OIDC_TOKEN'),
  fix: () => 'The audience of its tokens is the organization, and cannot be chosen',
})

export const modalFunctions: Platform = inVariable('MODAL_IDENTITY_TOKEN', {
  id: 'modal-functions',
  title: 'Modal',
  runs: isSet('MODAL_TASK_ID'),
  fix: () => 'The audience of its tokens is oidc.modal.com, and cannot be chosen',
})

export const teamcity: Platform = inVariable('TEAMCITY_BUILD_OIDC_TOKEN', {
  id: 'teamcity',
  title: 'TeamCity',
  runs: isSet('TEAMCITY_VERSION'),
  fix: (audience) => `Add the build feature for OIDC tokens, with the audience ${audience}, in build parameters`,
})

export const codefresh: Platform = inVariable('ID_TOKEN', {
  id: 'codefresh',
  title: 'Codefresh',
  runs: isSet('CF_BUILD_ID'),
  fix: (audience) => `Add the step: { type: obtain-oidc-id-token, arguments: { AUDIENCE: '${audience}' } }`,
})

/** A token that the job was given under a name of ours. */
export const givenToken: Platform = inVariable('JOBPASS_ID_TOKEN', {
  id: 'given',
  title: 'JOBPASS_ID_TOKEN',
  runs: isSet('JOBPASS_ID_TOKEN'),
  fix: (audience) => `Give the variable a token with the audience ${audience}`,
})
