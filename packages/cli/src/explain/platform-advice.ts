/** What users write at each platform: facts from the vendors' documentation, as tables. */

import { escapeForLog } from '@jobpass/core/internal'

/** One change that would help. */
export interface Advice {
  /** What to change. */
  readonly where: 'rule' | 'workflow' | 'settings' | 'server'
  /** The change. */
  readonly text: string
}

type TokenRequest = (audience: string) => string

/** How a job asks for a token with an audience, by platform. */
export const tokenRequests: Readonly<Partial<Record<string, TokenRequest>>> = {
  // https://github.com/actions/toolkit/tree/main/packages/core#oidc-token
  'github-actions': (audience) => `Ask for the audience: \`core.getIDToken('${audience}')\`.`,
  // https://docs.gitlab.com/ci/yaml/#id_tokens
  gitlab: (audience) => `Ask for the audience: \`id_tokens: { API_TOKEN: { aud: ${audience} } }\`.`,
  // https://circleci.com/docs/guides/permissions-authentication/oidc-tokens-with-custom-claims/
  circleci: (audience) => `Ask for the audience: \`circleci run oidc get --claims '{"aud":"${audience}"}'\`.`,
  // https://buildkite.com/docs/agent/cli/reference/oidc
  buildkite: (audience) => `Ask for the audience: \`buildkite-agent oidc request-token --audience ${audience}\`.`,
}

type WorkflowLine = (platform: string, wanted: string | undefined) => Advice | undefined

const inWorkflow = (text: string | undefined): Advice | undefined =>
  text === undefined ? undefined : { where: 'workflow', text }

const inSettings = (text: string | undefined): Advice | undefined =>
  text === undefined ? undefined : { where: 'settings', text }

/** A line for each platform; `undefined` for one that has none. */
function line(
  lines: Readonly<Partial<Record<string, (wanted: string) => string>>>,
): (platform: string, wanted: string | undefined) => string | undefined {
  return (platform, wanted) => (wanted === undefined ? undefined : lines[platform]?.(escapeForLog(wanted)))
}

const branch = line({
  'github-actions': (wanted) => `Run the job on the branch: \`on: { push: { branches: [${wanted}] } }\`.`,
  gitlab: (wanted) => `Run the job on the branch: \`rules: [{ if: $CI_COMMIT_BRANCH == "${wanted}" }]\`.`,
  circleci: (wanted) => `Run the job on the branch: \`filters: { branches: { only: ${wanted} } }\`.`,
})
const tag = line({
  'github-actions': (wanted) => `Run the job on the tag: \`on: { push: { tags: ['${wanted}'] } }\`.`,
  gitlab: (wanted) => `Run the job on the tag: \`rules: [{ if: $CI_COMMIT_TAG == "${wanted}" }]\`.`,
  circleci: (wanted) => `Run the job on the tag: \`filters: { tags: { only: ${wanted} } }\`.`,
})
const environment = line({
  'github-actions': (wanted) => `Name the environment in the job: \`environment: ${wanted}\`.`,
  gitlab: (wanted) => `Name the environment in the job: \`environment: ${wanted}\`.`,
})
const event = line({
  'github-actions': (wanted) => `Start the job by an event of the rule: \`on: ${wanted}\`.`,
  gitlab: (wanted) =>
    `Start the pipeline by a source of the rule: \`rules: [{ if: $CI_PIPELINE_SOURCE == "${wanted}" }]\`.`,
})
const protectedRef: Readonly<Partial<Record<string, string>>> = {
  'github-actions': 'Protect the branch or tag by a ruleset of the repository.',
  gitlab: 'Protect the branch or tag: Settings, Repository, Protected branches or Protected tags.',
}

/** What to write in the workflow or the settings for a field of a rule. */
export const workflowLines: Readonly<Partial<Record<string, WorkflowLine>>> = {
  branch: (platform, wanted) => inWorkflow(branch(platform, wanted)),
  tag: (platform, wanted) => inWorkflow(tag(platform, wanted)),
  environment: (platform, wanted) => inWorkflow(environment(platform, wanted)),
  event: (platform, wanted) => inWorkflow(event(platform, wanted)),
  workflow: (_, wanted) => inWorkflow(wanted && `Run the job from ${escapeForLog(wanted)}.`),
  workflowFile: (_, wanted) => inWorkflow(wanted && `Run the job from ${escapeForLog(wanted)}.`),
  jobWorkflow: (_, wanted) => inWorkflow(wanted && `Call the reusable workflow ${escapeForLog(wanted)}.`),
  refProtected: (platform) => inSettings(protectedRef[platform]),
}

/** The page of a platform in the documentation. */
export function platformPage(platform: string | undefined): string {
  return `https://jobpass.github.io/jobpass/providers/${platform ?? ''}`
}
