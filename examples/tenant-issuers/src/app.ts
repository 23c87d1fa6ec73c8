/** An API whose customers call from servers of their own. */

import type { VerifierOptions } from '@jobpass/express'
import { getMatched, getWorkload, githubActions, gitlab, tenantIssuers, workloadAuth } from '@jobpass/express'
import type { Express } from 'express'
import express from 'express'
import type { Tenant, Tenants } from './tenants.ts'

/** The rule for the jobs of a tenant. It carries the tenant, so that handlers look nothing up. */
function ruleOf({ id, platform, issuer, ownerId }: Tenant) {
  const settings = { data: { tenant: id } }
  return platform === 'gitlab'
    ? gitlab.at(issuer)({ ownerId }, settings)
    : githubActions.at(issuer)({ ownerId }, settings)
}

export function createApp(tenants: Tenants, options: Pick<VerifierOptions, 'fetch' | 'clock'> = {}): Express {
  const app = express()
  // Called with the issuer that an unverified token names. Keys are fetched only from issuers of
  // tenants, so that a stranger cannot make this API fetch anything.
  const issuers = tenantIssuers(async (issuer) => (await tenants.ofIssuer(issuer)).map(ruleOf))

  app.use(workloadAuth({ audience: 'https://api.reports.example', trust: issuers, ...options }))

  app.post('/reports', (req, res) => {
    const { tenant } = getMatched(req, issuers).data
    const { repository, commit } = getWorkload(req)
    res.status(201).json({ tenant, repository, commit })
  })
  return app
}
