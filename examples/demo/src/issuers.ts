/** The three CI systems on this machine; each signs the tokens of its jobs with its own keys. */

import type { Workloads } from '@jobpass/core'
import { getIDToken } from '@actions/core'
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
    jobs: {
      // A GitHub job requests its token from the runner over HTTP, with the client that every
      // action uses.
      github: async (audience, claims, options) => {
        const job = await github.startJob(claims, options)
        return inJob(job.env, () => getIDToken(audience)).finally(() => job.close())
      },
      // A GitLab job finds its token in a variable, and a CircleCI job runs a command of its
      // machine.
      gitlab: (aud, claims, options) => lab.mint({ aud, ...claims }, options),
      circleci: (aud, claims, options) => circle.mint({ aud, ...claims }, options),
    },
    close: async () => {
      await Promise.all([github.close(), lab.close(), circle.close()])
    },
  }
}

/** Runs a function in the environment of a job, one job at a time. */
async function inJob<T>(environment: RunningJob['env'], run: () => Promise<T>): Promise<T> {
  const before = { ...process.env }
  const write = process.stdout.write.bind(process.stdout)
  Object.assign(process.env, environment)
  // The client sends commands to its runner on standard output, in lines that begin with `::`; hide
  // them here.
  process.stdout.write = (chunk: Uint8Array | string): boolean => String(chunk).startsWith('::') || write(chunk)
  try {
    return await run()
  } finally {
    process.stdout.write = write
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
}
