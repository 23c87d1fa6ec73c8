/**
 * The keys of one issuer, as a small state machine:
 *
 *     empty ──▶ fresh ──▶ stale ──▶ expired
 *       ▲         ▲  ◀───────┘         │
 *       └─────────┴────── refresh ◀────┘
 *
 * Fresh keys are used at once. Stale keys are used while a background refresh runs. The request
 * waits for that refresh in three cases: on Workers, where promises end with the request that
 * created them; where `jwks.refresh` is `'foreground'`; and where the last refresh did not finish
 * in time, because the process was frozen. With empty or expired keys, requests wait for a refresh.
 * One token bucket limits all refreshes; a failed one is followed by exponential back-off. One
 * refresh runs at a time.
 */

import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { BackOff } from './back-off.ts'
import { reasonOf } from './fetch-failure.ts'
import { fetchKeys } from './fetch-jwks.ts'
import type { FreshPeriod, KeyEvent, KeyReport, KeySource } from './key-source.ts'
import type { KeyDeps } from './key-deps.ts'
import type { Bucket } from './refresh-policy.ts'
import { createBucket, jittered } from './refresh-policy.ts'
import type { KeySet } from './jwks.ts'
import type { PublishedKey, SkippedKey } from './published-key.ts'
import { SnapshotPlace } from './jwks-snapshot.ts'
import { createKeySet, staticKeys } from './jwks.ts'
import type { JoseHeader, Token } from '../model/token.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { andThen } from '../util/awaitable.ts'
import { defined } from '../util/objects.ts'

interface Held {
  readonly set: KeySet
  /** When the fetch began: the set lacks what the issuer published since then. */
  readonly at: number
}

/** The period of a source that holds no keys. */
const never: FreshPeriod = { from: Infinity, until: -Infinity }

interface Running {
  readonly since: number
  readonly done: Promise<void>
}

/**
 * Milliseconds after its timeout when a fetch counts as frozen: timers of a running process are
 * never that late.
 */
const lateness = 1_000
/** The most requests that fetch the first keys at once, where requests cannot share a fetch. */
const maxFirstFetches = 100

/** Makes the key source of one issuer; sources share nothing. */
export function createKeySource(issuer: string, options: IssuerOptions, deps: KeyDeps): KeySource {
  return options.keys === undefined
    ? new RemoteKeys(issuer, options, deps)
    : staticKeys(issuer, createKeySet(options.keys))
}

class RemoteKeys implements KeySource {
  fresh: FreshPeriod = never
  readonly #issuer: string
  readonly #options: IssuerOptions
  readonly #deps: KeyDeps
  readonly #bucket: Bucket
  readonly #snapshots: SnapshotPlace | undefined
  #held: Held | undefined
  #running: Running | undefined
  /**
   * Whether the process was frozen during the last refresh, so that requests wait for the next one.
   */
  #wasFrozen = false
  /**
   * How many first fetches began since one finished. Fetches that end with their request never
   * finish.
   */
  #firstFetches = 0
  readonly #backOff: BackOff
  #reason: string | undefined

  constructor(issuer: string, options: IssuerOptions, deps: KeyDeps) {
    this.#issuer = issuer
    this.#options = options
    this.#deps = deps
    const { clock, keyTimes, keySnapshot, shared, random } = deps
    this.#backOff = new BackOff(clock, random)
    this.#bucket = createBucket(clock, keyTimes.cooldown, random)
    const failed = (reason: string): void => this.#emit('failed', reason)
    this.#snapshots =
      keySnapshot && new SnapshotPlace(issuer, keySnapshot, { clock, timeout: keyTimes.timeout, shared, failed })
  }

  find({ header }: Token): Awaitable<PublishedKey | Refusal> {
    if (this.#mayRestore) return this.#restore().then(() => this.#findNow(header))
    return this.#mustRevalidate ? this.#findAfresh(header) : this.#findNow(header)
  }

  isCurrent(key: PublishedKey): boolean {
    // The answer needs a refresh, and this call is synchronous.
    if (this.#mustRevalidate && (this.#joinable !== undefined || this.#mayStart)) return false
    return this.#use(this.#usable?.keys.find((each) => each === key)) !== undefined
  }

  #findNow(header: JoseHeader): Awaitable<PublishedKey | Refusal> {
    return this.#use(this.#usable?.find(header)) ?? this.#findNew(header)
  }

  async #findAfresh(header: JoseHeader): Promise<PublishedKey | Refusal> {
    await this.#refresh()
    const found = this.#usable?.find(header)
    if (found === undefined) this.#emit('unknown')
    return found ?? this.#notFound()
  }

