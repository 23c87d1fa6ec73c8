/** A test issuer, as tests see it. Types only. */

import type { IssuerProvider, ProviderLike, ProviderTable } from '@jobpass/core'
import type { JWK } from 'jose'
import type { Triggers } from './fixtures/index.ts'
import type { Misbehaviour } from './misbehaviour.ts'

/** A provider that tokens can be minted for: any that `defineProvider` makes, bound by `.at()` or not. */
export interface MintableProvider extends ProviderLike {
  readonly issuer: string | undefined
  readonly table: ProviderTable
}

/** The triggers `mint` knows for a workload's provider. */
export type TriggerOf<W> = W extends { readonly provider: infer Id }
  ? Id extends keyof Triggers
    ? Triggers[Id]
    : 'push'
  : 'push'

/** Claims to mint, of any type, so that wrong ones can be minted too; `undefined` leaves a claim out. */
export type MintClaims<W> = {
  readonly [K in keyof (W extends { readonly claims: infer C } ? C : never)]?: unknown
} & Readonly<Record<string, unknown>>

/** How to mint. */
export interface MintOptions<W> {
  /** The job whose claims the given ones are put into. Default: the provider's usual one, `'push'` for a CI system. */
  readonly trigger?: TriggerOf<W>
  /** Members to set in the JOSE header; `undefined` leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>
  /** Seconds since 1970 at which the token is issued. Default: the clock's now. */
  readonly issuedAt?: number
}

/** A local issuer of one provider's tokens. */
export interface TestIssuer<W, Bound = IssuerProvider<W>> {
  /** The `iss` of its tokens; a template where each tenant has an issuer. */
  readonly issuer: string
  /** Answers discovery and key set for the issuer, and refuses to fetch anything else. For the verifier's `fetch` option. */
  readonly fetch: typeof fetch
  /** The addresses fetched so far. */
  readonly fetched: readonly string[]
  /** The public keys published now. */
  readonly keys: readonly JWK[]
  /** The claims of a job, unsigned. */
  claims(claims?: MintClaims<W>, options?: MintOptions<W>): Readonly<Record<string, unknown>>
  /** A signed token of a job. Throws a `TypeError` for a trigger that the provider does not have. */
  mint(claims?: MintClaims<W>, options?: MintOptions<W>): Promise<string>
  /** Publishes a new key and withdraws the old one. */
  rotate(): Promise<void>
  /** From now on every fetch fails, until `goOnline()`. */
  goOffline(): void
  goOnline(): void
  /** Serves the same documents on loopback, with an issuer of its own, and GitHub's token-request endpoint beside them. */
  listen(): Promise<TestServer<W, Bound>>
}

/** What `listen()` needs of a provider: to be bound to the server's own address. */
export interface Bindable<Bound> {
  readonly at?: (issuer: string, options: { readonly insecureLoopback: true }) => Bound
}

/** The type of a provider once it is bound to an issuer. */
export type BoundOf<P> = P extends { readonly at: (...args: never[]) => infer Bound } ? Bound : P

/** A local issuer that listens on loopback. */
export interface TestServer<W, Bound = IssuerProvider<W>> {
  /** Its address, which is the `iss` of its tokens. */
  readonly issuer: string
  /** The provider bound to this issuer: make trust rules with it. */
  readonly provider: Bound
  /** A signed token of a job, from this issuer. */
  mint(claims?: MintClaims<W>, options?: MintOptions<W>): Promise<string>
  /**
   * The environment of one job, as GitHub's runner sets it: with it `getIDToken()` of `@actions/core` asks this server for that job's token.
   */
  jobEnvironment(claims?: MintClaims<W>, options?: MintOptions<W>): JobEnvironment
  /** The paths of documents asked for so far. */
  readonly asked: readonly string[]
  /** From now on answers every request for a document as a broken or hostile server would; `undefined` ends it. */
  misbehave(how: Misbehaviour | undefined): void
  close(): Promise<void>
}

/** What GitHub's runner sets for a job that may ask for tokens. */
export interface JobEnvironment {
  readonly ACTIONS_ID_TOKEN_REQUEST_URL: string
  readonly ACTIONS_ID_TOKEN_REQUEST_TOKEN: string
}
