/** The endpoints for programs: publishers of a project as JSON. */

import type { Endpoint, EndpointAnswer } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import type { NewPendingPublisher, NewPublisher } from '../model/publisher.ts'
import { isCrossSite } from './forgery.ts'
import type { ManagedRequest, Mounted, PublisherEndpointOptions } from './mount.ts'
import { answerAt, endpointOptions, isRead, readMount } from './mount.ts'
import { readOverview } from './overview.ts'
import { problemAnswer, problems, shared } from './problem.ts'
import { isProblem, readBody } from './read-body.ts'

/**
 * Makes the endpoints for programs, below `path` (default `/api/publishers`). `:project` is
 * percent-encoded:
 *
 * - `GET /:project`: `{ publishers, uses, refusals, changes }`
 * - `POST /:project`: adds a publisher, pending without `repositoryId`; 201, and the publisher
 * - `DELETE /:project/:id`: removes a publisher; 204
 * - `POST /:project/:id/transfer` with `{ ownerId }`: accepts the new owner; 204
 *
 * Bodies are JSON. A request that another site made a browser send is refused.
 *
 * @throws {TypeError} that says what to write.
 * @example
 * ```ts
 * const api = publisherApi({
 *   publishers,
 *   origin: 'https://packages.example',
 *   authorize: (request, project) => managerOf(request.headers('authorization'), project),
 * })
 * app.use(endpoints(api))
 * ```
 */
export function publisherApi(given: PublisherEndpointOptions): Endpoint {
  const what = 'publisherApi()'
  const mount = readMount(what, readOptions<PublisherEndpointOptions>(what, given, endpointOptions), '/api/publishers')
  return Object.freeze({
    answer: (request) =>
      answerAt(mount, request, { answer: (managed) => answer(managed, mount), refuse: problemAnswer }),
  } satisfies Endpoint)
}

async function answer(managed: ManagedRequest, mount: Mounted): Promise<EndpointAnswer> {
  const { request, rest } = managed
  const [id, part] = rest
  const { method } = request
  if (!isRead(request) && isCrossSite(request, mount.origin)) return problemAnswer(problems.forged)
  if (id === undefined) {
    if (method === 'POST') return add(managed, mount)
    return isRead(request) ? list(managed, mount) : allowOnly('GET, HEAD, POST')
  }
  if (rest.length === 1) return method === 'DELETE' ? remove(managed, id, mount) : allowOnly('DELETE')
  if (rest.length === 2 && part === 'transfer')
    return method === 'POST' ? acceptTransfer(managed, id, mount) : allowOnly('POST')
  return problemAnswer(problems.unknownPublisher)
}

async function list({ managed }: ManagedRequest, { publishers }: Mounted): Promise<EndpointAnswer> {
  return json(200, await readOverview(publishers, managed))
}

async function add({ request, managed }: ManagedRequest, { publishers }: Mounted): Promise<EndpointAnswer> {
  const body = await readBody(request, 'application/json')
  if (isProblem(body)) return problemAnswer(body)
  // The session says whose project it is.
  const publisher = { ...body, ...managed } as unknown
  const added =
    'repositoryId' in body
      ? await publishers.add(publisher as NewPublisher)
      : await publishers.addPending(publisher as NewPendingPublisher)
  return json(201, added)
}

async function remove({ managed }: ManagedRequest, id: string, { publishers }: Mounted): Promise<EndpointAnswer> {
  return done(await publishers.remove({ ...managed, id }))
}

async function acceptTransfer(
  { request, managed }: ManagedRequest,
  id: string,
  { publishers }: Mounted,
): Promise<EndpointAnswer> {
  const body = await readBody(request, 'application/json')
  if (isProblem(body)) return problemAnswer(body)
  const { ownerId } = body
  return done(typeof ownerId === 'string' && (await publishers.acceptTransfer({ ...managed, id, ownerId })))
}

const json = (status: number, body: object): EndpointAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json', ...shared },
  body: JSON.stringify(body),
})

const done = (existed: boolean): EndpointAnswer =>
  existed ? { status: 204, headers: { ...shared }, body: '' } : problemAnswer(problems.unknownPublisher)

const allowOnly = (allow: string): EndpointAnswer => problemAnswer({ ...problems.method, headers: { Allow: allow } })
