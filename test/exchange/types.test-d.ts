import type { GitHubActionsWorkload, GitLabWorkload } from '@jobpass/core/internal'
import { notExchanged, serviceTokens, viaExchange } from '@jobpass/exchange'
import type { ServiceWorkload } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import {
  createVerifier,
  getWorkload,
  githubActions,
  gitlab,
  oneTime,
  reportOnly,
  requireWorkload,
} from '@jobpass/express'
import type { WorkloadIdentity } from '@jobpass/express'
import type { Request } from 'express'
import { expectTypeOf, test } from 'vitest'

const issuer = 'https://auth.acme.dev'
const github = githubActions({ repositoryId: '74205118', branch: 'main' })
const lab = gitlab({ ownerId: '1' })
const scope = 'publish'
declare const req: Request

test('the job of a service token is typed by its platform', () => {
  const verifier = createVerifier({
    audience: issuer,
    trust: serviceTokens(issuer, { jobs: [githubActions, gitlab] }),
  })
  expectTypeOf(verifier.verify('')).resolves.toEqualTypeOf<ServiceWorkload<GitHubActionsWorkload | GitLabWorkload>>()
  const workload = getWorkload(req, viaExchange(github, { scope }))
  expectTypeOf(workload).toEqualTypeOf<ServiceWorkload<GitHubActionsWorkload>>()
  expectTypeOf(workload.job.claims.run_id).toEqualTypeOf<string>()
  expectTypeOf(workload.scopes).toEqualTypeOf<readonly string[]>()
})

test('a service token is one of the workloads', () => {
  const workload = getWorkload(req)
  expectTypeOf(workload).toEqualTypeOf<WorkloadIdentity>()
  if (workload.provider === 'service-token') expectTypeOf(workload.job.provider).toExtend<string>()
})

test('rules for service tokens are accepted like other rules', () => {
  requireWorkload(viaExchange(github, { scope }), notExchanged(lab))
  requireWorkload(reportOnly(viaExchange(github, { scope })), oneTime(viaExchange(lab, { scope: [scope] })))
})

test('invalid uses do not compile', () => {
  // @ts-expect-error no scope
  viaExchange(github, {})
  // @ts-expect-error a provider
  viaExchange(githubActions, { scope })
  // @ts-expect-error a deny rule
  viaExchange(githubActions.deny({ ownerId: '1' }), { scope })
  // @ts-expect-error no jobs
  serviceTokens(issuer, {})
  // @ts-expect-error a rule for jobs
  serviceTokens(issuer, { jobs: github })
  // @ts-expect-error the origin of proofs is missing
  serviceTokens(issuer, { jobs: githubActions, dpop: {} })
  // @ts-expect-error a date is no JSON
  viaExchange(github, { details: { type: 'upload', until: new Date(0) } })
  // @ts-expect-error no grants
  void createExchange({ issuer, verifier: createVerifier({ audience: issuer, trust: github }), keys: [] })
})
