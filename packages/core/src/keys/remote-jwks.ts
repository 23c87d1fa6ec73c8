/**
 * The keys of one issuer, as a small state machine:
 *
 *     empty ──▶ fresh ──▶ stale ──▶ expired
 *       ▲         ▲  ◀───────┘         │
 *       └─────────┴────── refresh ◀────┘
 *
 * Fresh keys serve at once. Stale keys serve while a background refresh runs. The request waits for that refresh in three
 * cases: on Workers, where work ends with the request that started it; where the policy asks for it, for processes that are
 * frozen between calls; and where a refresh did not finish in its time, because the process was frozen. Empty and expired
 * wait for a refresh. One bucket pays for every refresh; a failed one is followed by a pause that doubles. One refresh is
 * in flight at a time.
 */

import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import type { IssuerOptions } from './issuer-options.ts'
import { BackOff } from './back-off.ts'
import { reasonOf } from './fetch-failure.ts'
import { fetchKeys } from './fetch-jwks.ts'
import type { KeyEvent, KeyReport, KeySource, KeySurroundings } from './key-source.ts'
import type { Bucket } from './refresh-policy.ts'
import { createBucket, jittered } from './refresh-policy.ts'
import type { KeySet, SkippedKey } from './jwks.ts'
import type { PublishedKey } from './published-key.ts'
import { SnapshotPlace } from './jwks-snapshot.ts'
import { createKeySet } from './jwks.ts'
import { staticKeys } from './static-jwks.ts'
import type { JoseHeader, Token } from '../model/token.ts'
import type { Awaitable } from '../util/awaitable.ts'

interface Held {
  readonly set: KeySet
  /** When it was asked for: what the issuer published since then is not in it. */
  readonly at: number
  readonly fresh: number
}

interface Running {
  readonly since: number
  readonly done: Promise<void>
}

/** Milliseconds past its timeout after which a fetch counts as frozen: timers of a running process are never that late. */
const lateness = 1_000
/** So many requests fetch the first keys at once where requests cannot share a fetch. */
const maxFirstFetches = 100

/** The key source of one issuer; sources share nothing. */
export function createKeySource(issuer: string, options: IssuerOptions, surroundings: KeySurroundings): KeySource {
  return options.keys === undefined
    ? new RemoteKeys(issuer, options, surroundings)
    : staticKeys(issuer, createKeySet(options.keys))
}

class RemoteKeys implements KeySource {
  readonly #issuer: string
  readonly #options: IssuerOptions
  readonly #around: KeySurroundings
  readonly #bucket: Bucket
  readonly #snapshots: SnapshotPlace | undefined
  #held: Held | undefined
  #running: Running | undefined
  /** Whether the last refresh was frozen on its way, so that the next one is waited for. */
  #wasFrozen = false
  /** How many first fetches were started since one ended: those that a request took with it never end. */
  #firstFetches = 0
  readonly #backOff: BackOff
  #reason: string | undefined

  constructor(issuer: string, options: IssuerOptions, around: KeySurroundings) {
    this.#issuer = issuer
    this.#options = options
    this.#around = around
    const { clock, keyTimes, keySnapshot, shared, random } = around
    this.#backOff = new BackOff(clock, random)
    this.#bucket = createBucket(clock, keyTimes.cooldown, random)
    const failed = (reason: string): void => this.#tell('failed', reason)
    this.#snapshots =
      keySnapshot && new SnapshotPlace(issuer, keySnapshot, { clock, timeout: keyTimes.timeout, shared, failed })
  }

  find({ header }: Token): Awaitable<PublishedKey | Refusal> {
    if (this.#mayRestore) return this.#restore().then(() => this.#findNow(header))
    return this.#mustRevalidate ? this.#findAfresh(header) : this.#findNow(header)
  }

  isCurrent(key: PublishedKey): boolean {
    // The answer has to wait for a refresh, and this call cannot wait.
    if (this.#mustRevalidate && (this.#joinable !== undefined || this.#mayStart)) return false
    return this.#serves(this.#usable?.keys.find((each) => each === key)) !== undefined
  }

  #findNow(header: JoseHeader): Awaitable<PublishedKey | Refusal> {
    return this.#serves(this.#usable?.find(header)) ?? this.#findNew(header)
  }

  async #findAfresh(header: JoseHeader): Promise<PublishedKey | Refusal> {
    await this.#refresh()
    const found = this.#usable?.find(header)
    if (found === undefined) this.#tell('unknown')
    return found ?? this.#missing()
  }

