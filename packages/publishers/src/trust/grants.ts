/** Grants of an exchange: one for each publisher of the job, pending ones included. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { callerOf } from './caller.ts'
import type { Deps } from './deps.ts'
import { byProject, evaluate } from './evaluate.ts'
import { sharedRules } from './rules.ts'
import { writeRecord } from './write-record.ts'

/** A grant of a publisher. */
export interface PublisherGrant {
  /** Its name in audit records: `publisher` and its id. */
  readonly name: string
  /** Its rule. */
  readonly rule: TrustRule<AnyWorkload>
}

/** The members of the grant of a project, such as its scopes. Name and rule are added to them. */
export interface ScopedGrant {
  /** Scopes of the project, such as `['publish:shop']`. */
  readonly scopes: readonly string[]
}

/** What the exchange says of a request. */
export interface GrantRequest {
  /** Requested scopes. */
  readonly scopes: readonly string[]
}

/** Most projects that a request is looked up for. */
const mostProjects = 20

/**
 * Finds the grants of a job, for the projects whose scopes the request asks for. Binds nothing: it
 * is not known yet whether a token will be issued. Refusals are recorded.
 */
export async function findGrants<G extends ScopedGrant>(
  workload: AnyWorkload,
  request: GrantRequest,
  grantOf: (project: string) => G,
  projectOf: (scope: string) => string | undefined,
  deps: Deps,
): Promise<readonly (G & PublisherGrant)[]> {
  const { store, providers, now } = deps
  const caller = callerOf(workload)
  const provider = caller && providers.get(caller.issuer)
  if (caller === undefined || provider === undefined) return []
  const projects = [...new Set(request.scopes.flatMap((scope) => projectOf(scope) ?? []))].slice(0, mostProjects)
  const found = await store.find(caller, projects)
  // With a grant of another project, the exchange answers that the scope is wrong, not the job.
  const rows = found.length > 0 ? found : await store.find(caller)
  const makeRule = sharedRules(provider, (row) => row)
  const grants: (G & PublisherGrant)[] = []
  for (const [project, each] of byProject(rows)) {
    const { outcomes, valid } = evaluate(each, workload, now(), makeRule)
    if (projects.includes(project))
      for (const outcome of outcomes) if (!outcome.allowed) await writeRecord(outcome, workload, deps)
    const grant = grantOf(project)
    for (const row of valid) grants.push({ ...grant, name: `publisher ${row.id}`, rule: makeRule(row) })
  }
  return grants
}
