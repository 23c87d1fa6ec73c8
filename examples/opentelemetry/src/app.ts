/**
 * A deploy API that records each decision as an event on the request's span, with OpenTelemetry's
 * semantic conventions for CI/CD and VCS.
 */

import type { Workloads } from '@jobpass/express'
import type { IssuerProvider, VerdictEvent } from '@jobpass/express'
import * as ci from '@jobpass/express'
import { getWorkload, requireWorkload, verdictAttributes, workloadAttributes, workloadAuth } from '@jobpass/express'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import type { Express } from 'express'
import express from 'express'

const tracer = trace.getTracer('deploy-api')

/** A hook observes and never decides; without a span, it records nothing. */
const onVerdict = (event: VerdictEvent): void => {
  trace.getActiveSpan()?.addEvent('jobpass.verdict', verdictAttributes(event))
}

export function createApp({
  githubActions,
}: { githubActions: IssuerProvider<Workloads['github-actions']> } = ci): Express {
  const app = express()

  // One span per request; it is active for everything behind it, including the hook.
  app.use((req, res, next) => {
    tracer.startActiveSpan(`${req.method} ${req.path}`, (span) => {
      res.once('finish', () => {
        span.setAttribute('http.response.status_code', res.statusCode)
        if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      })
      next()
    })
  })

  app.use(
    workloadAuth({ audience: 'https://deploy.acme.dev', trust: githubActions({ ownerId: '1234567' }), onVerdict }),
  )

  app.post('/deploy', requireWorkload(githubActions({ repository: 'acme/shop', branch: 'main' })), (req, res) => {
    const workload = getWorkload(req)
    trace.getActiveSpan()?.setAttributes(workloadAttributes(workload))
    res.json({ deployed: workload.repository })
  })
  return app
}
