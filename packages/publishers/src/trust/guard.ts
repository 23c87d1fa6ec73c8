/** The guard of a route that publishes. It binds a pending publisher on its first use. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import type { Publisher } from '../model/publisher.ts'
import { callerOf } from './caller.ts'
import type { Deps } from './deps.ts'
import type { Outcome } from './evaluate.ts'
import { evaluate, isBound } from './evaluate.ts'
import type { PublisherRule } from './rules.ts'
import { ruleOf } from './rules.ts'
import { writeRecord } from './write-record.ts'

/**
 * The rules of a project's bound publishers for a caller; `undefined` for strangers. Before that, a
 * pending publisher whose rule admits the caller is bound: the token was verified, and the rule
 * was evaluated. Binding it in an exchange would be too early, since the exchange may still refuse.
 */
export async function findRules<R extends TrustRule<AnyWorkload>>(
  project: string,
  workload: AnyWorkload,
  wrap: (rule: PublisherRule, project: string) => R,
  deps: Deps,
): Promise<readonly R[] | undefined> {
  const { store, providers, now } = deps
  const caller = callerOf(workload)
  const provider = caller && providers.get(caller.issuer)
  if (caller === undefined || provider === undefined) return undefined
  const makeRule = (row: Publisher): R => wrap(ruleOf(row, provider), project)
  // Bound publishers come first: where one admits the caller, nothing is bound.
  const find = async () => evaluate(await store.find(caller, [project]), workload, now(), makeRule)
  let found = await find()
  const pending = found.outcomes.find(isPending)
  if (pending !== undefined) {
    await store.bind(pending.row, caller.repositoryId, now())
    // Another job may have been first: the guard decides about the rows as they are now.
    found = await find()
  }
  const bound = found.valid.filter(isBound)
  const { outcomes } = found.outcomes.some(isPending) ? evaluate(bound, workload, now(), makeRule) : found
  if (outcomes.length === 0) return undefined
  for (const outcome of outcomes) await writeRecord(outcome, workload, deps)
  return bound.map(makeRule)
}

const isPending = ({ allowed, row }: Outcome): boolean => allowed && !isBound(row)
