/**
 * From rows to rules: which jobs may exchange a token, for what, and which may publish. Each
 * condition is from a row, never from the caller.
 */

import { viaExchange } from '@jobpass/exchange'
import type { FindGrants } from '@jobpass/exchange'
import type { AnyWorkload, ProviderLike, TrustRule } from '@jobpass/express'
import { parseRule } from '@jobpass/express'
import type { PendingPublisher, Publisher, Publishers } from './publishers.ts'

/**
 * Scope of a token that may publish a project. It contains the project: a token for one project
 * does not work for another, even if one repository publishes both.
 */
const scopeOf = (project: string): string => `publish:${project}`

export type RuleOf = (row: Publisher | PendingPublisher) => TrustRule<AnyWorkload>

/** Makes the rule of a row, for the trusted CI systems. */
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
        // Any job of a GitLab project can name its environment production, so only a protected one
        // proves something.
        ...(environment !== null && provider === 'gitlab' && { environmentProtected: true }),
      },
      providers,
    )
  }
}

/**
 * A workflow file of the repository, whatever its current name; the id identifies the repository.
 */
const anyRefOf = {
  'github-actions': (file: string) => `*/*/.github/workflows/${file}@refs/**`,
  gitlab: (file: string) => `*/**//${file}@refs/**`,
}

/** Finds the grants of a job. Binds nothing: it is not known yet whether a token will be issued. */
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

/** The rule for a caller with a token of the registry. */
export function publishing(rule: TrustRule<AnyWorkload>, project: string): TrustRule<AnyWorkload> {
  return viaExchange(rule, { scope: scopeOf(project) })
}
