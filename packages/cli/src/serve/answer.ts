/** The answers of the server: decisions of guards, and documents for operators and upstreams. */

import type { IncomingMessage } from 'node:http'
import { getWorkload } from '@jobpass/core'
import type { Refused } from '@jobpass/core/adapter'
import { headersOf } from './identity-headers.ts'
import type { IdentitySigner } from './identity-token.ts'
import type { Metrics } from './metrics.ts'
import { metricsType } from './metrics.ts'
import type { Guard } from './policy-version.ts'
import { isForwarded, ProxiedRequest } from './proxied-request.ts'
import type { Readiness } from './readiness.ts'
import type { ServedPolicy } from './served-policy.ts'

/** An answer. */
export interface Answer {
  /** The status. */
  readonly status: number
  /** The headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The text. */
  readonly body: string
}

/** What is served. */
export interface Site {
  /** The guards. */
  readonly policy: Pick<ServedPolicy, 'current'>
  /** Signs identities; `undefined` where they are headers. */
  readonly signer: IdentitySigner | undefined
  /** The metrics. */
  readonly metrics: Metrics
  /** Whether keys are there. */
  readonly readiness: Readiness
}

const answer = (status: number, type: string, body: string): Answer => ({
  status,
  headers: { 'Content-Type': type, 'Cache-Control': 'no-store' },
  body,
})

const json = (status: number, value: unknown): Answer => answer(status, 'application/json', JSON.stringify(value))

/** The answer where no guard decided. It admits nothing. */
export function failure(status: 404 | 500, title: string, detail: string): Answer {
  return answer(status, 'application/problem+json', JSON.stringify({ title, status, detail }))
}

/** What the query of a guard's URL asks for. */
const withProblemHeader = 'problem=header'

/** Answers a request. */
export async function answerTo(message: IncomingMessage, site: Site): Promise<Answer> {
  const [path = '/', query] = (message.url ?? '/').split('?', 2)
  // One version for the whole request.
  const guard = site.policy.current.guards.get(path)
  if (guard !== undefined) return decide(guard, message, site, query === withProblemHeader)
  // A proxy that asks for the wrong URL must not read a document as an admission.
  const document = isForwarded(message) ? undefined : documents.get(path)?.(site)
  return document ?? notFound
}

const notFound = failure(404, 'Not Found', 'There is no such guard.')

async function decide(guard: Guard, message: IncomingMessage, { signer }: Site, inHeader: boolean): Promise<Answer> {
  const request = new ProxiedRequest(guard.name, message)
  const refused = await guard.check(request)
  if (refused !== undefined) return refusal(refused, inHeader)
  const workload = getWorkload(request)
  const admission =
    signer === undefined
      ? { guard: guard.name, workload, token: '' }
      : { guard: guard.name, workload: undefined, token: await signer.sign(workload, guard.name) }
  return { status: 200, headers: { ...headersOf(admission), 'Cache-Control': 'no-store' }, body: '' }
}

function refusal({ status, headers, challenge, body }: Refused, inHeader: boolean): Answer {
  return {
    status,
    headers: {
      ...headers,
      ...(challenge !== undefined && { 'WWW-Authenticate': challenge }),
      // For nginx, which keeps headers of this answer only. JSON is the same with escapes.
      ...(inHeader && { 'Jobpass-Problem': asAscii(body) }),
    },
    body,
  }
}

const asAscii = (text: string): string =>
  text.replaceAll(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const documents = new Map<string, (site: Site) => Answer | undefined>([
  ['/healthz', () => answer(200, 'text/plain', 'ok\n')],
  [
    '/readyz',
    ({ readiness }) => {
      const { ready, issuers } = readiness
      return json(ready ? 200 : 503, { ready, issuers })
    },
  ],
  ['/metrics', ({ metrics }) => answer(200, metricsType, String(metrics))],
  ['/jwks', ({ signer }) => signer && json(200, signer.jwks)],
])
