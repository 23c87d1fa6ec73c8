/** The three CI systems on this machine; each signs the tokens of its jobs with its own keys. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Workloads } from '@jobpass/core'
import { createClient } from '@jobpass/client'
import { circleci, githubActions, gitlab } from '@jobpass/core'
import type { IssuerProvider } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import type { MintClaims, MintOptions, RunningJob, TestServer } from '@jobpass/testing/node'

/** Gets the token of a job for one audience, as its CI system issues it. */
export type GetToken<W> = (audience: string, claims?: MintClaims<W>, options?: MintOptions<W>) => Promise<string>

/** How jobs of each system get their tokens. */
export interface Jobs {
  readonly github: GetToken<Workloads['github-actions']>
  readonly gitlab: GetToken<Workloads['gitlab']>
  readonly circleci: GetToken<Workloads['circleci']>
}

export interface Issuers {
  readonly github: TestServer<Workloads['github-actions']>
  readonly gitlab: TestServer<Workloads['gitlab']>
  readonly circleci: TestServer<Workloads['circleci'], IssuerProvider<Workloads['circleci'], 'ownerId'>>
  readonly jobs: Jobs
  close(): Promise<void>
}

export async function startIssuers(): Promise<Issuers> {
  const github = await (await createTestIssuer(githubActions)).listen()
  const lab = await (await createTestIssuer(gitlab)).listen()
  const circle = await (await createTestIssuer(circleci)).listen()
  return {
    github,
    gitlab: lab,
    circleci: circle,
    jobs: { github: jobsOf(github), gitlab: jobsOf(lab), circleci: jobsOf(circle) },
    close: async () => {
      await Promise.all([github.close(), lab.close(), circle.close()])
    },
  }
}

/**
 * Jobs get their tokens with the client: from the runner's endpoint on GitHub, in a variable on
 * GitLab, and from a program on CircleCI.
 */
function jobsOf<W, Bound>(server: TestServer<W, Bound>): GetToken<W> {
  return async (audience, claims, options) => {
    const given = { aud: audience, ...claims } as MintClaims<W>
    // The client never sends a token that is for another API, or has expired.
    if (given['aud'] !== audience || options?.issuedAt !== undefined) return server.mint(given, options)
    const job = await server.startJob(given, options)
    try {
      return (await clientOf(job).getToken({ audience })).token
    } finally {
      await job.close()
    }
  }
}

/** The client in the environment of a job, instead of that of this process. */
function clientOf({ env }: RunningJob) {
  const run = promisify(execFile)
  return createClient({
    env,
    run: async (program, args, signal) => (await run(program, [...args], { env, signal })).stdout,
    // A runner would read commands here, and hide the token in its log.
    print: () => {},
  })
}
