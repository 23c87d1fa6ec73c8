/** Grants of an exchange: one for each publisher of the job, pending ones included. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { callerOf } from './caller.ts'
import type { Deps } from './deps.ts'
import { byProject, evaluate, isExpired } from './evaluate.ts'
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

/**
 * Finds the grants of a job. Binds nothing: it is not known yet whether a token will be issued. A
 * refusal is recorded for the projects whose scopes the request asks for.
 */
export async function findGrants<G extends ScopedGrant>(
  workload: AnyWorkload,
  request: GrantRequest,
  grantOf: (project: string) => G,
  deps: Deps,
): Promise<readonly (G & PublisherGrant)[]> {
  const { store, providers, now } = deps
  const caller = callerOf(workload)
  const provider = caller && providers.get(caller.issuer)
  if (caller === undefined || provider === undefined) return []
  const makeRule = sharedRules(provider, (row) => row)
  const grants: (G & PublisherGrant)[] = []
  for (const [project, rows] of byProject(await store.find(caller))) {
    const grant = grantOf(project)
    if (request.scopes.some((scope) => grant.scopes.includes(scope))) {
      const outcome = evaluate(rows, workload, now(), makeRule)
      if (outcome?.allowed === false) await writeRecord(outcome, workload, deps)
    }
    for (const row of rows)
      if (!isExpired(row, now())) grants.push({ ...grant, name: `publisher ${row.id}`, rule: makeRule(row) })
  }
  return grants
}
