/**
 * A package registry with trusted publishing: CI jobs exchange their token for one of the registry,
 * and publish in several calls.
 */

import { viaExchange } from '@jobpass/exchange'
import type { Endpoint } from '@jobpass/express'
import { getWorkload, requireWorkload, endpoints, workloadAuth } from '@jobpass/express'
import type { Express, Request } from 'express'
import express from 'express'
import { answerProblems, Problem } from './problem.ts'
import type { Releases } from './releases.ts'
import type { TokenService } from './token-service.ts'
import { scopeOf } from './token-service.ts'

/** Maximum size of a file, in bytes. */
export const maxFileSize = 5_000_000

const projectName = /^[a-z][a-z0-9-]{0,62}$/

export function createApp(
  releases: Releases,
  { publishers, exchange, verifier, callers }: TokenService,
  settings: Endpoint,
): Express {
  const app = express()
  app.param('project', (_req, _res, next, name: string) => {
    next(projectName.test(name) ? undefined : new Problem(404, 'project_unknown', 'There is no such project.'))
  })

  // Open routes: the token endpoint, the settings of people who are signed in, and published files.
  app.use(endpoints(exchange, settings))
  app.get('/projects/:project', async (req, res) => {
    const { project } = req.params
    const list = await releases.list(project)
    if (list === undefined) throw new Problem(404, 'project_unknown', 'There is no such project.')
    res.json({ project, releases: list })
  })
  app.get('/projects/:project/releases/:version/:name', async (req, res) => {
    const { project, version, name } = req.params
    const bytes = await releases.read(project, version, name)
    if (bytes === undefined) throw new Problem(404, 'file_unknown', 'There is no such file.')
    // Untrusted bytes: browsers must not render them as a page of this site.
    res.set({ 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': 'sandbox' })
    res.attachment(name).type('application/octet-stream').send(Buffer.from(bytes))
  })

  // From here on, only tokens of the exchange are accepted.
  app.use(workloadAuth(verifier))

  // The guard of all publishing calls: publishers of the requested project, and a token that was
  // issued for this project. The first call of a pending publisher binds it.
  const publisher = requireWorkload(
    publishers.guard(
      ({ params }) => String(params['project']),
      (rule, project) => viaExchange(rule, { scope: scopeOf(project) }),
    ),
  )
  const uploadOf = (req: Request<{ project: string; id: string }>) => ({ ...req.params, run: runOf(req) })
  const runOf = (req: Request<{ project: string }>) => {
    const { issuer, runId } = getWorkload(req, callers).job
    return `${issuer}#${runId}`
  }

  app.post('/projects/:project/uploads', publisher, express.json({ limit: 1_000 }), async (req, res) => {
    const { version } = (req.body ?? {}) as { readonly version?: unknown }
    const id = await releases.start(req.params.project, version, runOf(req))
    res.status(201).json({ id })
  })
  const bytes = express.raw({ type: () => true, limit: maxFileSize, inflate: false })
  app.put('/projects/:project/uploads/:id/files/:name', publisher, bytes, async (req, res) => {
    const { name } = req.params
    if (!Buffer.isBuffer(req.body) || req.body.length === 0)
      throw new Problem(400, 'file_empty', 'The body is the file, and has at least one byte.')
    res.json({ name, ...(await releases.put(uploadOf(req), name, req.body)) })
  })
  app.post('/projects/:project/uploads/:id/publish', publisher, async (req, res) => {
    res.json(await releases.publish(uploadOf(req)))
  })

  app.use(answerProblems)
  return app
}
