/** A local issuer: real keys, real signatures, the documents of the real one, and nothing of the network. */

import { randomUUID } from 'node:crypto'
import type { IssuerProvider, ProviderLike, ProviderTable, WorkloadFrom } from '@jobpass/core'
import type { CryptoKey, JWK, JWTHeaderParameters } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Triggers } from './fixtures/index.ts'
import { fixtureOf } from './fixtures/index.ts'
import type { TestServer } from './server.ts'
import { listen } from './server.ts'

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

/** What a test issuer is made with. */
export interface TestIssuerOptions {
  /** The issuer its tokens name. Default: the provider's own. */
  readonly issuer?: string
  /** The clock that dates come from. Default: `Date.now`. */
  readonly clock?: { now(): number }
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

/**
 * Makes a local issuer of a provider's tokens, for tests of an API that trusts it.
 *
 * @example
 * ```ts
 * const issuer = await createTestIssuer(githubActions)
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch }))
 * const token = await issuer.mint({ aud: 'https://api.acme.dev', ref: 'refs/heads/main' }, { trigger: 'push' })
 * ```
 */
export async function createTestIssuer<P extends MintableProvider>(
  provider: P,
  options: TestIssuerOptions = {},
): Promise<TestIssuer<WorkloadFrom<P>, BoundOf<P>>> {
  const { table } = provider
  const fixture = fixtureOf(table)
  const { issuer = provider.issuer ?? fixture.issuer, clock = Date } = options
  if (issuer === undefined)
    throw new TypeError(`${provider.title} has no issuer of its own: write createTestIssuer(provider, { issuer })`)
  const fetched: string[] = []
  let online = true
  let pair = await createKey(table)

  const claims = (
    given: Readonly<Record<string, unknown>> = {},
    mint: MintOptions<never> = {},
  ): Record<string, unknown> => {
    const trigger: string = mint.trigger ?? (Object.keys(fixture.triggers)[0] as string)
    const build = Object.hasOwn(fixture.triggers, trigger) ? fixture.triggers[trigger] : undefined
    if (build === undefined) {
      throw new TypeError(`${provider.title} has no trigger '${trigger}': ${Object.keys(fixture.triggers).join(', ')}`)
    }
    const built = build(given)
    // A job of a per-tenant issuer may say which one that is; an issuer asked for comes first, and what a test names before all.
    const job = { ...built, ...(options.issuer === undefined ? {} : { iss: options.issuer }), ...given }
    const iat = mint.issuedAt ?? Math.floor(clock.now() / 1000)
    return {
      ...('jti' in table.claims ? { jti: randomUUID() } : {}),
      aud: fixture.defaultAudience(job),
      iss: fillIn(issuer, table, job),
      iat,
      exp: iat + fixture.lifetime,
      ...(fixture.notBefore === undefined ? {} : { nbf: iat - fixture.notBefore }),
      ...job,
    }
  }
  const self: TestIssuer<WorkloadFrom<P>, BoundOf<P>> = {
    issuer,
    fetched,
    get keys() {
      return [pair.jwk]
    },
    fetch: async (input) => {
      const url = input instanceof Request ? input.url : String(input)
      fetched.push(url)
      if (!online) throw new TypeError('fetch failed: the test issuer is offline')
      const document = documentAt(url, issuer, [pair.jwk])
      return document === undefined ? new Response('not found', { status: 404 }) : Response.json(document)
    },
    claims,
    mint: async (given, mint) => {
      const header = { alg: pair.algorithm, kid: pair.jwk.kid, typ: 'JWT', ...mint?.header } as JWTHeaderParameters
      return new SignJWT(claims(given, mint)).setProtectedHeader(header).sign(pair.privateKey)
    },
    rotate: async () => {
      pair = await createKey(table)
    },
    goOffline: () => {
      online = false
    },
    goOnline: () => {
      online = true
    },
    listen: async () => listen(provider as MintableProvider & Bindable<BoundOf<P>>, self),
  }
  return self
}

/** What `listen()` needs of a provider: to be bound to the server's own address. */
export interface Bindable<Bound> {
  readonly at?: (issuer: string, options: { readonly insecureLoopback: true }) => Bound
}

/** The type of a provider once it is bound to an issuer. */
export type BoundOf<P> = P extends { readonly at: (...args: never[]) => infer Bound } ? Bound : P

const discovery = '/.well-known/openid-configuration'
const keySet = '/.well-known/jwks'

/** The document at an address of the issuer, or of any tenant's where the issuer is a template. */
export function documentAt(url: string, issuer: string, keys: readonly JWK[]): object | undefined {
  const suffix = [discovery, keySet].find((each) => url.endsWith(each))
  // A slash at the end of an issuer belongs to it, and is not doubled in the address of its documents (OpenID Connect Discovery 1.0 §4.1).
  const base = suffix === undefined ? '' : url.slice(0, -suffix.length) + (issuer.endsWith('/') ? '/' : '')
  const [before = '', after = ''] = issuer.split(/\{\w+\}/)
  const tenant = issuer.includes('{') && base.startsWith(before) && base.endsWith(after)
  if (base !== issuer && !tenant) return undefined
  if (suffix === keySet) return { keys }
  return { issuer: base, jwks_uri: base.replace(/\/$/, '') + keySet, id_token_signing_alg_values_supported: ['RS256'] }
}

interface TestKey {
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

async function createKey({ algorithms }: ProviderTable): Promise<TestKey> {
  const algorithm = algorithms[0] as string
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: randomUUID(), alg: algorithm, use: 'sig' }
  return { algorithm, privateKey, jwk }
}

/** Puts the tenant of a job into the issuer's template. */
function fillIn(issuer: string, table: ProviderTable, job: Readonly<Record<string, unknown>>): string {
  return issuer.replace(/\{(\w+)\}/, (_, field: string) => {
    const source = table.identity[field]
    return typeof source === 'string' ? String(job[source]) : field
  })
}
