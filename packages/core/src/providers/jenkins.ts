// Other claims have no rows: the administrator chooses their names and types.
const claims = {
  build_number: 'number', // absent in a token made outside a build, for the whole server
} as const
const requiredClaims = {
  build_number: 'a token made outside a build, for the whole server, has none',
}

const identity = {
  buildNumber: 'build_number',
} as const

/** A Jenkins build. `subject` is the URL of its job. */
export interface JenkinsWorkload extends WorkloadOf<'jenkins', typeof claims, typeof identity, typeof requiredClaims> {}

/**
 * Jenkins with the OpenID Connect Provider plugin. The issuer is the server's own, or a folder's,
 * and `subject` is the job.
 *
 * Source: https://github.com/jenkinsci/oidc-provider-plugin
 *
 * @example
 * ```ts
 * jenkins.at('https://jenkins.acme.dev/oidc')({
 *   subject: 'https://jenkins.acme.dev/job/shop/job/main/',
 * })
 * ```
 */
export const jenkins: SelfHosted<JenkinsWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'jenkins',
  title: 'Jenkins',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['subject'],
  suggestedFields: ['subject'],
  lifetime: { usual: 3600 },
  otherTokens: [
    {
      claim: 'build_number',
      hint: 'The token was made outside a build, or the administrator removed the claim build_number. Bind the credential in the job by withCredentials, and keep that claim.',
    },
  ],
  minimumVersion: {
    version: 'OpenID Connect Provider plugin 111.v29fd614b_3617',
    reason:
      'With some other plugins, a user who may configure one job can override the variables behind the subject, and so name another job.',
    advisory: 'https://www.jenkins.io/security/advisory/2025-05-14/#SECURITY-3574',
  },
  unsupported: {
    branch:
      "a branch is only part of a multibranch job's URL, and a pull request has PR-7 in its place. Write subject: 'https://jenkins.acme.dev/job/shop/job/main/', and leave the credential's subject template as it is",
    ref: "a branch is only part of a multibranch job's URL. Write subject: 'https://jenkins.acme.dev/job/shop/job/main/'",
    repository:
      "no claim names it. Write subject: 'https://jenkins.acme.dev/job/shop/job/main/', the job that builds it",
    pipeline: "the job is identified by its URL. Write subject: 'https://jenkins.acme.dev/job/shop/job/main/'",
    runId: "build numbers are unique within a job only. Write subject and buildNumber: '87'",
  },
})
import { builtInProvider } from '../provider/define-provider.ts'
import type { SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