  async #findNew(header: JoseHeader): Promise<PublishedKey | Refusal> {
    if (this.#usable !== undefined) this.#tell('unknown')
    // What was on its way before this token came may not have its key yet.
    const joined = this.#joinable !== undefined
    await this.#refresh()
    if (joined && this.#usable?.find(header) === undefined) await this.#refresh()
    return this.#usable?.find(header) ?? this.#missing()
  }

  async refetch({ header }: Token, tried: PublishedKey): Promise<PublishedKey | undefined> {
    await this.#refresh()
    const found = this.#usable?.find(header)
    return found?.material === tried.material ? undefined : found
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
    const age = this.#around.clock.now() - this.#held.at
    // A clock that was set back makes keys of the future, and nobody knows how old they are.
    if (age < 0) return 'stale'
    return age < this.#held.fresh ? 'fresh' : age < this.#around.keyTimes.staleIfError ? 'stale' : 'expired'
  }

  /** Stale keys serve while a background refresh runs (RFC 5861 §3, stale-while-revalidate). */
  #serves(key: PublishedKey | undefined): PublishedKey | undefined {
    if (key !== undefined && this.#phase === 'stale' && this.#around.shared) void this.#refresh()
    return key
  }

  /** Where a background refresh would not finish, withdrawn keys would serve until they expire. */
  get #mustRevalidate(): boolean {
    const { shared, keyTimes } = this.#around
    return (
      this.#phase === 'stale' && (!shared || keyTimes.foreground || this.#wasFrozen || this.#isFrozen(this.#running))
    )
  }

  #isFrozen(running: Running | undefined): boolean {
    const { clock, keyTimes } = this.#around
    return running !== undefined && clock.now() - running.since > keyTimes.timeout + lateness
  }

  /** The refresh that this request may wait for. */
  get #joinable(): Running | undefined {
    return this.#around.shared && !this.#isFrozen(this.#running) ? this.#running : undefined
  }

  get #mayStart(): boolean {
    return this.#backOff.left === 0 && this.#bucket.wait() === 0
  }

  /**
   * Where requests cannot share a fetch, each of those that find no keys makes its own: no flood of bad tokens causes them,
   * and refusing all but two would answer every cold start with 503.
   */
  get #isFirstFetch(): boolean {
    return !this.#around.shared && this.#usable === undefined && this.#firstFetches < maxFirstFetches
  }

  get #usable(): KeySet | undefined {
    return this.#phase === 'expired' ? undefined : this.#held?.set
  }

  /** An outage where nothing is known to be right; else the token's own fault. Both say when asking again makes sense. */
  #missing(): Refusal {
    const outage = this.#usable === undefined || this.#backOff.failing
    const wait = Math.max(this.#backOff.left, this.#bucket.wait(), 1)
    return refuse(outage ? 'issuer_unavailable' : 'key_unknown', {
      retryAfter: Math.ceil(wait / 1000),
      ...(outage && this.#reason !== undefined && { cause: this.#reason }),
    })
  }

  /** Joins the refresh that is on its way, or starts one if no pause forbids it and the bucket pays for it. Never rejects. */
  #refresh(): Promise<void> {
    const joinable = this.#joinable
    if (joinable !== undefined) return joinable.done
    const first = this.#isFirstFetch
    if (this.#backOff.left > 0 || (!this.#bucket.take() && !first)) return Promise.resolve()
    const since = this.#around.clock.now()
    if (first) this.#firstFetches++
    const done = this.#fetch(since).finally(() => {
      this.#firstFetches = 0
      if (this.#running?.done === done) this.#running = undefined
    })
    this.#running = { since, done }
    return done
  }

  async #fetch(since: number): Promise<void> {
    const { clock, keyTimes, fetch, keyHosts } = this.#around
    try {
      const set = createKeySet(
        await fetchKeys(this.#issuer, this.#options, { fetch, clock, keyHosts, timeout: keyTimes.timeout }),
        this.#held?.set,
      )
      if (set.keys.length === 0) throw new NoUsableKey(set.skipped)
      // A fetch that was frozen on its way may end after a later one.
      if (this.#held !== undefined && this.#held.at > since && this.#held.at <= clock.now()) return
      this.#hold(set, since)
      this.#backOff.succeeded()
      this.#wasFrozen = false
      this.#reason = undefined
      this.#tell('fetched', undefined, set.skipped)
      this.#snapshots?.write(set)
    } catch (error) {
      this.#reason = reasonOf(error)
      const skipped = error instanceof NoUsableKey ? error.skipped : []
      this.#wasFrozen = clock.now() - since > keyTimes.timeout + lateness
      // A process that was frozen says nothing about the issuer.
      if (this.#wasFrozen) return this.#tell('failed', this.#reason, skipped)
      this.#backOff.failed(error)
      this.#tell('failed', this.#reason, skipped)
    }
  }

  #hold(set: KeySet, at: number): void {
    this.#held = { set, at, fresh: jittered(this.#around.keyTimes.maxAge, this.#around.random) }
  }

  get #mayRestore(): boolean {
    return this.#held === undefined && this.#snapshots?.unread === true
  }

  async #restore(): Promise<void> {
    const found = await this.#snapshots?.read()
    if (found === undefined || this.#held !== undefined) return
    this.#hold(found.set, found.at)
    this.#tell('restored')
  }

  #tell(event: KeyEvent['event'], reason?: string, skipped: readonly SkippedKey[] = []): void {
    const keys = this.#held?.set.keys.length ?? 0
    this.#around.onKeys({
      issuer: this.#issuer,
      event,
      keys,
      ...(reason !== undefined && { reason }),
      ...(skipped.length > 0 && { skipped }),
    })
  }
}

/** A key set without a key that may verify here. */
class NoUsableKey extends Error {
  readonly skipped: readonly SkippedKey[]

  constructor(skipped: readonly SkippedKey[]) {
    super('the key set has no key that can be used')
    this.skipped = skipped
  }
}
