/**
 * The built-in providers: by the name that code imports, by id, and by the issuer of a token. In an
 * entry of its own, since whatever imports it bundles every table.
 *
 * @module
 */

import {
  aws,
  azureDevops,
  bitbucketPipelines,
  buildkite,
  circleci,
  codefresh,
  concourse,
  cursorAgents,
  denoDeploy,
  depotCi,
  flyIo,
  forgejoActions,
  githubActions,
  gitlab,
  googleCloud,
  harness,
  hcpTerraform,
  jenkins,
  kubernetes,
  microsoftEntra,
  modalFunctions,
  octopusDeploy,
  pulumiDeployments,
  pulumiEsc,
  renderServices,
  rwx,
  semaphore,
  spacelift,
  spiffe,
  teamcity,
  vercel,
} from '@jobpass/core'
import type { ProviderTable, TrustLookup, TrustRule } from '@jobpass/core'
import { fitsTemplate } from '@jobpass/core/internal'

/**
 * Makes a rule. A provider without an issuer of its own throws.
 *
 * @inline
 */
type MakeRule = (conditions: unknown, settings?: unknown) => TrustRule

/** A provider that is bound to an issuer, without the types of its conditions. */
export type BoundProvider = MakeRule & {
  /** Makes a look-up of stored rules. */
  readonly lookup: (find: () => readonly TrustRule[], settings?: unknown) => TrustLookup
}

/** Any of the built-in providers, without the types of its conditions. */
export type AnyProvider = BoundProvider & {
  /** Provider id, such as `'github-actions'`. */
  readonly id: string
  /** Name of the platform. */
  readonly title: string
  /** Its issuer, or a template with the tenant; `undefined` for self-hosted platforms. */
  readonly issuer: string | undefined
  /** The provider's table. */
  readonly table: ProviderTable
  /** Binds the provider to another issuer. */
  readonly at: (issuer: unknown, options?: unknown) => BoundProvider
}

/** The providers by the name that code imports, GitHub Actions, GitLab and CircleCI first. */
export const providersByName: Readonly<Record<string, AnyProvider>> = {
  githubActions,
  gitlab,
  circleci,
  aws,
  azureDevops,
  bitbucketPipelines,
  buildkite,
  codefresh,
  concourse,
  cursorAgents,
  denoDeploy,
  depotCi,
  flyIo,
  forgejoActions,
  googleCloud,
  harness,
  hcpTerraform,
  jenkins,
  kubernetes,
  microsoftEntra,
  modalFunctions,
  octopusDeploy,
  pulumiDeployments,
  pulumiEsc,
  renderServices,
  rwx,
  semaphore,
  spacelift,
  spiffe,
  teamcity,
  vercel,
} as unknown as Readonly<Record<string, AnyProvider>>

/** The built-in providers, GitHub Actions, GitLab and CircleCI first. */
export const providers: readonly AnyProvider[] = Object.values(providersByName)

/**
 * The provider with an id.
 *
 * @example
 * ```ts
 * providerById('gitlab')?.title // 'GitLab CI'
 * ```
 */
export function providerById(id: string): AnyProvider | undefined {
  return providers.find((provider) => provider.id === id)
}

/** The name under which code imports a provider, such as `githubActions`. */
export function importNameOf(id: string): string {
  const [name = id] = Object.entries(providersByName).find(([, provider]) => provider.id === id) ?? []
  return name
}

/**
 * The provider whose tokens have an issuer. Issuers of self-hosted servers often fit no table, and
 * then it is `undefined`.
 */
export function providerOfIssuer(issuer: unknown): AnyProvider | undefined {
  if (typeof issuer !== 'string') return undefined
  return (
    providers.find((provider) => provider.issuer === issuer) ??
    providers.find((provider) => tenantOf(provider, issuer) !== undefined) ??
    providers.find(({ table }) => table.serverIssuer?.pattern.test(issuer))
  )
}

/** The tenant in an issuer that follows the template of a provider: field and value. */
export function tenantOf({ issuer: template }: AnyProvider, issuer: string): readonly [string, string] | undefined {
  const [hole, field] = /\{(\w+)\}/.exec(template ?? '') ?? []
  if (template === undefined || hole === undefined || field === undefined) return undefined
  if (!fitsTemplate(template, issuer)) return undefined
  const [before = '', after = ''] = template.split(hole)
  return [field, issuer.slice(before.length, issuer.length - after.length)]
}
