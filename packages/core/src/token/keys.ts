/**
 * The keys of one issuer, as a small state machine:
 *
 *     empty ──▶ fresh ──▶ stale ──▶ expired
 *       ▲         ▲  ◀───────┘         │
 *       └─────────┴────── refresh ◀────┘
 *
 * Fresh and stale keys serve at once; stale ones are refreshed behind the caller's back, or before its eyes where nothing outlives a request. Empty and expired wait for a refresh. Every refresh, whatever asks
 * for it, is paid from one bucket; a failed one is followed by a pause that doubles. One refresh is in flight at a time.
 */

import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import type { IssuerOptions } from '../provider/provider.ts'
import type { Clock } from '../util/clock.ts'
import { fetchKeys } from './key-documents.ts'
import type { Bucket, KeyTimes } from './key-policy.ts'
import { createBucket, jittered } from './key-policy.ts'
import type { KeySet, PublishedKey } from './key-set.ts'
import type { KeySnapshots } from './key-snapshots.ts'
import { SnapshotPlace } from './key-snapshots.ts'
import { createKeySet } from './key-set.ts'
import type { JoseHeader, Token } from './token.ts'
import type { Maybe } from '../util/maybe.ts'

/** What a hook is told of an issuer's keys. */
export interface KeyEvent {
  readonly issuer: string
  /** Keys were fetched; could not be; were taken from a snapshot; or a token named one that is not there. */
  readonly event: 'fetched' | 'failed' | 'restored' | 'unknown'
  /** Keys held now. */
  readonly keys: number
  /** Why a fetch failed, in our words. */
  readonly reason?: string
}

/** Whether an issuer's keys are there. */
export interface KeyReport {
  readonly issuer: string
  readonly ready: boolean
  readonly keys: number
  /** Why they are not, in our words. */
  readonly reason?: string
}

/** Finds keys for tokens; an outage is never a bad token. */
export interface KeySource {
  /** The key that a header names, or why there is none; at once where it is known. */
  find(token: Token): Maybe<PublishedKey | Refusal>
  /** Whether that very key is still published, as far as is known, and may be used now. */
  holds(key: PublishedKey): boolean
  /** After a bad signature: another key of the same name, if a refresh that the bucket pays for finds one. */
  findAgain(token: Token, tried: PublishedKey): Promise<PublishedKey | undefined>
  /** Fetches the keys if there are none to use, and reports. Never rejects. */
  ready(): Promise<KeyReport>
}

/** What a key source works with. */
export interface KeySurroundings {
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly keyTimes: KeyTimes
  readonly keySnapshot: KeySnapshots | undefined
  readonly onKeys: (event: KeyEvent) => void
  /** Hosts that discovery may name for the keys. */
  readonly keyHosts: readonly string[]
  /** From 0 to 1. */
  readonly random: () => number
  /** Whether requests may wait for each other's work; not on Workers, where it dies with its request. */
  readonly shared: boolean
}

interface Held {
  readonly set: KeySet
  readonly at: number
  readonly fresh: number
}

const firstPause = 5_000
const longestPause = 60_000

/** The key source of one issuer; sources share nothing. */
export function createKeySource(issuer: string, options: IssuerOptions, surroundings: KeySurroundings): KeySource {
  return options.keys === undefined
    ? new RemoteKeys(issuer, options, surroundings)
    : staticKeys(issuer, createKeySet(options.keys) as KeySet)
}

function staticKeys(issuer: string, set: KeySet): KeySource {
  return {
    find: ({ header }) => set.find(header) ?? refuse('key_unknown'),
    holds: (key) => set.keys.includes(key),
    findAgain: async () => undefined,
    ready: async () => ({ issuer, ready: true, keys: set.keys.length }),
  }
}

class RemoteKeys implements KeySource {
  readonly #issuer: string
  readonly #options: IssuerOptions
  readonly #around: KeySurroundings
  readonly #bucket: Bucket
  readonly #snapshots: SnapshotPlace | undefined
  #held: Held | undefined
  #inFlight: Promise<void> | undefined
  #failures = 0
  #pausedUntil = 0
  #reason: string | undefined

  constructor(issuer: string, options: IssuerOptions, around: KeySurroundings) {
    this.#issuer = issuer
    this.#options = options
    this.#around = around
    const { clock, keyTimes, keySnapshot, shared, random } = around
    this.#bucket = createBucket(clock, keyTimes.refreshes, random)
    const failed = (reason: string): void => this.#tell('failed', reason)
    this.#snapshots =
      keySnapshot && new SnapshotPlace(issuer, keySnapshot, { clock, timeout: keyTimes.timeout, shared, failed })
  }

