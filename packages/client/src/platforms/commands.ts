/** Platforms whose own program prints a token. */

import { member } from '../http.ts'
import type { Platform } from '../platform.ts'
import { isSet } from '../platform.ts'

// Source: https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
// The variable CIRCLE_OIDC_TOKEN is never used: its audience is the organization.
export const circleci: Platform = {
  id: 'circleci',
  title: 'CircleCI',
  offers: isSet('CIRCLE_OIDC_TOKEN_V2'),
  runs: (env) => env['CIRCLECI'] === 'true',
  fix: () => 'Let self-hosted runners write to their temporary folder',
  request: ({ audience, job, signal }) =>
    job.run('circleci', ['run', 'oidc', 'get', '--claims', JSON.stringify({ aud: audience })], signal),
}

// Source: https://buildkite.com/docs/agent/v3/cli-oidc
export const buildkite: Platform = {
  id: 'buildkite',
  title: 'Buildkite',
  offers: isSet('BUILDKITE_AGENT_ACCESS_TOKEN'),
  runs: (env) => env['BUILDKITE'] === 'true',
  fix: () => "In a container, add 'mount-buildkite-agent: true' to the Docker plugin",
  request: ({ audience, job, signal }) => {
    const claims = ['--claim', 'organization_id,pipeline_id']
    return job.run('buildkite-agent', ['oidc', 'request-token', '--audience', audience, ...claims], signal)
  },
}

export const spiffe: Platform = {
  id: 'spiffe',
  title: 'SPIFFE',
  offers: isSet('SPIFFE_ENDPOINT_SOCKET'),
  fix: () => 'Install spire-agent where the job runs, and register the workload',
  request: async ({ audience, job, signal }) => {
    const output = await job.run(
      'spire-agent',
      ['api', 'fetch', 'jwt', '-audience', audience, '-output', 'json'],
      signal,
    )
    return member(output, '0', 'svids', '0', 'svid')
  },
}

// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html
export const aws: Platform = {
  id: 'aws',
  title: 'AWS',
  offers: isSet('CODEBUILD_BUILD_ID'),
  fix: () => "Allow the project's role sts:GetWebIdentityToken",
  request: async ({ audience, job, signal }) => {
    const options = ['--audience', audience, '--signing-algorithm', 'ES384', '--output', 'json']
    return member(await job.run('aws', ['sts', 'get-web-identity-token', ...options], signal), 'WebIdentityToken')
  },
}
