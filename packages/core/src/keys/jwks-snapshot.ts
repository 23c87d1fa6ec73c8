/**
 * Keys kept outside the process, for short-lived isolates: read before the first fetch, written
 * after each.
 */

import type { Clock } from '../util/clock.ts'
import { within } from '../util/clock.ts'
import type { JSONWebKey } from './jwk.ts'
import type { KeySet } from './jwks.ts'
import { createKeySet } from './jwks.ts'

/** The keys of an issuer at one time. */
export interface KeySnapshot {
  /** The public keys (RFC 7517). */
  readonly keys: readonly JSONWebKey[]
  /** When they were fetched: milliseconds since 1970. */
  readonly fetchedAt: number
}

/** A store of snapshots. Anyone who can write to it decides which keys are trusted. */
export interface KeySnapshots {
  /** The stored snapshot of an issuer, or `undefined`. */
  get(issuer: string): KeySnapshot | undefined | Promise<KeySnapshot | undefined>
  /** Stores the snapshot of an issuer. */
  set(issuer: string, snapshot: KeySnapshot): void | Promise<void>
}

/** What a snapshot place needs. */
interface SnapshotDeps {
  readonly clock: Clock
  /** Milliseconds that one read may take. */
  readonly timeout: number
  /** Whether requests may wait for each other's promises. */
  readonly shared: boolean
  readonly failed: (reason: string) => void
}

/** The place of one issuer in a store. A store that fails is treated as empty. */
export class SnapshotPlace {
  readonly #issuer: string
  readonly #store: KeySnapshots
  readonly #deps: SnapshotDeps
  #reading: Promise<{ readonly set: KeySet; readonly at: number } | undefined> | undefined
  /** Whether it was not read yet. */
  unread = true

  constructor(issuer: string, store: KeySnapshots, deps: SnapshotDeps) {
    this.#issuer = issuer
    this.#store = store
    this.#deps = deps
  }

  /**
   * The keys that another isolate stored, checked like fetched ones, with their age. Never rejects.
   */
  read(): Promise<{ readonly set: KeySet; readonly at: number } | undefined> {
    if (!this.#deps.shared) return this.#read()
    return (this.#reading ??= this.#read())
  }

  async #read(): Promise<{ readonly set: KeySet; readonly at: number } | undefined> {
    const { clock, timeout, failed } = this.#deps
    try {
      const snapshot = await within(clock, timeout, async () => this.#store.get(this.#issuer))
      if (snapshot === undefined) return undefined
      if (!Array.isArray(snapshot.keys)) throw new TypeError('no list of keys')
      const set = createKeySet(snapshot.keys)
      return set.keys.length > 0 && Number.isFinite(snapshot.fetchedAt) ? { set, at: snapshot.fetchedAt } : undefined
    } catch {
      failed('the snapshot could not be read')
      return undefined
    } finally {
      this.unread = false
    }
  }

  /**
   * Stores keys. Where the request must wait for that, returns a promise, which never rejects:
   * Workers cancel what is not done when the request is answered.
   */
  write(set: KeySet): Promise<void> | undefined {
    const { clock, timeout, shared, failed } = this.#deps
    const snapshot: KeySnapshot = { keys: set.keys.map(({ jwk }) => jwk), fetchedAt: clock.now() }
    const writing = within(clock, timeout, async () => this.#store.set(this.#issuer, snapshot)).catch(() =>
      failed('the snapshot could not be stored'),
    )
    return shared ? undefined : writing
  }
}
