/** Where endpoints of publishers are, who may use them, and what every answer of them has. */

import type { EndpointAnswer, EndpointRequest } from '@jobpass/core'
import { BodyTooLarge } from '@jobpass/core'
import { checkFetchUrl, formatValue } from '@jobpass/core/internal'
import { InvalidPublisher, TooManyPublishers } from '../model/invalid-publisher.ts'
import { limited } from '../model/limited.ts'
import type { Managed } from '../model/publisher.ts'
import { StoreUnavailable } from '../model/store-unavailable.ts'
import { systemClock } from '../model/system-clock.ts'
import { isStorable } from '../model/text.ts'
import type { Publishers } from '../trust/publishers.ts'
import type { Problem } from './problem.ts'
import { problems } from './problem.ts'

/** Who manages a project, by a session of your service. */
export interface Manager {
  /** The account that owns the project, or that will own it. */
  readonly account: string
  /**
   * Identifies the session, such as the value of its cookie. Forms work in the session that they
   * were made for. It appears in no answer.
   */
  readonly session: string
}

/** The options of both endpoints. */
export interface PublisherEndpointOptions {
  /** What `createPublishers()` made. */
  readonly publishers: Publishers
  /**
   * The path in front of `/` and the name of a project, which is percent-encoded. Default
   * `'/api/publishers'`, and `'/settings/publishers'` for the page.
   */
  readonly path?: string
  /** Origin of your service as browsers see it, such as `https://packages.example`. */
  readonly origin: string
  /**
   * Finds who asks, by your own session; `undefined` if they may not manage the project, which is
   * answered 404. Taking longer than 5 s is answered 503.
   */
  readonly authorize: (request: EndpointRequest, project: string) => Manager | undefined | Promise<Manager | undefined>
  /** Called with the cause of each answer 503. Default: nothing is called. */
  readonly onOutage?: (cause: unknown) => void
}

/** The names of these options. */
export const endpointOptions: Readonly<Record<keyof PublisherEndpointOptions, true>> = {
  publishers: true,
  path: true,
  origin: true,
  authorize: true,
  onOutage: true,
}

/** A request to an endpoint, by somebody who may manage the project. */
export interface ManagedRequest {
  /** The request. */
  readonly request: EndpointRequest
  /** The project, and the account. */
  readonly managed: Managed
  /** The session of the manager. */
  readonly session: string
  /** What follows the project in the path, decoded. */
  readonly rest: readonly string[]
}

/** How an endpoint answers requests to paths of its own. */
export interface Answers {
  /** The answer to somebody who may manage the project. */
  readonly answer: (request: ManagedRequest) => Promise<EndpointAnswer>
  /** The answer to a request that failed. */
  readonly refuse: (problem: Problem) => EndpointAnswer | Promise<EndpointAnswer>
}

/** Checked options. */
export type Mounted = Omit<PublisherEndpointOptions, 'path'> & { readonly path: string }

/** Longest path, so that decoding is cheap. */
const longestPath = 2_000

/** Time limit of `authorize`, and of an answer that changes nothing: milliseconds. */
const timeLimit = 5_000

/**
 * Checks the options of an endpoint.
 *
 * @throws {TypeError} that says what to write.
 */
export function readMount(what: string, given: Partial<PublisherEndpointOptions>, defaultPath: string): Mounted {
  const { publishers, path = defaultPath, origin, authorize, onOutage } = given
  if (typeof publishers?.list !== 'function')
    throw new TypeError(`${what} needs publishers: what createPublishers() returned`)
  if (typeof path !== 'string' || !/^(?:\/[\w.~-]+)+$/.test(path))
    throw new TypeError(
      `${what}: path is a path such as '${defaultPath}', without a slash at its end, not ${formatValue(path)}`,
    )
  if (checkFetchUrl(`${what}: origin`, origin, true).origin !== origin)
    throw new TypeError(
      `${what}: origin is scheme and host, such as 'https://packages.example', not ${formatValue(origin)}`,
    )
  if (typeof authorize !== 'function')
    throw new TypeError(`${what} needs authorize: (request, project) => ({ account, session }), or undefined`)
  if (onOutage !== undefined && typeof onOutage !== 'function')
    throw new TypeError(`${what}: onOutage must be a function`)
  return { publishers, path, origin, authorize, ...(onOutage && { onOutage }) }
}

/** Answers a request, if its path is below that of the mount. */
export function answerAt(
  mount: Mounted,
  request: EndpointRequest,
  answers: Answers,
): Promise<EndpointAnswer> | undefined {
  const { path } = request
  if (!path.startsWith(`${mount.path}/`) || path.length > longestPath) return undefined
  const [project = '', ...rest] = decode(path.slice(mount.path.length + 1).split('/')) ?? []
  if (project === '') return undefined
  return answerManaged(mount, request, project, rest, answers).catch((failure: unknown) => {
    const problem = problemOf(failure)
    if (problem === problems.unavailable) mount.onOutage?.(failure)
    return answers.refuse(problem)
  })
}

async function answerManaged(
  mount: Mounted,
  request: EndpointRequest,
  project: string,
  rest: readonly string[],
  { answer, refuse }: Answers,
): Promise<EndpointAnswer> {
  if (!isStorable(project)) return refuse(problems.unknown)
  const manager = await limited(systemClock, timeLimit, async () => mount.authorize(request, project))
  if (manager === undefined) return refuse(problems.unknown)
  const { account, session } = manager
  if (!isText(account) || !isText(session))
    throw new TypeError('authorize() returns { account, session }, both text that is not empty, or undefined')
  const run = (): Promise<EndpointAnswer> => answer({ request, managed: { project, account }, session, rest })
  // A change is awaited, so that none happens after the answer: the store has its own limit.
  return isRead(request) ? limited(systemClock, timeLimit, run) : run()
}

/** Whether a request only reads. */
export const isRead = ({ method }: EndpointRequest): boolean => method === 'GET' || method === 'HEAD'

/** The refusal that an error means; any other error is thrown, for the framework. */
function problemOf(failure: unknown): Problem {
  if (failure instanceof BodyTooLarge) return problems.tooLarge
  if (failure instanceof TooManyPublishers) return { ...problems.tooMany, faults: failure.faults }
  if (failure instanceof InvalidPublisher) return { ...problems.invalid, faults: failure.faults }
  if (failure instanceof StoreUnavailable) return problems.unavailable
  throw failure
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '' && isStorable(value)

function decode(segments: readonly string[]): readonly string[] | undefined {
  try {
    return segments.map(decodeURIComponent)
  } catch {
    return undefined
  }
}
