/** The options of a verifier: checked once, with defaults filled in. */

import { isHeaderText } from '../http/header-text.ts'
import type { Clock } from '../util/clock.ts'
import { systemClock } from '../util/clock.ts'
import type { WorkloadFrom } from '../provider/provider.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { DenyRule, TenantIssuers, TrustLookup, TrustRule } from '../rule/rule.ts'
import { audienceList } from '../rule/rule-settings.ts'
import { isPromise } from '../util/awaitable.ts'
import { readOptions, assertSeconds } from '../util/options.ts'
import { formatValue, formatType } from '../util/format.ts'
import type { ReplayOptions } from '../model/replay-store.ts'
import { readReplay } from './replay-option.ts'
import type { JwksOptions, KeyTimes } from '../keys/refresh-policy.ts'
import { readJwksOptions } from '../keys/refresh-policy.ts'
import type { KeySnapshots } from '../keys/jwks-snapshot.ts'
import type { KeyEvent } from '../keys/key-source.ts'
import type { CacheLimits, CacheOptions } from '../token/token-cache.ts'
import { readCache } from '../token/token-cache.ts'
import { longestTolerance } from '../table/limits.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Warnings } from '../model/warnings.ts'
import { warningsTo } from './warnings.ts'
import { refuseOtherCopy } from '../util/copies.ts'

/** What `trust` takes: rules and look-ups. */
export type Trusted = TrustRule<AnyWorkload> | TrustLookup<AnyWorkload> | TenantIssuers<AnyWorkload>

/**
 * The identity that a verifier gives: that of its rules, or `undefined` where `optional` is set.
 */
export type Seen<T extends Trusted, O extends boolean> = WorkloadFrom<T> | (O extends true ? undefined : never)

/**
 * The options of `createVerifier` and `workloadAuth`. An unknown option is a type error and a
 * `TypeError`.
 */
export interface VerifierOptions<T extends Trusted = Trusted, O extends boolean = boolean> {
  /**
   * The names of this API, one of which must be in the token's `aud`; compared exactly. A
   * platform's default audience is refused.
   */
  readonly audience: string | readonly string[]
  /** Rules and look-ups for the jobs that may call at all; one that allows is enough. */
  readonly trust: T | readonly T[]
  /** Rules made by `provider.deny()`. They are checked before `trust`, and win. Default: none. */
  readonly deny?: DenyRule<AnyWorkload> | readonly DenyRule<AnyWorkload>[]
  /**
   * Lets through requests without a token, and those whose token is no JWT or names an issuer that
   * is not trusted here. They have no workload. Default `false`.
   */
  readonly optional?: O
  /** How much a 403 reveals to callers of the rule's own tenant. Default `'own'`. */
  readonly explain?: ExplainLevel
  /**
   * `'respond'` answers refused requests; `'throw'` passes a `WorkloadAuthError` to the framework's
   * error handling. Default `'respond'`.
   */
  readonly errors?: 'respond' | 'throw'
  /**
   * The `realm` of challenges (RFC 9110 §11.5): 1 to 200 printable ASCII characters without quotes
   * or backslash. Default `'jobpass'`.
   */
  readonly realm?: string
  /**
   * The document from which clients learn where to get tokens for this API (RFC 9728). Each 401 and
   * 403 names it. `resourceMetadata()` of `@jobpass/exchange` makes and serves it. Default: none.
   */
  readonly resourceMetadata?: {
    /** The URL of the document. */
    readonly url: string
    /** Scopes to request there, which challenges name (RFC 6750 §3). Default: none. */
    readonly scopes?: readonly string[]
  }
  /**
   * The request header to read the credential from, instead of `authorization`; not `cookie`.
   * Default `'authorization'`.
   */
  readonly header?: string
  /** Clock skew to allow, in seconds: 0 to 300. Default 30. */
  readonly clockTolerance?: number
  /**
   * The maximum age of a token: seconds since `iat`, 1 to 86400. Default: no limit other than
   * `exp`.
   */
  readonly maxTokenAge?: number
  /** Fetches the documents of issuers. Default: the runtime's `fetch`. */
  readonly fetch?: typeof fetch
  /** Replaces the clock in tests. Default: the runtime's clock. */
  readonly clock?: Clock
  /**
   * Requires that immutable ids pin every rule, and that no guard consists of report-only rules.
   * Default `false`.
   */
  readonly strict?: boolean
  /**
   * How many verified tokens to keep, so that the signature of each is checked once; `false` keeps
   * none. Default: 5000 tokens.
   */
  readonly cache?: CacheOptions | false
  /**
   * The store for one-time use of tokens, which `oneTime()`, exchanges and proofs of possession
   * need. Default: no store.
   */
  readonly replay?: ReplayOptions
  /**
   * How long keys are cached, and how often issuers may be asked for them. Default: the defaults of
   * its members.
   */
  readonly jwks?: JwksOptions
  /**
   * Keeps keys outside the process, for short-lived isolates. Anyone who can write to it decides
   * which keys are trusted. Default: keys stay in the process.
   */
  readonly keySnapshot?: KeySnapshots
  /**
   * Called when keys of an issuer are fetched, fail to be fetched, are restored, or lack the key of
   * a token. It cannot change the outcome, even by throwing. Default: none.
   */
  readonly onKeys?: (event: KeyEvent) => void
  /**
   * Called for every decision, with the full verdict. It cannot change the outcome, even by
   * throwing. Default: none.
   */
  readonly onVerdict?: (event: VerdictEvent) => void
  /**
   * Receives warnings about what is wrong and not fatal. Warnings about configuration are given
   * once, faults and outages at most once a minute each; an outage comes with its cause. Default:
   * `process.emitWarning` where it exists.
   */
  readonly onWarning?: (message: string) => void
}

