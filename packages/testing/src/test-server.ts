/** Types of a test issuer that listens. */

import type { IssuerProvider } from '@jobpass/core'
import type { JobOptions, RunningJob } from './jobs/job.ts'
import type { Misbehaviour } from './misbehaviour.ts'
import type { MintClaims, MintOptions, TestIssuer } from './test-issuer.ts'

/** A local issuer that can serve its documents over HTTP. */
export interface ListeningIssuer<W, Bound = IssuerProvider<W>> extends TestIssuer<W> {
  /**
   * Starts a server on loopback with the same documents and its own issuer, which can start jobs.
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
   * Starts a job of the platform: with the variables, the programs, the files and the endpoint that
   * its real jobs get their tokens with. A token has the audience that the job requests, unless
   * `claims` has `aud`; platforms whose configuration names the audience need `aud`.
   *
   * @throws {TypeError} for a platform without an emulator, an unknown option, and claims that
   * `mint` refuses, as a rejection.
   *
   * @example
   * ```ts
   * const { env } = await server.startJob({ branch: 'main' })
   * await promisify(execFile)('bash', ['deploy.sh'], { env: { ...process.env, ...env } })
   * ```
   */
  startJob(claims?: MintClaims<W>, options?: JobOptions<W>): Promise<RunningJob>
  /** Paths of the documents requested so far. */
  readonly asked: readonly string[]
  /**
   * Answers every further request for a document in the given broken or hostile way; `undefined`
   * ends that.
   */
  misbehave(how: Misbehaviour | undefined): void
  /** Stops the server, and ends its jobs. */
  close(): Promise<void>
}