  find({ header }: Token): Maybe<PublishedKey | Refusal> {
    if (this.#mayRestore) return this.#restore().then(() => this.#findNow(header))
    return this.#mayNotLinger ? this.#findAfresh(header) : this.#findNow(header)
  }

  holds(key: PublishedKey): boolean {
    // A refresh has to be waited for there, which whoever asks this cannot.
    if (this.#mayNotLinger && this.#pauseLeft === 0 && this.#bucket.wait() === 0) return false
    return this.#serves(this.#usable?.keys.find((each) => each === key)) !== undefined
  }

  #findNow(header: JoseHeader): Maybe<PublishedKey | Refusal> {
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
    const joined = this.#around.shared && this.#inFlight !== undefined
    await this.#refresh()
    if (joined && this.#usable?.find(header) === undefined) await this.#refresh()
    return this.#usable?.find(header) ?? this.#missing()
  }

  async findAgain({ header }: Token, tried: PublishedKey): Promise<PublishedKey | undefined> {
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
    return age < this.#held.fresh ? 'fresh' : age < this.#around.keyTimes.usable ? 'stale' : 'expired'
  }

  /** Nobody whose key is known waits: one that is stale is refreshed behind the caller's back. */
  #serves(key: PublishedKey | undefined): PublishedKey | undefined {
    if (key !== undefined && this.#phase === 'stale' && this.#around.shared) void this.#refresh()
    return key
  }

  /** Where nothing outlives its request, nothing can be refreshed behind a caller's back: withdrawn keys would serve until they expire. */
  get #mayNotLinger(): boolean {
    return !this.#around.shared && this.#phase === 'stale'
  }

  get #usable(): KeySet | undefined {
    return this.#phase === 'expired' ? undefined : this.#held?.set
  }

  /** An outage where nothing is known to be right; else the token's own fault. Both say when asking again makes sense. */
  #missing(): Refusal {
    const outage = this.#usable === undefined || this.#failures > 0
    const wait = Math.max(this.#pauseLeft, this.#bucket.wait(), 1)
    return refuse(outage ? 'issuer_unavailable' : 'key_unknown', { retryAfter: Math.ceil(wait / 1000) })
  }

  get #pauseLeft(): number {
    const left = this.#pausedUntil - this.#around.clock.now()
    // No pause is that long: the clock was set back.
    return left > longestPause ? 0 : Math.max(0, left)
  }

  /** Joins the refresh that is on its way, or starts one if no pause forbids it and the bucket pays for it. Never rejects. */
  #refresh(): Promise<void> {
    if (this.#inFlight !== undefined && this.#around.shared) return this.#inFlight
    if (this.#pauseLeft > 0 || !this.#bucket.take()) return Promise.resolve()
    const refresh = this.#fetch().finally(() => {
      if (this.#inFlight === refresh) this.#inFlight = undefined
    })
    this.#inFlight = refresh
    return refresh
  }

  async #fetch(): Promise<void> {
    const { clock, keyTimes, fetch, random, keyHosts } = this.#around
    try {
      const set = createKeySet(
        await fetchKeys(this.#issuer, this.#options, { fetch, clock, keyHosts, timeout: keyTimes.timeout }),
        this.#held?.set,
      )
      if (set === undefined) throw new Error('the key set has no key that can be used')
      this.#hold(set, clock.now())
      this.#failures = 0
      this.#reason = undefined
      this.#tell('fetched')
      this.#snapshots?.write(set)
    } catch (error) {
      this.#failures++
      this.#reason = error instanceof Error ? error.message : 'the fetch failed'
      const pause = Math.min(firstPause * 2 ** (this.#failures - 1), longestPause)
      this.#pausedUntil = clock.now() + jittered(pause, random)
      this.#tell('failed', this.#reason)
    }
  }

  #hold(set: KeySet, at: number): void {
    this.#held = { set, at, fresh: jittered(this.#around.keyTimes.fresh, this.#around.random) }
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

  #tell(event: KeyEvent['event'], reason?: string): void {
    const keys = this.#held?.set.keys.length ?? 0
    this.#around.onKeys({ issuer: this.#issuer, event, keys, ...(reason === undefined ? {} : { reason }) })
  }
}
