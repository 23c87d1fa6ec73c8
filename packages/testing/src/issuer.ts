/** A local issuer: real keys, signatures and documents, without a network. */

import type { ProviderTable, WorkloadFrom } from '@jobpass/core'
import type { CryptoKey, JWK, JWTHeaderParameters } from 'jose'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { compileTable, readOptions } from '@jobpass/core/internal'
import { claimsMeant } from './claims-meant.ts'
import { fixtureOf } from './fixtures/index.ts'
import type { MintableProvider, MintOptions, TestIssuer, TriggerOf } from './test-issuer.ts'
import { documentAt } from './documents.ts'

const mintOptions = { trigger: true, header: true, issuedAt: true } as const

/** The options of `createTestIssuer`. */
export interface TestIssuerOptions {
  /** `iss` of its tokens. Default: the provider's issuer. */
  readonly issuer?: string
  /** The source of dates. Default: `Date`. */
  readonly clock?: {
    /** The time in milliseconds since 1970. */
    now(): number
  }
}

/**
 * Creates a local issuer of a provider's tokens, for tests of an API that trusts it.
 *
 * @example
 * ```ts
 * const issuer = await createTestIssuer(githubActions)
 * const trust = githubActions({ ownerId: '1234567' })
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust, fetch: issuer.fetch }))
 * const token = await issuer.mint({ aud: 'https://api.acme.dev', ref: 'refs/heads/main' }, { trigger: 'push' })
 * ```
 */
export async function createTestIssuer<P extends MintableProvider>(
  provider: P,
  options: TestIssuerOptions = {},
): Promise<TestIssuer<WorkloadFrom<P>>> {
  const { table } = provider
  const compiled = compileTable(table)
  const fixture = fixtureOf(table)
  const { issuer = provider.issuer ?? fixture.issuer, clock = Date } = readOptions<TestIssuerOptions>(
    'createTestIssuer(): its options',
    options,
    { issuer: true, clock: true },
  )
  if (issuer === undefined)
    throw new TypeError(`${provider.title} has no issuer of its own: write createTestIssuer(provider, { issuer })`)
  const isOwn = options.issuer !== undefined
  const fetched: string[] = []
  let online = true
  let pair = await createKey(table)

  const claims = (
    named: Readonly<Record<string, unknown>> = {},
    options: MintOptions<never> = {},
  ): Record<string, unknown> => {
    const mint = readOptions<MintOptions<never>>('mint(): its options', options, mintOptions)
    const given = claimsMeant(compiled, named, fixture.fields)
    const trigger: string = mint.trigger ?? (Object.keys(fixture.triggers)[0] as string)
    const build = Object.hasOwn(fixture.triggers, trigger) ? fixture.triggers[trigger] : undefined
    if (build === undefined) {
      throw new TypeError(`${provider.title} has no trigger '${trigger}': ${Object.keys(fixture.triggers).join(', ')}`)
    }
    const built = build(given)
    // A job of a per-tenant provider may set `iss`; the `issuer` option overrides it, and claims of
    // the test override both.
    const job = { ...built, ...(isOwn ? { iss: issuer } : {}), ...given }
    const iat = mint.issuedAt ?? Math.floor(clock.now() / 1000)
    return {
      ...('jti' in table.claims ? { jti: crypto.randomUUID() } : {}),
      aud: fixture.defaultAudience(job),
      iss: fillIn(issuer, table, job),
      iat,
      exp: iat + fixture.lifetime,
      ...(fixture.notBefore === undefined ? {} : { nbf: iat - fixture.notBefore }),
      ...job,
    }
  }
  return {
    issuer,
    fetched,
    triggers: Object.keys(fixture.triggers) as TriggerOf<WorkloadFrom<P>>[],
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
  }
}

interface TestKey {
  readonly algorithm: string
  readonly privateKey: CryptoKey
  readonly jwk: JWK
}

async function createKey({ algorithms }: ProviderTable): Promise<TestKey> {
  const algorithm = algorithms[0] as string
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: crypto.randomUUID(), alg: algorithm, use: 'sig' }
  return { algorithm, privateKey, jwk }
}

/** Fills the tenant of a job into the issuer's template. */
function fillIn(issuer: string, table: ProviderTable, job: Readonly<Record<string, unknown>>): string {
  return issuer.replace(/\{(\w+)\}/, (_, field: string) => {
    const source = table.identity[field]
    return typeof source === 'string' ? String(job[source]) : field
  })
}
