// Whatever else the administrator adds has a name and a type of his choice, so there are no rows for it.
const claims = {
  build_number: 'number', // only builds have one: a token made outside a build is of the whole server
} as const
const requiredClaims = {
  build_number: 'a token made outside a build has none: it is of the whole server',
} as const

const identity = {
  buildNumber: 'build_number',
} as const

/** A Jenkins build. `subject` is the address of its job. */
export interface JenkinsWorkload extends WorkloadOf<'jenkins', typeof claims, typeof identity, typeof requiredClaims> {}

/**
 * Jenkins with the OpenID Connect Provider plugin. The issuer is the server's own, or a folder's, and `subject` is the job.
 *
 * Source: https://github.com/jenkinsci/oidc-provider-plugin
 *
 * @example
 * ```ts
 * jenkins.at('https://jenkins.acme.dev/oidc')({ subject: 'https://jenkins.acme.dev/job/shop/job/main/' })
 * ```
 */
export const jenkins: SelfHosted<JenkinsWorkload> = /* @__PURE__ */ defineProvider({
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
      hint: 'The token was made outside a build, or the administrator removed the claim build_number. Bind the credential in the job, by withCredentials, and keep that claim.',
    },
  ],
  minimumVersion: {
    version: 'OpenID Connect Provider plugin 111.v29fd614b_3617',
    reason:
      'With some other plugins, a user who may configure one job can override the variables behind the subject, and name another job.',
    advisory: 'https://www.jenkins.io/security/advisory/2025-05-14/#SECURITY-3574',
  },
  unsupported: {
    branch:
      "a branch is only part of a multibranch job's address, and a pull request has PR-7 in its place. Write subject: 'https://jenkins.acme.dev/job/shop/job/main/', and leave the credential's subject template as it is",
    ref: "a branch is only part of a multibranch job's address. Write subject: 'https://jenkins.acme.dev/job/shop/job/main/'",
    repository:
      "no claim names it. Write subject: 'https://jenkins.acme.dev/job/shop/job/main/', the job that builds it",
    pipeline: "the job is told by its address. Write subject: 'https://jenkins.acme.dev/job/shop/job/main/'",
    runId: "the number of a build is its job's own. Write subject and buildNumber: '87'",
  },
})
import { defineProvider } from '../provider/define-provider.ts'
import type { SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
