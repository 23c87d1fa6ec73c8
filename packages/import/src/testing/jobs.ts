/** Tokens of many jobs, with the identities that a verifier makes of them, for tests. */

import type { AnyWorkload } from '@jobpass/core'
import {
  anyEvent,
  buildkite,
  circleci,
  createVerifier,
  githubActions,
  gitlab,
  hcpTerraform,
  kubernetes,
  present,
  WorkloadAuthError,
} from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { circleClaims } from './jobs-circleci.ts'
import { buildkiteClaims, kubernetesClaims, terraformClaims } from './jobs-machines.ts'
import { githubClaims } from './jobs-github.ts'
import { gitlabClaims } from './jobs-gitlab.ts'

/** Claims of a token. */
export type Claims = Readonly<Record<string, unknown>>

/** A job with its token. */
export interface Job {
  /** The claims. */
  readonly claims: Claims
  /** What a verifier makes of the token; `undefined` for a token that it refuses in any case. */
  readonly identity: AnyWorkload | undefined
}

/** The audience of a token that is for another API. */
const otherAudience = 'https://other.example'

/** A platform whose jobs the tests have. */
export type Platform = 'github' | 'gitlab' | 'circleci' | 'kubernetes' | 'terraform' | 'buildkite'

const eks = 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF'
const cluster = kubernetes.at(eks)
const providers = { github: githubActions, gitlab, circleci, kubernetes, terraform: hcpTerraform, buildkite }
const claimsOf = {
  github: githubClaims,
  gitlab: gitlabClaims,
  circleci: circleClaims,
  kubernetes: kubernetesClaims,
  terraform: terraformClaims,
  buildkite: buildkiteClaims,
}
const circle = { ownerId: ['3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22', '11111111-2222-4333-8444-555555555555'] }

/** Rules that trust all jobs of the tests. */
const trusted = {
  github: [githubActions({ ownerId: ['1234567', '666', '777'], event: anyEvent() })],
  gitlab: [gitlab({ ownerId: ['99', '666', '777', '33019922'], event: anyEvent() })],
  circleci: [
    circleci(circle),
    circleci({ ...circle, sshRerun: true }),
    circleci({ ...circle, pullRequest: present() }),
    circleci({ ...circle, sshRerun: true, pullRequest: present() }),
  ],
  kubernetes: [
    cluster({ namespace: ['ci', 'ci-evil'] }),
    cluster({ namespace: ['ci', 'ci-evil'], unbound: present() }),
  ],
  terraform: [
    hcpTerraform({ owner: ['tidewater', 'tidewater-evil'] }),
    hcpTerraform({ owner: ['tidewater', 'tidewater-evil'], planned: present() }),
  ],
  buildkite: [buildkite({ owner: ['lumen-labs', 'lumen-labs-evil'] })],
}

const made = new Map<string, Promise<readonly Job[]>>()

/** The jobs of a platform, for an audience. */
export async function jobsOf(platform: Platform, audience: string): Promise<readonly Job[]> {
  const key = `${platform} ${audience}`
  const found = made.get(key) ?? makeJobs(platform, audience)
  made.set(key, found)
  return found
}

async function makeJobs(platform: Platform, audience: string): Promise<readonly Job[]> {
  const issuer = await createTestIssuer(providers[platform] as typeof githubActions)
  const verifier = createVerifier({
    audience: [audience, otherAudience],
    trust: trusted[platform] as never,
    fetch: issuer.fetch,
  })
  // The test issuer adds the claims of a push where they are missing.
  const absent = Object.fromEntries(Object.keys(issuer.claims()).map((name) => [name, undefined]))
  return Promise.all(
    claimsOf[platform](issuer as never).map(async ({ iss, ...given }): Promise<Job> => {
      const claims = { ...given, iss, aud: given['aud'] === otherAudience ? otherAudience : audience }
      const token = await issuer.mint({ ...absent, ...claims })
      return { claims, identity: await identityOf(verifier, token) }
    }),
  )
}

async function identityOf(
  verifier: { verify(token: string): Promise<unknown> },
  token: string,
): Promise<AnyWorkload | undefined> {
  try {
    return (await verifier.verify(token)) as AnyWorkload
  } catch (error) {
    // A token that trust refuses would hide rules that are too wide.
    if (error instanceof WorkloadAuthError && error.code === 'claims_invalid') return undefined
    throw error
  }
}