  #findNew(header: JoseHeader): Awaitable<PublishedKey | Refusal> {
    if (this.#usable !== undefined) this.#emit('unknown')
    const found = (): PublishedKey | undefined => this.#usable?.find(header)
    // A fetch that began before this token arrived may lack its key.
    const joined = this.#joinable !== undefined
    const refreshed = andThen(this.#refresh(), () => (joined && found() === undefined ? this.#refresh() : undefined))
    return andThen(refreshed, () => found() ?? this.#notFound())
  }

  refetch({ header }: Token, tried: PublishedKey): Awaitable<PublishedKey | undefined> {
    return andThen(this.#refresh(), () => {
      const found = this.#usable?.find(header)
      return found?.material === tried.material ? undefined : found
    })
  }

  async ready(): Promise<KeyReport> {
    if (this.#mayRestore) await this.#restore()
    if (this.#usable === undefined) await this.#refresh()
    const keys = this.#usable?.keys.length ?? 0
    const reason = this.#reason ?? 'a refresh is not due yet'
    return { issuer: this.#issuer, ready: keys > 0, keys, ...(keys > 0 ? {} : { reason }) }
  }

  get #phase(): 'empty' | 'fresh' | 'stale' | 'expired' {
    if (this.#held === undefined) return 'empty'
    const now = this.#deps.clock.now()
    const { from, until } = this.fresh
    // The clock was set back, so the age of the keys is unknown.
    if (now < from) return 'stale'
    return now < until ? 'fresh' : now - from < this.#deps.keyTimes.staleIfError ? 'stale' : 'expired'
  }

  /** Stale keys are used while a background refresh runs (stale-while-revalidate, RFC 5861 §3). */
  #use(key: PublishedKey | undefined): PublishedKey | undefined {
    if (key !== undefined && this.#phase === 'stale' && this.#deps.shared) void this.#refresh()
    return key
  }

  /**
   * Whether requests must wait for a refresh of stale keys: a background refresh would not finish,
   * and withdrawn keys would stay in use until they expire.
   */
  get #mustRevalidate(): boolean {
    const { shared, keyTimes } = this.#deps
    return (
      this.#phase === 'stale' && (!shared || keyTimes.foreground || this.#wasFrozen || this.#isFrozen(this.#running))
    )
  }

  #isFrozen(running: Running | undefined): boolean {
    const { clock, keyTimes } = this.#deps
    return running !== undefined && clock.now() - running.since > keyTimes.timeout + lateness
  }

  /** The running refresh that this request may wait for. */
  get #joinable(): Running | undefined {
    return this.#deps.shared && !this.#isFrozen(this.#running) ? this.#running : undefined
  }

  get #mayStart(): boolean {
    return this.#backOff.left === 0 && this.#bucket.wait() === 0
  }

  /**
   * Where requests cannot share a fetch, each request without keys makes its own. Bad tokens do not
   * cause such fetches once keys are there, and the bucket would answer all but two requests of a
   * cold start with 503.
   */
  get #isFirstFetch(): boolean {
    return !this.#deps.shared && this.#usable === undefined && this.#firstFetches < maxFirstFetches
  }

  get #usable(): KeySet | undefined {
    return this.#phase === 'expired' ? undefined : this.#held?.set
  }

  /**
   * An outage where no keys are known to be right; else the token's own fault. Both say when to
   * retry.
   */
  #notFound(): Refusal {
    const outage = this.#usable === undefined || this.#backOff.failing
    const wait = Math.max(this.#backOff.left, this.#bucket.wait(), 1)
    return refuse(outage ? 'issuer_unavailable' : 'key_unknown', {
      retryAfter: Math.ceil(wait / 1000),
      ...defined({ cause: outage ? this.#reason : undefined }),
    })
  }

  /**
   * Joins the running refresh, or starts one; `undefined` where back-off or bucket forbid that.
   * Never rejects.
   */
  #refresh(): Promise<void> | undefined {
    const joinable = this.#joinable
    if (joinable !== undefined) return joinable.done
    const first = this.#isFirstFetch
    if (this.#backOff.left > 0 || (!this.#bucket.take() && !first)) return undefined
    const since = this.#deps.clock.now()
    if (first) this.#firstFetches++
    const done = this.#fetch(since).finally(() => {
      this.#firstFetches = 0
      if (this.#running?.done === done) this.#running = undefined
    })
    this.#running = { since, done }
    return done
  }

  async #fetch(since: number): Promise<void> {
    const { clock, keyTimes, fetch, keyHosts } = this.#deps
    try {
      const set = createKeySet(
        await fetchKeys(this.#issuer, this.#options, { fetch, clock, keyHosts, timeout: keyTimes.timeout }),
        this.#held?.set,
      )
      if (set.keys.length === 0) throw new NoUsableKey(set.skipped)
      // A fetch that was frozen may finish after a later one.
      if (this.#held !== undefined && this.#held.at > since && this.#held.at <= clock.now()) return
      this.#hold(set, since)
      this.#backOff.succeeded()
      this.#wasFrozen = false
      this.#reason = undefined
      this.#emit('fetched', undefined, set.skipped)
      await this.#snapshots?.write(set)
    } catch (error) {
      this.#reason = reasonOf(error)
      const skipped = error instanceof NoUsableKey ? error.skipped : []
      this.#wasFrozen = clock.now() - since > keyTimes.timeout + lateness
      // That the process was frozen says nothing about the issuer.
      if (this.#wasFrozen) return this.#emit('failed', this.#reason, skipped)
      this.#backOff.failed(error)
      this.#emit('failed', this.#reason, skipped)
    }
  }

  #hold(set: KeySet, at: number): void {
    this.#held = { set, at }
    this.fresh = { from: at, until: at + jittered(this.#deps.keyTimes.maxAge, this.#deps.random) }
  }

  get #mayRestore(): boolean {
    return this.#held === undefined && this.#snapshots?.unread === true
  }

  async #restore(): Promise<void> {
    const found = await this.#snapshots?.read()
    if (found === undefined || this.#held !== undefined) return
    this.#hold(found.set, found.at)
    this.#emit('restored')
  }

  #emit(event: KeyEvent['event'], reason?: string, skipped: readonly SkippedKey[] = []): void {
    const keys = this.#held?.set.keys.length ?? 0
    const unusable = skipped.length > 0 ? skipped : undefined
    this.#deps.onKeys({ issuer: this.#issuer, event, keys, ...defined({ reason, skipped: unusable }) })
  }
}

/** A key set without a usable key. */
class NoUsableKey extends Error {
  readonly skipped: readonly SkippedKey[]

  constructor(skipped: readonly SkippedKey[]) {
    super('the key set has no key that can be used')
    this.skipped = skipped
  }
}
