/** Who may ask at all: jobs of repositories that are publishers. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { decide } from '@jobpass/core'
import { callerOf } from './caller.ts'
import type { Deps } from './deps.ts'
import type { Outcome } from './evaluate.ts'
import { byProject, evaluate, isExpired } from './evaluate.ts'
import { repositoryOf, sharedRules } from './rules.ts'
import { writeRecord } from './write-record.ts'

/** Projects of one repository for which a call records a refusal. */
const mostProjects = 20

/**
 * The rules of the caller's repository. Refusals of a transferred repository, and of another one
 * with the same name, are recorded here if the job gets no further.
 */
export async function findCallers(workload: AnyWorkload, deps: Deps): Promise<readonly TrustRule<AnyWorkload>[]> {
  const { store, providers, now } = deps
  const caller = callerOf(workload)
  const provider = caller && providers.get(caller.issuer)
  if (caller === undefined || provider === undefined) return []
  const rows = await store.find(caller)
  const makeRule = sharedRules(provider, repositoryOf)
  const rules = [...new Set(rows.filter((row) => !isExpired(row, now())).map(makeRule))]
  if (decide(rules, workload).allowed) return rules
  const refused = [...byProject(rows).values()].flatMap((each) => evaluate(each, workload, now(), makeRule).outcomes)
  // First the projects whose page does not show the transfer yet: further calls reach all of them.
  const isNew = ({ row }: Outcome): boolean => row.transfer?.ownerId !== caller.ownerId
  const ordered = [...refused.filter(isNew), ...refused.filter((outcome) => !isNew(outcome))]
  for (const outcome of ordered.slice(0, mostProjects)) await writeRecord(outcome, workload, deps)
  return rules
}
