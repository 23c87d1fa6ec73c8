/**
 * A release service that any repository on GitHub may sign up for; the rule of each project is a
 * row in a database.
 */

import type { Workloads } from '@jobpass/express'
import type { IssuerProvider } from '@jobpass/express'
import { getWorkload, githubActions, parseRule, requireWorkload, workloadAuth } from '@jobpass/express'
import cors from 'cors'
import type { Express } from 'express'
import express from 'express'
import type { Project, Projects } from './projects.ts'

/**
 * The trusted issuers of GitHub tokens. Each issuer has its own ids, so an id means nothing without
 * its issuer.
 */
export const githubs = [githubActions, githubActions.at('https://git.bigcorp.example/_services/token')]

export function createApp(
  projects: Projects,
  issuers: readonly IssuerProvider<Workloads['github-actions']>[] = githubs,
): Express {
  const app = express()
  // Makes a rule from the columns of a row, which are named like its conditions: issuer, ids,
  // branch.
  const rule = (columns: Partial<Project>) => parseRule({ provider: 'github-actions', ...columns }, issuers)

  app.get('/healthz', (_req, res) => {
    res.send('ok')
  })
  app.use(cors({ origin: 'https://app.releases.example' }))

  // Trust: owners with a project. The caller selects the rows to read; only the rows decide what is
  // allowed.
  app.use(
    workloadAuth({
      audience: 'https://api.releases.example',
      trust: issuers.map((github) =>
        github.lookup(async (workload) => {
          const rows = await projects.ofOwner(workload.issuer, workload.ownerId)
          return rows.map(({ issuer, ownerId }) => rule({ issuer, ownerId }))
        }),
      ),
    }),
  )

  // The route: may this caller release *this* project? Look up the requested project, never the
  // caller: a rule made from the caller would always match. A project that does not exist has no
  // rule, and is refused like someone else's.
  app.post(
    '/projects/:project/releases',
    requireWorkload(async (_workload, { params }) => {
      const project = await projects.find(String(params['project']))
      return project && rule(project)
    }),
    (req, res) => {
      const { repository, commit, runUrl } = getWorkload(req)
      res.status(201).json({ project: req.params['project'], repository, commit, run: runUrl })
    },
  )
  return app
}
