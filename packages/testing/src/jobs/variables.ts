/** Platforms that put a token into a variable or a file when the job starts. */

import type { EmulatedJob, Emulator, Environment } from './emulator.ts'

/** A platform whose token is in a variable with a fixed name. */
const inVariable = (name: string, without: Environment = {}): Emulator => ({
  env: async ({ mint }) => ({ ...without, [name]: await mint() }),
  without: () => without,
})

/** A platform whose job chooses the variable. */
const inChosenVariable = (
  nameOf = ({ variable }: EmulatedJob): string => variable ?? 'JOBPASS_ID_TOKEN',
): Emulator => ({
  env: async (job) => ({ [nameOf(job)]: await job.mint() }),
})

// Source: https://docs.gitlab.com/ci/secrets/id_token_authentication
const onGitlab = { CI: 'true', GITLAB_CI: 'true' }
export const gitlab: Emulator = {
  env: async ({ variable, audience, mint }) => {
    const [first = ''] = [audience].flat() as readonly string[]
    const name = variable ?? `${first.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_ID_TOKEN`
    if (audience === undefined) throw new TypeError('A token of GitLab needs an audience: write startJob({ aud: … })')
    return { ...onGitlab, [name]: await mint() }
  },
  without: () => onGitlab,
}

export const bitbucketPipelines: Emulator = inVariable('BITBUCKET_STEP_OIDC_TOKEN', {
  CI: 'true',
  BITBUCKET_BUILD_NUMBER: '412',
})
export const codefresh: Emulator = inVariable('ID_TOKEN', { CF_BUILD_ID: '6790f4d2a1b3c5d7e9f01234' })
export const hcpTerraform: Emulator = inVariable('TFC_WORKLOAD_IDENTITY_TOKEN', { TFC_RUN_ID: 'run-8KpXhZ3mQvR2sWtY' })
export const modalFunctions: Emulator = inVariable('MODAL_IDENTITY_TOKEN', { MODAL_TASK_ID: 'ta-01HZX9T4' })
export const pulumiDeployments: Emulator = inVariable('PULUMI_OIDC_TOKEN')
export const semaphore: Emulator = inVariable('SEMAPHORE_OIDC_TOKEN', { CI: 'true', SEMAPHORE: 'true' })
export const spacelift: Emulator = inVariable('SPACELIFT_OIDC_TOKEN', {
  TF_VAR_spacelift_run_id: '01HZX9T4M7V2QK5R8S3W6Y1B0C',
})
export const teamcity: Emulator = inVariable('TEAMCITY_BUILD_OIDC_TOKEN', { TEAMCITY_VERSION: '2026.1' })

export const concourse: Emulator = inChosenVariable()
export const jenkins: Emulator = inChosenVariable()
export const pulumiEsc: Emulator = inChosenVariable()
export const rwx: Emulator = inChosenVariable()

// Source: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
const onKubernetes = { KUBERNETES_SERVICE_HOST: '10.96.0.1' }
export const kubernetes: Emulator = {
  env: () => onKubernetes,
  without: () => onKubernetes,
  file: 'JOBPASS_ID_TOKEN_FILE',
}

export const renderServices: Emulator = {
  env: () => ({ RENDER: 'true' }),
  without: () => ({ RENDER: 'true' }),
  file: 'AWS_WEB_IDENTITY_TOKEN_FILE',
}
