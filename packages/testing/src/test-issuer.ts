/** Types of the test issuer. */

import type { ProviderLike, ProviderTable } from '@jobpass/core'
import type { JWK } from 'jose'
import type { Triggers } from './fixtures/index.ts'

/**
 * A provider that tokens can be minted for: any result of `defineProvider`, bound by `.at()` or
 * not.
 */
export interface MintableProvider extends ProviderLike {
  /** `iss` of its tokens; `undefined` for self-hosted platforms. */
  readonly issuer: string | undefined
  /** The provider's table. */
  readonly table: ProviderTable
}

/** Triggers that `mint` accepts for a workload's provider. */
export type TriggerOf<W> = W extends { readonly provider: infer Id }
  ? Id extends keyof Triggers
    ? Triggers[Id]
    : 'push'
  : 'push'

/**
 * Claims to mint. Any type is allowed, so that invalid claims can be minted; `undefined` omits a
 * claim. A field of the identity stands for the claims that it is read from: `branch: 'dev'`.
 */
export type MintClaims<W> = {
  readonly [K in keyof (W extends { readonly claims: infer C } ? C : never)]?: unknown
} & Readonly<Record<string, unknown>>

/** The options of `mint`. */
export interface MintOptions<W> {
  /**
   * The job whose claims are the base. Default: the provider's usual one, `'push'` for a CI system.
   */
  readonly trigger?: TriggerOf<W>
  /** Members to set in the JOSE header; `undefined` omits one. Default: none. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Issue time, in seconds since 1970. Default: now, by the clock. */
  readonly issuedAt?: number
}

/** A local issuer of one provider's tokens. */
export interface TestIssuer<W> {
  /** `iss` of its tokens; a template if each tenant has its own issuer. */
  readonly issuer: string
  /**
   * Serves discovery document and key set of the issuer, and rejects every other URL. For the
   * verifier's option `fetch`.
   */
  readonly fetch: typeof fetch
  /** URLs fetched so far. */
  readonly fetched: readonly string[]
  /** The jobs that `mint` has claims of, by trigger; the usual one first. */
  readonly triggers: readonly TriggerOf<W>[]
  /** The currently published public keys. */
  readonly keys: readonly JWK[]
  /** Returns the claims of a job, unsigned. */
  claims(claims?: MintClaims<W>, options?: MintOptions<W>): Readonly<Record<string, unknown>>
  /**
   * Signs a token of a job.
   *
   * @throws {TypeError} for a trigger or field that the provider does not have, an option that is
   * unknown, and a misspelt claim, as a rejection.
   */
  mint(claims?: MintClaims<W>, options?: MintOptions<W>): Promise<string>
  /** Publishes a new key and withdraws the old one. */
  rotate(): Promise<void>
  /** Makes every fetch fail until `goOnline()`. */
  goOffline(): void
  /** Ends `goOffline()`. */
  goOnline(): void
}
