/** The options of a verifier, checked once and made ready for use. */

import { isHeaderText } from '../http/header-text.ts'
import type { Clock } from '../util/clock.ts'
import { systemClock } from '../util/clock.ts'
import type { WorkloadFrom } from '../provider/provider.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { DenyRule, TrustLookup, TrustRule } from '../rule/rule.ts'
import { audienceList } from '../rule/rule-settings.ts'
import { isPromise } from '../util/awaitable.ts'
import { readOptions, assertSeconds } from '../util/options.ts'
import { formatValue, formatType } from '../util/format.ts'
import type { ReplayOptions } from '../model/replay-store.ts'
import { readReplay } from '../replay/replay.ts'
import type { JwksOptions, KeyTimes } from '../keys/refresh-policy.ts'
import { readJwksOptions } from '../keys/refresh-policy.ts'
import type { KeySnapshots } from '../keys/jwks-snapshot.ts'
import type { KeyEvent } from '../keys/key-source.ts'
import type { CacheLimits, CacheOptions } from '../token/token-cache.ts'
import { readCache } from '../token/token-cache.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Warnings } from '../model/warnings.ts'
import { warningsTo } from './warnings.ts'
import { refuseOtherCopy } from '../util/copies.ts'

/** What may stand in `trust`. */
export type Trusted = TrustRule<AnyWorkload> | TrustLookup<AnyWorkload>

/** The identity a verifier gives: that of its rules, or none where calling is optional. */
export type Seen<T extends Trusted, O extends boolean> = WorkloadFrom<T> | (O extends true ? undefined : never)

/** The options of `createVerifier` and `workloadAuth`. An unknown option is a type error and a `TypeError`. */
export interface VerifierOptions<T extends Trusted = Trusted, O extends boolean = boolean> {
  /** The name(s) of this API that tokens must be issued for; any one matches, exactly. Never a platform's default. */
  readonly audience: string | readonly string[]
  /** Whose jobs may call at all: rules and look-ups, any of which may allow. */
  readonly trust: T | readonly T[]
  /** Rules made by `provider.deny()`; they are asked first, and win. */
  readonly deny?: DenyRule<AnyWorkload> | readonly DenyRule<AnyWorkload>[]
  /** Lets through calls without a token, or with one that is not ours to judge; they have no workload. Default `false`. */
  readonly optional?: O
  /** How much a 403 tells the rule's own tenant. Default `'own'`. */
  readonly explain?: ExplainLevel
  /** Answers by itself, or sends a `WorkloadAuthError` down the framework's own path. Default `'respond'`. */
  readonly errors?: 'respond' | 'throw'
  /** The realm of the challenge: 1 to 200 printable ASCII characters without quotes. Default `'jobpass'`. */
  readonly realm?: string
  /**
   * The document that says where clients get tokens for this API (RFC 9728): every 401 names its `url`.
   * `resourceMetadata()` of `@jobpass/exchange` makes it, and serves it too. Default: none is named.
   */
  readonly resourceMetadata?: { readonly url: string }
  /** One other header to read the credential from. Default `'authorization'`. */
  readonly header?: string
  /** Seconds by which clocks may differ, 0 to 300. Default 30. */
  readonly clockTolerance?: number
  /** The oldest token that is taken: seconds since `iat`, 1 to 86400. Default: no limit but `exp`. */
  readonly maxTokenAge?: number
  /** Fetches the issuers' documents. Default: the runtime's `fetch`. */
  readonly fetch?: typeof fetch
  /** Time, for tests. Default: the runtime's clock. */
  readonly clock?: Clock
  /** Demands that every rule is pinned by immutable ids, and that no guard has report-only rules only. Default `false`. */
  readonly strict?: boolean
  /** How many verified tokens are remembered, so that a second sight costs no signature; `false` for none. */
  readonly cache?: CacheOptions | false
  /** Where one-time use of tokens is kept, and whether all of them are good for one use. */
  readonly replay?: ReplayOptions
  /** How long keys are good for, and how often issuers may be asked. */
  readonly jwks?: JwksOptions
  /** Keeps keys outside the process, for isolates that live for a moment. Whoever can write there decides which keys are trusted. */
  readonly keySnapshot?: KeySnapshots
  /** Told of what becomes of issuers' keys; never changes anything, not even by throwing. */
  readonly onKeys?: (event: KeyEvent) => void
  /** Called for every decision, with the whole diagnosis. It cannot change the outcome, not even by throwing. */
  readonly onVerdict?: (event: VerdictEvent) => void
  /** Receives what is wrong and not fatal: configuration once, faults and outages at most once a minute each, outages with their cause. Default: `process.emitWarning` where it exists. */
  readonly onWarning?: (message: string) => void
}

/** The options after checking, but for trust and deny. */
export interface ResolvedOptions extends Warnings {
  readonly audiences: readonly string[]
  readonly optional: boolean
  readonly explain: ExplainLevel
  readonly errors: 'respond' | 'throw'
  readonly realm: string
  /** The address of the document that a 401 names. */
  readonly metadataUrl: string | undefined
  readonly header: string
  readonly clockTolerance: number
  readonly maxTokenAge: number
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly strict: boolean
  readonly cache: CacheLimits | undefined
  readonly replay: ReplayOptions | undefined
  readonly keyTimes: KeyTimes
  readonly keySnapshot: KeySnapshots | undefined
  readonly onKeys: (event: KeyEvent) => void
  /** Whether anybody hears of verdicts; what nobody hears is not worked out. */
  readonly observed: boolean
  readonly onVerdict: (event: VerdictEvent) => void
}

