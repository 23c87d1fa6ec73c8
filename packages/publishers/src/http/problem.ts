/** Refusals of the endpoints (RFC 9457). */

import type { EndpointAnswer } from '@jobpass/core'
import type { PublisherFault } from '../model/invalid-publisher.ts'

/** A refusal. */
export interface Problem {
  /** The HTTP status. */
  readonly status: number
  /** A stable code. */
  readonly code: string
  /** The status in words. */
  readonly title: string
  /** What happened, and what to do. */
  readonly detail: string
  /** What is wrong with each field of a publisher. */
  readonly faults?: readonly PublisherFault[]
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>
}

const problem = (status: number, title: string, code: string, detail: string): Problem => ({
  status,
  title,
  code,
  detail,
})

/** The names of the refusals. */
type ProblemName =
  | 'malformed'
  | 'invalid'
  | 'forged'
  | 'unknown'
  | 'unknownPublisher'
  | 'method'
  | 'tooSlow'
  | 'tooMany'
  | 'tooLarge'
  | 'contentType'
  | 'unavailable'

/** All refusals. */
export const problems: Readonly<Record<ProblemName, Problem>> = {
  malformed: problem(400, 'Bad Request', 'request_malformed', 'The request cannot be read.'),
  invalid: problem(400, 'Bad Request', 'publisher_invalid', 'The publisher cannot be added as it is.'),
  forged: problem(
    403,
    'Forbidden',
    'request_forged',
    'The request came from another site, or from a form of another session. Load the page again.',
  ),
  unknown: problem(404, 'Not Found', 'project_unknown', 'There is no such project, or it is not yours to manage.'),
  unknownPublisher: problem(
    404,
    'Not Found',
    'publisher_unknown',
    'The project has no such publisher any more. Load the page again.',
  ),
  method: problem(405, 'Method Not Allowed', 'method_not_allowed', 'The address does not support this method.'),
  tooSlow: problem(408, 'Request Timeout', 'body_too_slow', 'The body of the request took longer than 10 s.'),
  tooMany: problem(409, 'Conflict', 'publishers_too_many', 'The publisher is one more than there may be.'),
  tooLarge: problem(413, 'Content Too Large', 'body_too_large', 'The request is too large.'),
  contentType: problem(415, 'Unsupported Media Type', 'content_type_unsupported', 'The body has another type.'),
  unavailable: {
    ...problem(503, 'Service Unavailable', 'publishers_unavailable', 'Publishers cannot be read right now. Try again.'),
    headers: { 'Retry-After': '5' },
  },
}

/** The answer to a program. */
export function problemAnswer({ status, code, title, detail, faults, headers }: Problem): EndpointAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...shared, ...headers },
    body: JSON.stringify({ title, status, detail, code, ...(faults && { faults }) }),
  }
}

/** Headers of all answers. */
export const shared: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
}
