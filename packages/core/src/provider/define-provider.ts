/** Makes a provider from a table of facts. */

import { compileTable } from '../table/compile-table.ts'
import { compileChecked } from '../table/validate-table.ts'
import { makeProvider } from './make-provider.ts'
import type { ClaimRows, ClaimsOf, RequiredClaims } from '../table/claim-rows.ts'
import type { RegisteredClaims } from '../model/token.ts'
import type { Shape, ValueShape } from '../model/value-shape.ts'
import type { CommonFields } from '../model/workload.ts'
import type { WorkloadOf } from '../workload/workload-of.ts'
import type { ProviderTable } from '../table/provider-table.ts'
import type { Provider, SelfHosted } from './provider.ts'

export type { Provider, SelfHosted } from './provider.ts'
export type { ClaimsOf } from '../table/claim-rows.ts'
export type { WorkloadOf } from '../workload/workload-of.ts'

type TenantOf<Issuer> = Issuer extends `${string}{${infer Field}}${string}` ? Field : never

type ProviderFor<W, Issuer> = [Issuer] extends [string] ? Provider<W, TenantOf<Issuer>> : SelfHosted<W>

// A field of a table must not be named like one of core's: it would hide the verified value.
type Taken = 'issuer' | 'subject' | 'audience' | 'issuedAt' | 'expiresAt' | 'provider' | 'claims' | 'where'

type NotTaken = { readonly [K in Taken | 'ownerKey' | 'repositoryKey' | 'settings' | 'reportOnly' | 'deny']?: never }

type Source<C, R> =
  | (keyof ClaimsOf<C, R> & string)
  | readonly [string, string, ...string[]]
  | ((claims: ClaimsOf<C, R> & RegisteredClaims) => string | undefined)

/** The claims that a table may require. */
type RequiresOf<C> = { readonly [K in keyof C]?: string | (C[K] extends ClaimRows ? RequiresOf<C[K]> : never) }

/** The argument of `defineProvider`: a table whose words are checked against its own claims. */
export type TableFor<Id extends string, C, R, I, Issuer extends string | undefined> = Omit<
  ProviderTable,
  | 'id'
  | 'issuer'
  | 'claims'
  | 'requiredClaims'
  | 'identity'
  | 'pins'
  | 'attackerControlled'
  | 'untrustedWhen'
  | 'requires'
  | 'validate'
  | 'appendedAudience'
  | 'shapes'
  | 'temporaryBranches'
  | 'unsupported'
  | 'optInClaims'
  | 'suggestedFields'
> & {
  readonly id: Id
  readonly issuer?: Issuer
  readonly claims: C
  readonly requiredClaims?: R & RequiresOf<NoInfer<C>>
  readonly identity: I & NotTaken
  readonly pins: readonly (NoInfer<keyof I & string> | 'subject')[]
  readonly attackerControlled?: readonly NoInfer<
    (keyof ClaimsOf<C> & string) | readonly [keyof ClaimsOf<C> & string, string, ...string[]]
  >[]
  readonly untrustedWhen?: readonly NoInfer<keyof I & string>[]
  readonly requires?: {
    readonly [K in NoInfer<keyof I>]?: NoInfer<keyof I & string> | readonly NoInfer<keyof I & string>[]
  }
  readonly shapes?: { readonly [K in NoInfer<keyof I>]?: ValueShape | Shape }
  readonly temporaryBranches?: Readonly<Record<string, NoInfer<keyof I & string>>>
  readonly suggestedFields?: readonly (NoInfer<keyof I & string> | 'subject')[]
  readonly optInClaims?: { readonly [K in NoInfer<keyof I>]?: string }
  readonly unsupported?: { readonly [K in Exclude<keyof CommonFields, NoInfer<keyof I>>]?: string }
  readonly appendedAudience?: (claims: NoInfer<ClaimsOf<C, R>> & RegisteredClaims) => string | undefined
  readonly validate?: (claims: NoInfer<ClaimsOf<C, R>> & RegisteredClaims) => string | undefined
}

/**
 * Makes a provider from a table of facts. Types, run-time checks and rule keys follow from it.
 *
 * @throws {TypeError} when the table contradicts itself.
 * @example
 * ```ts
 * const acmeCi = defineProvider({
 *   id: 'acme-ci', title: 'Acme CI', issuer: 'https://ci.acme.dev', algorithms: ['ES256'],
 *   claims: { team_id: 'id', repo: 'name', ref: 'text', trigger: 'text' },
 *   requiredClaims: { team_id: 'handlers store records under it' },
 *   identity: { ownerId: 'team_id', repository: 'repo', ref: 'ref', event: 'trigger' },
 *   pins: ['ownerId'], trustedEvents: ['push'],
 * })
 * const rule = acmeCi({ ownerId: '7', repository: 'acme/shop' })
 * ```
 */
export function defineProvider<
  const Id extends string,
  const C extends ClaimRows,
  const I extends Readonly<Record<string, Source<C, R>>>,
  const Issuer extends string | undefined = undefined,
  const R extends RequiredClaims = {},
>(table: TableFor<Id, C, R, I, Issuer>): ProviderFor<WorkloadOf<Id, C, I, R>, Issuer> {
  return makeProvider(compileChecked(table as unknown as ProviderTable)) as unknown as ProviderFor<
    WorkloadOf<Id, C, I, R>,
    Issuer
  >
}

/**
 * Makes a provider of this package. The tests check its table, so that applications need not load
 * and run the checks.
 */
export function builtInProvider<
  const Id extends string,
  const C extends ClaimRows,
  const I extends Readonly<Record<string, Source<C, R>>>,
  const Issuer extends string | undefined = undefined,
  const R extends RequiredClaims = {},
>(table: TableFor<Id, C, R, I, Issuer>): ProviderFor<WorkloadOf<Id, C, I, R>, Issuer> {
  return makeProvider(compileTable(table as unknown as ProviderTable)) as unknown as ProviderFor<
    WorkloadOf<Id, C, I, R>,
    Issuer
  >
}

/**
 * The rest of a text after a prefix; `undefined` when the text does not begin with it or ends
 * there.
 */
export function after(prefix: string, text: string | undefined): string | undefined {
  return text?.startsWith(prefix) && text.length > prefix.length ? text.slice(prefix.length) : undefined
}
