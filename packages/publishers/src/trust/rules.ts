/** From publishers to rules. Each condition is from a row, never from the caller. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { parseRule } from '@jobpass/core'
import type { Publisher } from '../model/publisher.ts'
import type { TrustedProvider } from './trusted-providers.ts'

/** The data of the rules of publishers, for `getMatched`. */
export interface PublisherData {
  /** Id of the publisher. */
  readonly publisher: string
  /** Its project. */
  readonly project: string
  /** The account that added it. */
  readonly account: string
}

/** The rule of a publisher. */
export type PublisherRule = TrustRule<AnyWorkload, PublisherData>

/** Conditions of a publisher, by which its rule is made. */
export type RulePart = Pick<
  Publisher,
  'issuer' | 'ownerId' | 'repositoryId' | 'repository' | 'workflowFile' | 'environment'
>

/** The rule of all conditions of a publisher. */
export function ruleOf(row: Publisher, provider: TrustedProvider): PublisherRule {
  const { id, project, account } = row
  return makeRule(conditionsOf(row, provider), provider, { publisher: id, project, account }) as PublisherRule
}

/**
 * Makes rules without data, one for all rows with the same conditions: a repository may publish a
 * thousand projects.
 */
export function sharedRules(
  provider: TrustedProvider,
  partOf: (row: Publisher) => RulePart,
): (row: Publisher) => TrustRule<AnyWorkload> {
  const made = new Map<string, TrustRule<AnyWorkload>>()
  return (row) => {
    const conditions = conditionsOf(partOf(row), provider)
    const key = JSON.stringify(conditions)
    const rule = made.get(key) ?? makeRule(conditions, provider)
    made.set(key, rule)
    return rule
  }
}

/**
 * What identifies the repository of a publisher. Its owner, too: after a transfer, the new owner
 * has to be accepted.
 */
export const repositoryOf = ({ issuer, ownerId, repositoryId, repository }: Publisher): RulePart => ({
  issuer,
  ownerId,
  repositoryId,
  repository,
})

/**
 * Checks that the conditions make a rule.
 *
 * @throws {TypeError} that says what to write.
 */
export function checkConditions(row: RulePart, provider: TrustedProvider): void {
  makeRule(conditionsOf(row, provider), provider)
}

/** The conditions. A bound publisher is its repository id; a pending one is still a name. */
function conditionsOf(row: RulePart, { hasProtection }: TrustedProvider): Readonly<Record<string, unknown>> {
  const { ownerId, repositoryId, repository, workflowFile, environment } = row
  return {
    ownerId,
    ...(repositoryId === undefined ? { repository } : { repositoryId }),
    ...(workflowFile !== undefined && { workflowFile }),
    ...(environment !== undefined && { environment }),
    // Any job can name an environment, so only a protected one proves something.
    ...(environment !== undefined && hasProtection && { environmentProtected: true }),
  }
}

function makeRule(
  conditions: Readonly<Record<string, unknown>>,
  { id, issuer, provider }: TrustedProvider,
  data?: PublisherData,
): TrustRule<AnyWorkload> {
  return parseRule({ provider: id, issuer, ...conditions, ...(data && { settings: { data } }) }, [provider])
}
