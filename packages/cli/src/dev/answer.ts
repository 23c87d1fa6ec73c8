/** The answers of a local issuer: its documents, its page, and tokens. */

import type { IncomingMessage } from 'node:http'
import type { Jobs } from './jobs.ts'
import { script } from './page-script.ts'
import { styles } from './page-styles.ts'

/** An answer. */
export interface Reply {
  /** The status. */
  readonly status: number
  /** The media type. */
  readonly type: string
  /** The text. */
  readonly body: string
}

/** What is served. */
export interface Site {
  /** The URL of the issuer. */
  readonly url: string
  /** The jobs that it signs tokens of. */
  readonly jobs: Jobs
  /** Its page. */
  readonly page: string
}

/** The longest request for a token, in bytes. */
const maxBytes = 65_536

const json = (status: number, value: object): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
})

/** An answer that says what is wrong. */
export function failure(status: number, message: string): Reply {
  return json(status, { message })
}

/** Answers a request that may be answered. Rejects where it cannot be read. */
export async function answer(req: IncomingMessage, { url, jobs, page }: Site): Promise<Reply> {
  const path = (req.url ?? '/').split('?', 1)[0] ?? '/'
  if (path === '/tokens') return req.method === 'POST' ? signFor(req, jobs) : failure(405, 'Send POST /tokens.')
  if (req.method !== 'GET' && req.method !== 'HEAD') return failure(405, 'This is read by GET.')
  if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: page }
  if (path === '/page.js') return { status: 200, type: 'text/javascript; charset=utf-8', body: script }
  if (path === '/page.css') return { status: 200, type: 'text/css; charset=utf-8', body: styles }
  const document = await jobs.document(url + path)
  return document.ok ? json(200, (await document.json()) as object) : failure(404, 'There is no such page.')
}

async function signFor(req: IncomingMessage, jobs: Jobs): Promise<Reply> {
  // A form of another page cannot send JSON without asking first.
  if (req.headers['content-type']?.split(';', 1)[0]?.trim() !== 'application/json')
    return failure(415, 'Send JSON: { "job": "push", "claims": { "branch": "main" } }')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > maxBytes) return failure(413, 'The request is too long.')
  }
  try {
    return json(200, await jobs.sign(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return failure(400, error.message)
    throw error
  }
}
