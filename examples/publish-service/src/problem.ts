/** Refusals of the registry itself, in the format of jobpass (RFC 9457). */

import { STATUS_CODES } from 'node:http'
import { StoreUnavailable } from '@jobpass/publishers'
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

/** Seconds after which a caller may try again. */
const retryAfter = 5

/** The database does not answer; the caller is not at fault. */
const unavailable = new Problem(503, 'database_unavailable', 'The registry cannot reach its database.')

/**
 * Answers problems. Only the status of body parser errors is used: their messages repeat the input.
 */
export const answerProblems: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  const problem = problemOf(error)
  if (problem === undefined || res.headersSent) return next(error)
  const { status, code, message } = problem
  res
    .status(status)
    .set({ 'Cache-Control': 'no-store', ...(status === 503 && { 'Retry-After': String(retryAfter) }) })
    .type('application/problem+json')
    .send(JSON.stringify({ title: STATUS_CODES[status], status, detail: message, code }))
}

function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  return error instanceof StoreUnavailable ? unavailable : parserProblem(error)
}

function parserProblem(error: unknown): Problem | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 413) return new Problem(413, 'body_too_large', 'The body is too large.')
  if (status === 415)
    return new Problem(415, 'encoding_unsupported', 'The body must come as it is, without an encoding.')
  return status === 400 ? new Problem(400, 'request_malformed', 'The request cannot be read.') : undefined
}
