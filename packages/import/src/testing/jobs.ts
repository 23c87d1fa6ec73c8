/** Tokens of many jobs, with the identities that a verifier makes of them, for tests. */

import type { AnyWorkload } from '@jobpass/core'
import { anyEvent, circleci, createVerifier, githubActions, gitlab, present, WorkloadAuthError } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { circleClaims } from './jobs-circleci.ts'
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
export const otherAudience = 'https://other.example'

/** The jobs of a platform, for an audience. */
export async function jobsOf(platform: 'github' | 'gitlab' | 'circleci', audience: string): Promise<readonly Job[]> {
  const provider = { github: githubActions, gitlab, circleci }[platform]
  const issuer = await createTestIssuer(provider as typeof githubActions)
  const sets = { github: githubClaims, gitlab: gitlabClaims, circleci: circleClaims }[platform]
  const circle = { ownerId: ['3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22', '11111111-2222-4333-8444-555555555555'] }
  const verifier = createVerifier({
    audience: [audience, otherAudience],
    trust: {
      github: [githubActions({ ownerId: ['1234567', '666', '777'], event: anyEvent() })],
      gitlab: [gitlab({ ownerId: ['99', '666', '777', '33019922'], event: anyEvent() })],
      circleci: [
        circleci(circle),
        circleci({ ...circle, sshRerun: true }),
        circleci({ ...circle, pullRequest: present() }),
        circleci({ ...circle, sshRerun: true, pullRequest: present() }),
      ],
    }[platform] as never,
    fetch: issuer.fetch,
  })
  return Promise.all(
    sets(issuer as never).map(async ({ iss, ...given }): Promise<Job> => {
      const aud = given['aud'] === otherAudience ? otherAudience : audience
      const claims = { ...given, aud, ...(platform === 'circleci' ? { iss } : {}) }
      const token = await issuer.mint(claims as never)
      const all = JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as Claims
      return { claims: all, identity: await identityOf(verifier, token) }
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
    throw new Error(
      JSON.stringify([
        (error as WorkloadAuthError).code,
        (error as Error).message,
        JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))),
      ]),
    )
  }
}
