/** The issuers that all conformance cases share, at one fixed moment, so that two adapters can be compared byte by byte. */

import type { CircleCIWorkload, GitHubActionsWorkload, GitLabWorkload } from '@jobpass/core/internal'
import type { Clock } from '@jobpass/core'
import { circleci, githubActions, gitlab } from '@jobpass/core'
import type { IssuerProvider } from '@jobpass/core'
import type { MintClaims, MintOptions, TestIssuer } from '../test-issuer.ts'
import { createTestIssuer } from '../issuer.ts'

/** The audience of the API under test. */
export const audience = 'https://api.acme.dev'
/** The organization of the CircleCI jobs. */
export const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
/** An Enterprise Server whose administrator can write any claim, with the ids of github.com. */
export const enterpriseServer = 'https://git.acme.example/_services/token'
/** Seconds since 1970 at which everything happens. */
export const now = 1_795_166_200

export interface World {
  readonly github: TestIssuer<GitHubActionsWorkload>
  readonly gitlab: TestIssuer<GitLabWorkload>
  readonly circleci: TestIssuer<CircleCIWorkload, IssuerProvider<CircleCIWorkload, 'ownerId'>>
  /** The same CI system at another issuer, trusted or not by the setup. */
  readonly enterprise: TestIssuer<GitHubActionsWorkload>
  /** Signs in the name of github.com, with a key of its own. */
  readonly forger: TestIssuer<GitHubActionsWorkload>
  /** Reaches every issuer but those that are offline. */
  readonly fetch: typeof fetch
  readonly clock: Clock
}

/** Makes the world; one is enough for all setups and adapters. */
export async function createWorld(): Promise<World> {
  // Deadlines pass 250 times as fast, so that a look-up that hangs is given up at once.
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
      if (found === undefined) throw new TypeError(`fetch failed: nobody is at ${url}`)
      return found[1].fetch(input, init)
    },
  }
}

type Headers = (world: World) => Promise<readonly (readonly [string, string])[]>

/** Sends a token as Bearer token. */
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
  <W>(issuer: (world: World) => TestIssuer<W, unknown>): Minter<W> =>
  (claims, options) =>
    bearer((world) => issuer(world).mint({ aud: audience, ...claims }, options))

/** A job's token, for this API unless it says otherwise. */
export const githubJob: Minter<GitHubActionsWorkload> = minter((world) => world.github)
export const gitlabJob: Minter<GitLabWorkload> = minter((world) => world.gitlab)
export const circleciJob: Minter<CircleCIWorkload> = minter((world) => world.circleci)
export const enterpriseJob: Minter<GitHubActionsWorkload> = minter((world) => world.enterprise)
export const forgedJob: Minter<GitHubActionsWorkload> = minter((world) => world.forger)
