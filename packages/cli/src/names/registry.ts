/** Asks a platform for what names mean. Types and the request that all platforms share. */

import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { CommandError, exitCodes } from '../io/exit.ts'

/** A repository or project as its platform knows it. */
interface KnownRepository {
  /** The id of the repository. */
  readonly repositoryId: string
  /** The id of its owner: account, organization or group. */
  readonly ownerId: string
}

/** Knows the ids of names. `undefined`: it does not know the name, or may not say. */
export interface Names {
  /** Looks up a repository or project by its path. */
  repository(name: string): Promise<KnownRepository | undefined>
  /** Looks up the id of an owner. */
  owner(name: string): Promise<string | undefined>
}

/** What a platform answers. */
export interface Registry extends Names {
  /** Whether a repository has a file, at a ref or at its default branch. */
  hasFile(repository: string, path: string, ref: string | undefined): Promise<boolean>
  /** Whether a repository has an environment. */
  hasEnvironment(repository: string, name: string): Promise<boolean>
}

/** Seconds until a request is given up. */
const timeout = 10

/**
 * Gets a JSON document; `undefined` for 404. Each URL is asked once. Everything else that is not
 * 200 ends the command: a check that could not be made is no check that passed.
 */
export function requester(
  { fetch }: Pick<Context, 'fetch'>,
  headers: Readonly<Record<string, string>>,
): (url: string) => Promise<unknown> {
  const asked = new Map<string, Promise<unknown>>()
  const ask = async (url: string): Promise<unknown> => {
    let response: Response
    try {
      response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(timeout * 1000) })
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { readonly code?: string }
      throw new CommandError(
        `${hostOf(url)} cannot be reached${code === undefined ? '' : ` (${code})`}`,
        exitCodes.outage,
      )
    }
    if (response.status === 404) return undefined
    if (response.ok) return response.json()
    const why = reasons[response.status] ?? 'try again later'
    throw new CommandError(`${hostOf(url)} answers ${response.status}: ${why}`, exitCodes.outage)
  }
  return (url) => {
    const before = asked.get(url)
    const answer = before ?? ask(url)
    asked.set(url, answer)
    return answer
  }
}

const reasons: Readonly<Record<number, string>> = {
  401: 'the token in GITHUB_TOKEN or GITLAB_TOKEN is not valid',
  403: 'the rate limit is used up, or the token may not ask; set GITHUB_TOKEN or GITLAB_TOKEN',
  429: 'the rate limit is used up; set GITHUB_TOKEN or GITLAB_TOKEN',
}

function hostOf(url: string): string {
  return escapeForLog(new URL(url).host)
}
