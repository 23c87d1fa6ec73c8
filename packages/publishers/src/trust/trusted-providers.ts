/** The CI systems whose repositories can be publishers, and what their tables say of them. */

import type { ProviderLike } from '@jobpass/core'
import { formFault, formatValue, providerForm } from '@jobpass/core/internal'

/** A CI system with one issuer. */
export interface TrustedProvider {
  /** The provider, as it was given. */
  readonly provider: ProviderLike
  /** Its id, such as `'gitlab'`. */
  readonly id: string
  /** Its name for people. */
  readonly title: string
  /** Its issuer, as in `iss`. */
  readonly issuer: string
  /** Whether its jobs say that their environment is protected. */
  readonly hasProtection: boolean
  /**
   * Says what is wrong with a value that no job has, such as `must be of digits only, not
   * 'acme'`; `undefined` for any other.
   */
  faultOf(field: RuleField, text: string): string | undefined
}

/** Fields of a publisher that are conditions of its rule. */
export type RuleField = 'ownerId' | 'repositoryId' | 'repository' | 'workflowFile' | 'environment'

/** Fields that a publisher needs. */
const needed = ['ownerId', 'repositoryId', 'repository'] as const satisfies readonly RuleField[]

/** What no path of a file in a repository has. */
const noPath = /@refs\/|^\/|\/\/|(?:^|\/)\.\.?(?:\/|$)/

/**
 * Reads the providers, by issuer.
 *
 * @throws {TypeError} for a provider without an issuer of its own, whose jobs have no ids of owner
 * and repository, and for two providers with one issuer.
 */
export function readProviders(given: unknown): ReadonlyMap<string, TrustedProvider> {
  const what = 'createPublishers(): providers'
  if (!Array.isArray(given) || given.length === 0)
    throw new TypeError(`${what} is a list of the CI systems to trust, such as [githubActions, gitlab]`)
  const byIssuer = new Map<string, TrustedProvider>()
  for (const provider of given as readonly unknown[]) {
    const form = providerForm(provider)
    if (form === undefined)
      throw new TypeError(`${what} takes providers, such as githubActions, not ${formatValue(provider)}`)
    const { table, fields, tenant } = form.table
    const issuer = form.boundTo ?? (tenant.length > 0 ? undefined : table.issuer)
    if (issuer === undefined)
      throw new TypeError(`${what}: ${table.title} has no issuer of its own; write its .at('https://…')`)
    const missing = needed.filter((field) => fields.get(field) === undefined)
    if (missing.length > 0)
      throw new TypeError(`${what}: jobs of ${table.title} do not state ${missing.join(', ')}, which publishers need`)
    const further = needed.flatMap((field) => table.requires?.[field] ?? [])
    if (further.length > 0)
      throw new TypeError(
        `${what}: rules for ${table.title} need ${further.join(' or ')}, which publishers do not have`,
      )
    if (byIssuer.has(issuer)) throw new TypeError(`${what}: two of them have the issuer ${formatValue(issuer)}`)
    byIssuer.set(issuer, {
      provider: provider as ProviderLike,
      id: table.id,
      title: table.title,
      issuer,
      hasProtection: fields.has('environmentProtected'),
      faultOf: (field, text) => {
        const known = fields.get(field)
        if (known === undefined) return `is unknown to ${table.title}`
        const shape = known.form?.shape
        if (shape !== undefined && formFault({ text, isPattern: false, globs: false }, known.form) !== undefined)
          return `must be ${shape.called}, not ${formatValue(text)}`
        const isPath = field !== 'workflowFile' || !noPath.test(text)
        return isPath ? undefined : `must be a path from the root, without a ref, not ${formatValue(text)}`
      },
    })
  }
  return byIssuer
}
