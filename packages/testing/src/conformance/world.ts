/**
 * The issuers of all conformance cases, at one fixed time, so that adapters can be compared byte by
 * byte.
 */

import type { Clock, Types } from '@jobpass/core'
import { circleci, githubActions, gitlab } from '@jobpass/core'
import type { MintClaims, MintOptions, TestIssuer } from '../test-issuer.ts'
import { createTestIssuer } from '../issuer.ts'

/** Audience of the API under test. */
export const audience = 'https://api.acme.dev'
/** Organization of the CircleCI jobs. */
export const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
/** A GitHub Enterprise Server whose administrator can write any claim, with ids of github.com. */
export const enterpriseServer = 'https://git.acme.example/_services/token'
/** The time of all cases, in seconds since 1970. */
export const now = 1_795_166_200

/** The issuers, and what reaches them. */
export interface World {
  /** GitHub Actions, on github.com. */
  readonly github: TestIssuer<Types.GitHubActionsWorkload>
  /** GitLab, on gitlab.com. */
  readonly gitlab: TestIssuer<Types.GitLabWorkload>
  /** CircleCI, bound to `organization`. */
  readonly circleci: TestIssuer<Types.CircleCIWorkload>
  /**
   * GitHub Actions at another issuer, `enterpriseServer`; the setup decides whether it is trusted.
   */
  readonly enterprise: TestIssuer<Types.GitHubActionsWorkload>
  /** Signs as github.com, with a key that github.com does not publish. */
  readonly forger: TestIssuer<Types.GitHubActionsWorkload>
  /** Reaches every issuer except those that are offline. */
  readonly fetch: typeof fetch
  /** The fixed clock of all verifiers. */
  readonly clock: Clock
}

/** Creates the issuers; one world serves all setups and adapters. */
export async function createWorld(): Promise<World> {
  // Deadlines pass 250 times as fast, so that a hanging lookup ends at once.
  const clock: Clock = {
    now: () => now * 1000,
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds / 250)
      return () => clearTimeout(timer)
    },
  }
  const [github, gitlabIssuer, circleciIssuer, enterprise, forger] = await Promise.all([
    createTestIssuer(githubActions, { clock }),
    createTestIssuer(gitlab, { clock }),
    createTestIssuer(circleci, { clock }),
    createTestIssuer(githubActions, { clock, issuer: enterpriseServer }),
    createTestIssuer(githubActions, { clock }),
  ])
  const issuers = [
    ['https://gitlab.com', gitlabIssuer],
    ['https://oidc.circleci.com', circleciIssuer],
    [enterpriseServer, enterprise],
    ['https://token.actions.githubusercontent.com', github],
  ] as const
  return {
    github,
    gitlab: gitlabIssuer,
    circleci: circleciIssuer,
    enterprise,
    forger,
    clock,
    fetch: async (input, init) => {
      const url = input instanceof Request ? input.url : input.toString()
      const found = issuers.find(([prefix]) => url.startsWith(prefix))
      if (found === undefined) throw new TypeError(`fetch failed: no server at ${url}`)
      return found[1].fetch(input, init)
    },
  }
}

type Headers = (world: World) => Promise<readonly (readonly [string, string])[]>

/** Sends a token as a bearer token. */
export const bearer =
  (mint: (world: World) => Promise<string>): Headers =>
  async (world) => [['authorization', `Bearer ${await mint(world)}`]]

/** Sends exactly these headers. */
export const send =
  (...headers: readonly (readonly [string, string])[]): Headers =>
  async () =>
    headers

type Minter<W> = (claims?: MintClaims<W>, options?: MintOptions<W>) => Headers

const minter =
  <W>(issuer: (world: World) => TestIssuer<W>): Minter<W> =>
  (claims, options) =>
    bearer((world) => issuer(world).mint({ aud: audience, ...claims }, options))

/** Mints a token of a job, for this API unless its claims say otherwise. */
export const githubJob: Minter<Types.GitHubActionsWorkload> = minter((world) => world.github)
export const gitlabJob: Minter<Types.GitLabWorkload> = minter((world) => world.gitlab)
export const circleciJob: Minter<Types.CircleCIWorkload> = minter((world) => world.circleci)
export const enterpriseJob: Minter<Types.GitHubActionsWorkload> = minter((world) => world.enterprise)
export const forgedJob: Minter<Types.GitHubActionsWorkload> = minter((world) => world.forger)
