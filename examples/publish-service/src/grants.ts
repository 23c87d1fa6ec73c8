/** From rows to rules: who may exchange a token, what for, and who may publish. Each condition comes from a row, never from the caller. */

import { viaExchange } from '@jobpass/exchange'
import type { FindGrants } from '@jobpass/exchange'
import type { AnyWorkload, ProviderLike, TrustRule } from '@jobpass/express'
import { parseRule } from '@jobpass/express'
import type { PendingPublisher, Publisher, Publishers } from './publishers.ts'

/** The scope that a token needs to publish a project. The project is part of it: a token for one is of no use for another, though one repository publishes both. */
const scopeOf = (project: string): string => `publish:${project}`

export type RuleOf = (row: Publisher | PendingPublisher) => TrustRule<AnyWorkload>

/** Reads the rule of a row, for the CI systems that are trusted. */
export function ruleReader(providers: readonly ProviderLike[]): RuleOf {
  return (row) => {
    const { provider, issuer, ownerId, workflow, environment } = row
    const repository = 'repositoryId' in row ? { repositoryId: row.repositoryId } : { repository: row.repository }
    return parseRule(
      {
        provider,
        issuer,
        ownerId,
        ...repository,
        ...(workflow !== null && { workflow: { glob: anyRefOf[provider](workflow) } }),
        ...(environment !== null && { environment }),
        // Any job of a GitLab project can call its environment production, so that only a protected one says anything.
        ...(environment !== null && provider === 'gitlab' && { environmentProtected: true }),
      },
      providers,
    )
  }
}

/** A file of the repository, whatever that is called by now: which one it is, is said by its id. */
const anyRefOf = {
  'github-actions': (file: string) => `*/*/.github/workflows/${file}@refs/**`,
  gitlab: (file: string) => `*/**//${file}@refs/**`,
}

/** Finds what a job may have a token for. Nothing is bound yet: whether there will be a token is not known before it is issued. */
export function grantFinder(publishers: Publishers, ruleOf: RuleOf, audience: string): FindGrants {
  return async ({ issuer, ownerId, repositoryId }) => {
    const bound = await publishers.ofRepository(issuer, repositoryId)
    const pending = await publishers.pendingOfOwner(issuer, ownerId)
    return [...bound, ...pending].map((row) => ({
      name: `${'repositoryId' in row ? 'publisher' : 'pending publisher'} ${row.id} of ${row.project}`,
      rule: ruleOf(row),
      scopes: [scopeOf(row.project)],
      audience,
    }))
  }
}

/** The rule for a caller with a token of ours. */
export function publishing(rule: TrustRule<AnyWorkload>, project: string): TrustRule<AnyWorkload> {
  return viaExchange(rule, { scope: scopeOf(project) })
}
