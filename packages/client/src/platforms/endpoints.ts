/** Platforms with an HTTP endpoint of their own. */

import { member, send } from '../http.ts'
import type { Platform } from '../platform.ts'
import { isSet, valueOf } from '../platform.ts'

// Source: https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
export const azureDevops: Platform = {
  id: 'azure-devops',
  title: 'Azure DevOps',
  offers: (env) => isSet('SYSTEM_OIDCREQUESTURI')(env) && isSet('SYSTEM_ACCESSTOKEN')(env),
  runs: (env) => env['TF_BUILD'] === 'True',
  fix: () =>
    'Add to the step: env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }. The audience of its tokens is api://AzureADTokenExchange, and cannot be chosen',
  request: async (request) => {
    const { env } = request.job
    const headers = {
      authorization: `Bearer ${valueOf(env, 'SYSTEM_ACCESSTOKEN')}`,
      'content-type': 'application/json',
      // Without it, a bad access token is answered with a page to sign in.
      'x-tfs-fedauthredirect': 'Suppress',
    }
    const url = `${valueOf(env, 'SYSTEM_OIDCREQUESTURI')}?api-version=7.1`
    return member(await send(request, url, { method: 'POST', headers, body: '' }), 'oidcToken')
  },
  mask: (secret) => `##vso[task.setsecret]${secret}`,
}

// Source: https://cloud.google.com/run/docs/securing/service-identity
export const googleCloud: Platform = {
  id: 'google-cloud',
  title: 'Google Cloud',
  offers: (env) => ['GCE_METADATA_HOST', 'K_SERVICE', 'CLOUD_RUN_JOB'].some((name) => isSet(name)(env)),
  fix: () => 'Give it a service account',
  request: (request) => {
    const host = request.job.env['GCE_METADATA_HOST'] || 'metadata.google.internal'
    const query = `audience=${encodeURIComponent(request.audience)}&format=full`
    const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?${query}`
    return send(request, url, { headers: { 'metadata-flavor': 'Google' } })
  },
}

// Source: https://learn.microsoft.com/azure/app-service/overview-managed-identity
export const microsoftEntra: Platform = {
  id: 'microsoft-entra',
  title: 'Microsoft Entra',
  offers: (env) => isSet('IDENTITY_ENDPOINT')(env) && isSet('IDENTITY_HEADER')(env),
  fix: (audience) => `Give the app a managed identity, and register ${audience} as an application of your tenant`,
  request: async (request) => {
    const { env } = request.job
    const query = `resource=${encodeURIComponent(request.audience)}&api-version=2019-08-01`
    const headers = { 'x-identity-header': valueOf(env, 'IDENTITY_HEADER') }
    return member(await send(request, `${valueOf(env, 'IDENTITY_ENDPOINT')}?${query}`, { headers }), 'access_token')
  },
}

// Source: https://vercel.com/docs/oidc/reference
export const vercel: Platform = {
  id: 'vercel',
  title: 'Vercel',
  offers: isSet('VERCEL_OIDC_TOKEN'),
  runs: (env) => env['VERCEL'] === '1',
  fix: () => 'Enable secure backend access with OIDC in the settings of the project',
  request: async (request) => {
    const body = JSON.stringify({ token: valueOf(request.job.env, 'VERCEL_OIDC_TOKEN'), aud: request.audience })
    const headers = { 'content-type': 'application/json' }
    return member(await send(request, 'https://oidc.vercel.com/~token', { method: 'POST', headers, body }), 'token')
  },
}
