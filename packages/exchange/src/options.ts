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
import type { Audit } from './audit.ts'
import { readGrant } from './grants.ts'
import type { FindGrants, Grant, ReadGrant } from './grants.ts'
import type { FindKeys, IssuingKey } from './issuing-keys.ts'
import { createNonces } from './trust/nonces.ts'
import type { Nonces } from './trust/nonces.ts'
import { serviceTable } from './trust/service-table.ts'

/** The options of `createExchange`. */
export interface ExchangeOptions {
  /** The issuer of the tokens, and where the endpoints are: `/token`, `/jwks` and `/revoke` below it. https, without a slash at the end. */
  readonly issuer: string
  /** Verifies the CI tokens. Its `replay` store keeps which of them were exchanged, and what was revoked. */
  readonly verifier: Verifier<AnyWorkload>
  /** Which jobs may have a token, what for, and for how long: a list, or a function that finds them for the job that asks. */
  readonly grants: readonly Grant[] | FindGrants
  /**
   * The keys to sign with, each from its time on; the same in every process. A function is asked at
   * start and again once a minute, up to 5 s, so that all processes see a new key before it signs;
   * while it fails, the keys before stay. May be left out with `singleProcess`: the exchange then
   * makes one that ends with the process.
   */
  readonly keys?: readonly IssuingKey[] | FindKeys
  /**
   * States that only one process answers for this issuer. Then a store in memory will do, and a
   * key that is made at start; a restart forgets both. Default: several processes, whose verifier
   * needs a store that they share, and which are given the same keys.
   */
  readonly singleProcess?: true
  /** Seconds that a token may live at most, 10 to 86400: so long a retired key stays published. Default 3600. */
  readonly maxLifetime?: number
  /** Writes down each exchange; one that cannot be written down is refused (503). */
  readonly audit?: Audit
  /** At least 32 random bytes that all processes share: DPoP proofs must then carry a nonce of ours (RFC 9449 §8). Default: none is asked for. */
  readonly nonceSecret?: Uint8Array
  /** Takes an issuer on a loopback address over http, in tests. */
  readonly insecureLoopback?: true
}

/** The options after checking. */
export interface ReadExchange {
  readonly issuer: string
  readonly verifier: Verifier<AnyWorkload>
  readonly policy: VerifierConfig
  readonly clock: Clock
  readonly grants: readonly ReadGrant[] | FindGrants
  /** `undefined` where the exchange makes its own. */
  readonly keys: readonly IssuingKey[] | FindKeys | undefined
  readonly maxLifetime: number
  readonly audit: Audit
  readonly nonces: Nonces | undefined
}

const names = [
  'issuer',
  'verifier',
  'grants',
  'keys',
  'maxLifetime',
  'audit',
  'nonceSecret',
  'singleProcess',
  'insecureLoopback',
]

/** Reads the options. Throws a `TypeError` that says what to write. */
export function readExchange(options: ExchangeOptions): ReadExchange {
  const given = readOptions('The options of an exchange', options, names) as unknown as Partial<ExchangeOptions>
  const { verifier, grants, maxLifetime = 3600, audit = () => {} } = given
  const issuer = checkIssuer(given.issuer, given.insecureLoopback === true)
  if (issuer.endsWith('/')) throw new TypeError(`The issuer ${formatValue(issuer)} must not end with a slash`)
  const policy = configOf(verifier)
  if (verifier === undefined || policy === undefined)
    throw notMadeHere(verifier, `An exchange needs verifier: createVerifier({ … }), not ${formatType(verifier)}`)
  const { store } = policy.replay ?? {}
  if (store?.seen === undefined || store.mark === undefined)
    throw new TypeError(
      'An exchange claims each token once, and revokes: its verifier needs replay: { store } with claim, mark and seen, such as memoryReplayStore() or redisReplayStore(client)',
    )
  checkProcesses(given, store)
  if (policy.optional) throw new TypeError('The verifier of an exchange is not optional: each request has a token')
  if ([...policy.issuers.values()].some(({ table }) => table === serviceTable))
    throw new TypeError('The verifier of an exchange trusts CI systems alone: a service token is not exchanged again')
  assertSeconds('maxLifetime', maxLifetime, 10, 86_400)
  if (typeof audit !== 'function') throw new TypeError(`audit must be a function, not ${formatType(audit)}`)
  if (typeof grants !== 'function' && (!Array.isArray(grants) || grants.length === 0))
    throw new TypeError('An exchange needs grants: a list of them, or a function that finds them')
  return {
    issuer,
    verifier,
    policy,
    clock: policy.clock,
    grants: typeof grants === 'function' ? grants : uniquelyNamed(grants.map((each) => readGrant(each, maxLifetime))),
    keys: given.keys,
    maxLifetime,
    audit,
    nonces: given.nonceSecret === undefined ? undefined : createNonces('nonceSecret', given.nonceSecret),
  }
}

/** What several processes need; that there is only one is never assumed. */
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

function uniquelyNamed(grants: readonly ReadGrant[]): readonly ReadGrant[] {
  const seen = new Set<string>()
  for (const { name } of grants) {
    if (seen.has(name)) throw new TypeError(`Two grants are called ${formatValue(name)}`)
    seen.add(name)
  }
  return grants
}
