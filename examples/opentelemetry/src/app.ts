/**
 * A deploy API that counts its decisions, and records each as an event on the request's span, with
 * OpenTelemetry's semantic conventions for CI/CD and VCS.
 */

import type { IssuerProvider, Workloads } from '@jobpass/express'
import * as ci from '@jobpass/express'
import { getWorkload, requireWorkload, workloadAuth } from '@jobpass/express'
import { telemetryHooks } from '@jobpass/opentelemetry'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import type { Express } from 'express'
import express from 'express'

const tracer = trace.getTracer('deploy-api')

export function createApp({
  githubActions,
}: { githubActions: IssuerProvider<Workloads['github-actions']> } = ci): Express {
  const app = express()

  // One span per request; it is active for everything behind it, including the hooks.
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

  const trust = githubActions({ ownerId: '1234567' })
  app.use(workloadAuth({ audience: 'https://deploy.acme.dev', trust, ...telemetryHooks() }))

  app.post('/deploy', requireWorkload(githubActions({ repository: 'acme/shop', branch: 'main' })), (req, res) => {
    res.json({ deployed: getWorkload(req).repository })
  })
  return app
}