/** The options after checking, except trust and deny. */
export interface ResolvedOptions extends Warnings {
  /** The names of this API. */
  readonly audiences: readonly string[]
  /** Whether requests without a token of a trusted issuer pass. Default `false`. */
  readonly optional: boolean
  /** How much a 403 reveals. Default `'own'`. */
  readonly explain: ExplainLevel
  /** Whether a refusal is answered or thrown. Default `'respond'`. */
  readonly errors: 'respond' | 'throw'
  /** The `realm` of challenges. Default `'jobpass'`. */
  readonly realm: string
  /** The metadata document that challenges name. */
  readonly metadata: { readonly url: string; readonly scopes: readonly string[] } | undefined
  /** The header with the credential, in lower case. Default `'authorization'`. */
  readonly header: string
  /** Clock skew to allow: seconds, 0 to 300. Default 30. */
  readonly clockTolerance: number
  /** The maximum age of a token: seconds since `iat`, 1 to 86400. Default `Infinity`. */
  readonly maxTokenAge: number
  /** Fetches the documents of issuers. */
  readonly fetch: typeof fetch
  /** The source of time and timers. */
  readonly clock: Clock
  /** Whether every rule must be pinned by immutable ids. Default `false`. */
  readonly strict: boolean
  /** The limits of the token cache; `undefined` switches it off. */
  readonly cache: CacheLimits | undefined
  /** The store for one-time use, where there is one. */
  readonly replay: ReplayOptions | undefined
  /** How long keys are cached, and how often they are fetched. */
  readonly keyTimes: KeyTimes
  /** Where keys are kept outside the process. */
  readonly keySnapshot: KeySnapshots | undefined
  /** The hook for key events; never throws. */
  readonly onKeys: (event: KeyEvent) => void
  /** Whether there is an `onVerdict` hook: without one, events are not built. */
  readonly observed: boolean
  /** The hook for decisions; never throws. */
  readonly onVerdict: (event: VerdictEvent) => void
}

interface Given {
  readonly trust: VerifierOptions['trust']
  readonly deny: VerifierOptions['deny'] | undefined
}

const names = {
  audience: true,
  trust: true,
  deny: true,
  optional: true,
  explain: true,
  errors: true,
  realm: true,
  header: true,
  clockTolerance: true,
  maxTokenAge: true,
  fetch: true,
  clock: true,
  strict: true,
  onVerdict: true,
  onWarning: true,
  onKeys: true,
  jwks: true,
  keySnapshot: true,
  cache: true,
  replay: true,
  resourceMetadata: true,
} as const satisfies Record<keyof VerifierOptions, true>

/** The names of the options of a verifier. */
export const optionNames: readonly string[] = Object.keys(names)

/**
 * Checks the options.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function resolveOptions(options: unknown): ResolvedOptions & Given {
  refuseOtherCopy(options)
  const given = readOptions<VerifierOptions>('The options of a verifier', options, names)
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
  if (!isHeaderText(realm)) {
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
    trust: given.trust as VerifierOptions['trust'],
    deny: given.deny,
    audiences: audienceList('audience', given.audience),
    optional: given.optional ?? false,
    explain: oneOf('explain', given.explain ?? 'own', ['none', 'own', 'full']),
    errors: oneOf('errors', given.errors ?? 'respond', ['respond', 'throw']),
    realm,
    metadata: readMetadata(given.resourceMetadata),
    header: header.toLowerCase(),
    clockTolerance: assertSeconds('clockTolerance', given.clockTolerance ?? 30, 0, longestTolerance),
    maxTokenAge:
      given.maxTokenAge === undefined ? Infinity : assertSeconds('maxTokenAge', given.maxTokenAge, 1, 86_400),
    // An arrow function, since some runtimes refuse to call `fetch` as a method of another object.
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

/** The document in a challenge (RFC 9728 §5.1), which is a quoted string. */
function readMetadata(metadata: unknown): ResolvedOptions['metadata'] {
  if (metadata === undefined) return undefined
  const { url, scopes = [] } = (metadata ?? {}) as Partial<NonNullable<ResolvedOptions['metadata']>>
  if (url === undefined || !URL.canParse(url) || !isHeaderText(url) || !Array.isArray(scopes) || !scopes.every(isScope))
    throw new TypeError(
      `resourceMetadata takes what resourceMetadata() of @jobpass/exchange makes, not ${formatType(metadata)}`,
    )
  return { url, scopes: [...(scopes as string[])] }
}

const isScope = (scope: unknown): boolean => isHeaderText(scope) && !(scope as string).includes(' ')

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
      // The hook's promise is not awaited; an unhandled rejection would end the process.
      if (isPromise(answer)) answer.then(undefined, failed)
    } catch {
      failed()
    }
  }
}

/** How much a 403 reveals: nothing, the caller's own values, or the expected values too. */
export type ExplainLevel = 'none' | 'own' | 'full'
