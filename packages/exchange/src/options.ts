/** The options of an exchange, checked once. */

import type { AnyWorkload, Clock, ReplayStore, Verifier } from '@jobpass/core'
import {
  checkIssuer,
  notMadeHere,
  configOf,
  readOptions,
  assertSeconds,
  formatValue,
  formatType,
} from '@jobpass/core/internal'
import type { VerifierConfig } from '@jobpass/core/internal'
import { readApiClients } from './api-clients.ts'
import type { ApiClient, AuthenticateApi, FindApi } from './api-clients.ts'
import type { Audit } from './audit.ts'
import { readJsonMembers } from './form.ts'
import type { JsonMembers } from './form.ts'
import { readGrant } from './grants.ts'
import type { FindGrants, Grant, ReadGrant } from './grants.ts'
import type { IssuingKey } from './issuing-keys.ts'
import type { FindKeys, FindKeySet } from './key-set.ts'
import { addressesOf, pathsOf } from './metadata.ts'
import type { Addresses } from './metadata.ts'
import { certificateReader } from './trust/client-certificate.ts'
import type { CertificateOptions, ReadCertificate } from './trust/client-certificate.ts'
import { presentNonces, readNonceSecret } from './trust/nonce-secrets.ts'
import type { Nonces } from './trust/nonces.ts'
import { serviceTable } from './trust/service-table.ts'

/** The options of `createExchange`. */
export interface ExchangeOptions {
  /**
   * The issuer (`iss`) of the tokens, an https: URL without a trailing slash. The endpoints are
   * `/token`, `/jwks`, `/revoke` and `/introspect` below it.
   */
  readonly issuer: string
  /** Verifies the CI tokens. Its `replay` store records exchanged tokens and revocations. */
  readonly verifier: Verifier<AnyWorkload>
  /**
   * Which jobs get a token, for which scopes and APIs, and for how long: a list, or a function that
   * finds the grants of a job.
   */
  readonly grants: readonly Grant[] | FindGrants
  /**
   * The signing keys, each used from its `from` on; the same in every process.
   *
   * A function answers a list, a key set or its JSON, such as the text of a file that
   * `jobpass keys` writes. It is called at start and then about once a minute, and must answer
   * within 5 s. All processes see a new key before it signs. If a later answer fails or is
   * invalid, the exchange keeps the current keys and warns.
   *
   * Default, with `singleProcess` only: a generated key, which lives as long as the process.
   */
  readonly keys?: readonly IssuingKey[] | FindKeys
  /**
   * States that a single process serves this issuer. An in-memory store and a key generated at
   * start are then allowed; a restart loses both. Default: several processes, which share the
   * verifier's store and have the same keys.
   */
  readonly singleProcess?: true
  /**
   * Longest lifetime of a token in seconds: 10 to 86400. Retired keys stay published for this long.
   * Default 3600.
   */
  readonly maxLifetime?: number
  /**
   * Records each exchange. An exchange that cannot be recorded is refused (503). Default: no
   * records.
   */
  readonly audit?: Audit
  /**
   * At least 32 random bytes, the same in all processes, or a function that finds a key set with
   * `nonceSecrets`, such as that of `keys`, and is called again about once a minute. DPoP proofs
   * must then carry a nonce from this exchange (RFC 9449 §8). Default: no nonce is required.
   */
  readonly nonceSecret?: Uint8Array | FindKeySet
  /**
   * Binds tokens to the client's certificate (RFC 8705), which the proxy that ends TLS passes in a
   * header. Default: headers are not read, and no token is bound to a certificate.
   */
  readonly certificate?: CertificateOptions
  /**
   * The APIs that may ask at `/introspect` whether a token is good (RFC 7662): a list with the
   * digests of their secrets, or a function that authenticates them. Default: none, and there is no
   * such endpoint.
   */
  readonly introspection?: readonly ApiClient[] | FindApi
  /**
   * Another path and body for the token endpoint, for clients that do not speak OAuth. Default:
   * forms, at `/token` below the issuer.
   */
  readonly tokenEndpoint?: TokenEndpointOptions
  /** Allows an `http:` issuer on a loopback address, for tests. Default: not allowed. */
  readonly insecureLoopback?: true
}

/** The token endpoint of clients that already post to an address of yours. */
export interface TokenEndpointOptions {
  /**
   * Its path on the host of the issuer, such as `'/v1/auth/jwt'`. Default: `/token` below the
   * issuer.
   */
  readonly path?: string
  /**
   * Accepts JSON bodies as well: the members of such a body, each with the parameter that it stands
   * for, such as `{ jwt: 'subject_token' }`. Other members have the names of parameters. Without
   * `grant_type`, the request is a token exchange. Default: JSON is refused.
   */
  readonly json?: Readonly<Record<string, string>>
}