interface Given {
  readonly trust: VerifierOptions['trust']
  readonly deny: VerifierOptions['deny'] | undefined
}

const names: readonly (keyof VerifierOptions)[] = [
  ...(['audience', 'trust', 'deny', 'optional', 'explain', 'errors', 'realm', 'header', 'clockTolerance'] as const),
  ...(['maxTokenAge', 'fetch', 'clock', 'strict', 'onVerdict', 'onWarning', 'onKeys'] as const),
  ...(['jwks', 'keySnapshot', 'cache', 'replay', 'resourceMetadata'] as const),
]

/** Checks the options. Throws a `TypeError` that says what to write instead. */
export function resolveOptions(options: unknown): ResolvedOptions & Given {
  refuseOtherCopy(options)
  const given = readOptions('The options of a verifier', options, names) as unknown as VerifierOptions
  for (const name of ['audience', 'trust'] as const) {
    if (given[name] === undefined) throw new TypeError(`A verifier needs ${name}: nobody gets in by default`)
  }
  for (const name of ['optional', 'strict'] as const) boolean(name, given[name])
  for (const name of ['fetch', 'onVerdict', 'onWarning', 'onKeys'] as const) callable(name, given[name])
  const { clock = systemClock, realm = 'jobpass', header = 'authorization' } = given
  if (given.keySnapshot !== undefined) {
    callable('keySnapshot.get', (given.keySnapshot as Partial<KeySnapshots>).get, true)
    callable('keySnapshot.set', (given.keySnapshot as Partial<KeySnapshots>).set, true)
  }
  callable('clock.now', (clock as Partial<Clock>).now, true)
  callable('clock.after', (clock as Partial<Clock>).after, true)
  if (typeof realm !== 'string' || !isHeaderText(realm)) {
    throw new TypeError(
      `realm must be 1 to 200 printable ASCII characters without quotes or backslash, not ${formatValue(realm)}`,
    )
  }
  if (typeof header !== 'string' || !/^[a-z][a-z0-9-]*$/i.test(header) || header.toLowerCase() === 'cookie') {
    throw new TypeError(
      `header must be the name of one request header, such as 'x-ci-token', not ${formatType(header)}`,
    )
  }
  const warnings = warningsTo(given.onWarning, clock)
  const { fault } = warnings
  return {
    trust: given.trust,
    deny: given.deny,
    audiences: audienceList('audience', given.audience),
    optional: given.optional ?? false,
    explain: oneOf('explain', given.explain ?? 'own', ['none', 'own', 'full']),
    errors: oneOf('errors', given.errors ?? 'respond', ['respond', 'throw']),
    realm,
    metadataUrl: metadataUrl(given.resourceMetadata),
    header: header.toLowerCase(),
    clockTolerance: assertSeconds('clockTolerance', given.clockTolerance ?? 30, 0, 300),
    maxTokenAge:
      given.maxTokenAge === undefined ? Infinity : assertSeconds('maxTokenAge', given.maxTokenAge, 1, 86_400),
    // Called through an arrow: some runtimes refuse a `fetch` that is called as a method of something else.
    fetch: given.fetch ?? ((input, init) => fetch(input, init)),
    clock,
    strict: given.strict ?? false,
    cache: readCache(given.cache),
    replay: readReplay(given.replay),
    keyTimes: readJwksOptions(given.jwks),
    keySnapshot: given.keySnapshot,
    onKeys: observer('onKeys', given.onKeys, fault),
    observed: given.onVerdict !== undefined,
    onVerdict: observer('onVerdict', given.onVerdict, fault),
    ...warnings,
  }
}

/** The address in a 401 (RFC 9728 §5.1): a URL whose characters may stand in a quoted string. */
function metadataUrl(metadata: unknown): string | undefined {
  if (metadata === undefined) return undefined
  const { url } = (metadata ?? {}) as { readonly url?: unknown }
  if (typeof url !== 'string' || !URL.canParse(url) || !isHeaderText(url))
    throw new TypeError(
      `resourceMetadata takes what resourceMetadata() of @jobpass/exchange makes, not ${formatValue(metadata)}`,
    )
  return url
}

function boolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean')
    throw new TypeError(`${name} must be true or false, not ${formatValue(value)}`)
}

function callable(name: string, value: unknown, required = false): void {
  if (typeof value !== 'function' && (required || value !== undefined))
    throw new TypeError(`${name} must be a function, not ${formatType(value)}`)
}

function oneOf<const T extends string>(name: string, value: unknown, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value)
  if (found === undefined)
    throw new TypeError(`${name} must be ${known.map((each) => `'${each}'`).join(' or ')}, not ${formatValue(value)}`)
  return found
}

function observer<E>(
  name: string,
  hook: ((event: E) => void) | undefined,
  fault: (message: string) => void,
): (event: E) => void {
  if (hook === undefined) return () => {}
  return (event) => {
    const failed = (): void => fault(`${name} threw; nothing changes by that`)
    try {
      const answer: unknown = hook(event)
      // Nobody waits for a hook, and a rejection that nobody hears would end the process.
      if (isPromise(answer)) answer.then(undefined, failed)
    } catch {
      failed()
    }
  }
}

/** How much a 403 says: nothing, the caller's own values, or the expected ones too. */
export type ExplainLevel = 'none' | 'own' | 'full'
