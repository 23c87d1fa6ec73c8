/** What the registry itself has to object to, told like the refusals of jobpass (RFC 9457). */

import { STATUS_CODES } from 'node:http'
import type { ErrorRequestHandler } from 'express'

export class Problem extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

/** Answers problems. What body parsers say is told by its status alone: their messages repeat what was sent. */
export const answerProblems: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  const problem = error instanceof Problem ? error : parserProblem(error)
  if (problem === undefined || res.headersSent) return next(error)
  const { status, code, message } = problem
  res
    .status(status)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify({ title: STATUS_CODES[status], status, detail: message, code }))
}

function parserProblem(error: unknown): Problem | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 413) return new Problem(413, 'body_too_large', 'The body is too large.')
  if (status === 415)
    return new Problem(415, 'encoding_unsupported', 'The body must come as it is, without an encoding.')
  return status === 400 ? new Problem(400, 'request_malformed', 'The request cannot be read.') : undefined
}