/** The validated options, with defaults. */
export interface ReadExchange {
  /** `iss` of the tokens, without a trailing slash. */
  readonly issuer: string
  /** The endpoints. */
  readonly addresses: Addresses
  /** Verifies the CI tokens. */
  readonly verifier: Verifier<AnyWorkload>
  /** The verifier's resolved options. */
  readonly config: VerifierConfig
  /** The verifier's clock. */
  readonly clock: Clock
  /** The validated grants, or the function that finds them. */
  readonly grants: readonly ReadGrant[] | FindGrants
  /** `undefined` if the exchange generates its own. */
  readonly keys: readonly IssuingKey[] | FindKeys | undefined
  /** Seconds, 10 to 86400. */
  readonly maxLifetime: number
  /** Records each exchange. */
  readonly audit: Audit
  /** `undefined` if proofs need no nonce. */
  readonly nonces: Nonces | undefined
  /** Reads the client's certificate; `undefined` if tokens are not bound to one. */
  readonly certificate: ReadCertificate | undefined
  /** Authenticates the APIs that introspect tokens; `undefined` if none may. */
  readonly authenticateApi: AuthenticateApi | undefined
  /** How JSON bodies name parameters; `undefined` if they are refused. */
  readonly json: JsonMembers | undefined
}

const names = {
  issuer: true,
  verifier: true,
  grants: true,
  keys: true,
  maxLifetime: true,
  audit: true,
  nonceSecret: true,
  singleProcess: true,
  certificate: true,
  introspection: true,
  tokenEndpoint: true,
  insecureLoopback: true,
} as const satisfies Record<keyof ExchangeOptions, true>

/** Validates the options. Throws a `TypeError` that says what to write. */
export function readExchange(options: ExchangeOptions): ReadExchange {
  const given = readOptions<ExchangeOptions>('The options of an exchange', options, names)
  const { verifier, grants, maxLifetime = 3600, audit = () => {} } = given
  const issuer = checkIssuer(given.issuer, given.insecureLoopback === true)
  if (issuer.endsWith('/')) throw new TypeError(`The issuer ${formatValue(issuer)} must not end with a slash`)
  const config = configOf(verifier)
  if (verifier === undefined || config === undefined)
    throw notMadeHere(verifier, `An exchange needs verifier: createVerifier({ … }), not ${formatType(verifier)}`)
  const { store } = config.replay ?? {}
  if (store?.seen === undefined || store.mark === undefined)
    throw new TypeError(
      'An exchange claims and revokes tokens: its verifier needs replay: { store } with claim, mark and seen, such as memoryReplayStore() or redisReplayStore(client)',
    )
  checkProcesses(given, store)
  if (config.optional) throw new TypeError('The verifier of an exchange is not optional: each request has a token')
  if ([...config.issuers.values()].some(({ table }) => table === serviceTable))
    throw new TypeError('The verifier of an exchange trusts CI systems only: a service token cannot be exchanged again')
  assertSeconds('maxLifetime', maxLifetime, 10, 86_400)
  if (typeof audit !== 'function') throw new TypeError(`audit must be a function, not ${formatType(audit)}`)
  if (typeof grants !== 'function' && (!Array.isArray(grants) || grants.length === 0))
    throw new TypeError('An exchange needs grants: a list of them, or a function that finds them')
  const { clock } = config
  const { certificate, introspection } = given
  const { path, json } = readTokenEndpoint(given.tokenEndpoint, issuer)
  return {
    issuer,
    addresses: addressesOf(issuer, path),
    verifier,
    config,
    clock,
    certificate: certificate && certificateReader('certificate', certificate),
    authenticateApi: introspection && readApiClients(introspection, { clock, config }),
    json,
    grants: typeof grants === 'function' ? grants : uniquelyNamed(grants.map((each) => readGrant(each, maxLifetime))),
    keys: given.keys,
    maxLifetime,
    audit,
    nonces:
      given.nonceSecret === undefined
        ? undefined
        : presentNonces(readNonceSecret('nonceSecret', given.nonceSecret), config),
  }
}

/** Checks what several processes need. A single process must be stated, never assumed. */
function checkProcesses({ singleProcess, keys }: Partial<ExchangeOptions>, store: ReplayStore): void {
  if (singleProcess === true) return
  if (singleProcess !== undefined) throw new TypeError('singleProcess is true, or left out')
  if (store.perProcess === true)
    throw new TypeError(
      'The replay store is in the memory of this process: each process would exchange the same CI token, and revoke for itself. Share a store, such as redisReplayStore(client), or write singleProcess: true',
    )
  if (keys === undefined)
    throw new TypeError(
      'An exchange needs keys, the same in every process: keys: [{ privateKey }], from the environment or a KMS',
    )
}

function readTokenEndpoint(
  given: unknown,
  issuer: string,
): { readonly path: string | undefined; readonly json: JsonMembers | undefined } {
  const what = 'tokenEndpoint'
  const { path, json } =
    given === undefined ? {} : readOptions<TokenEndpointOptions>(what, given, { path: true, json: true })
  const { token: _, ...others } = pathsOf(addressesOf(issuer))
  const taken = Object.values(others)
  if (path !== undefined && (!/^(?:\/(?!\.\.?(?:\/|$)|\.well-known\/)[\w.~-]+)+$/.test(path) || taken.includes(path)))
    throw new TypeError(
      `${what}: path begins with a slash, such as '/v1/auth/jwt', and is not that of another endpoint, not ${formatValue(path)}`,
    )
  return { path, json: json && readJsonMembers(`${what}: json`, json) }
}

function uniquelyNamed(grants: readonly ReadGrant[]): readonly ReadGrant[] {
  const seen = new Set<string>()
  for (const { name } of grants) {
    if (seen.has(name)) throw new TypeError(`Two grants are called ${formatValue(name)}`)
    seen.add(name)
  }
  return grants
}
