/** Types of a test issuer that listens. */

import type { IssuerProvider } from '@jobpass/core'
import type { Misbehaviour } from './misbehaviour.ts'
import type { MintClaims, MintOptions, TestIssuer } from './test-issuer.ts'

/** A local issuer that can serve its documents over HTTP. */
export interface ListeningIssuer<W, Bound = IssuerProvider<W>> extends TestIssuer<W> {
  /**
   * Starts a server on loopback with the same documents, its own issuer, and the token endpoint of
   * GitHub's runner.
   *
   * @throws {TypeError} for a provider that `.at()` bound already, as a rejection.
   */
  listen(): Promise<TestServer<W, Bound>>
}

/** A provider that `listen()` can bind to the URL of its server. */
export interface Bindable<Bound> {
  /** Binds the provider to an issuer. */
  readonly at?: (issuer: string, options: { readonly insecureLoopback: true }) => Bound
}

/** Type of a provider that is bound to an issuer. */
export type BoundOf<P> = P extends { readonly at: (...args: never[]) => infer Bound } ? Bound : P

/** A local issuer that listens on loopback. */
export interface TestServer<W, Bound = IssuerProvider<W>> {
  /** Its URL, which is the `iss` of its tokens. */
  readonly issuer: string
  /** The provider bound to this issuer, to make trust rules with. */
  readonly provider: Bound
  /** Signs a token of a job. */
  mint(claims?: MintClaims<W>, options?: MintOptions<W>): Promise<string>
  /**
   * The environment of one job, as GitHub's runner sets it: `getIDToken()` of `@actions/core` then
   * requests that job's token from this server.
   */
  jobEnvironment(claims?: MintClaims<W>, options?: MintOptions<W>): JobEnvironment
  /** Paths of the documents requested so far. */
  readonly asked: readonly string[]
  /**
   * Answers every further request for a document in the given broken or hostile way; `undefined`
   * ends that.
   */
  misbehave(how: Misbehaviour | undefined): void
  /** Stops the server. */
  close(): Promise<void>
}

/** The variables that GitHub's runner sets for a job that may request tokens. */
export interface JobEnvironment {
  /** URL of the token endpoint; clients append `&audience=`. */
  readonly ACTIONS_ID_TOKEN_REQUEST_URL: string
  /** Bearer token for that endpoint. */
  readonly ACTIONS_ID_TOKEN_REQUEST_TOKEN: string
}
