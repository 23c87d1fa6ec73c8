/** Keys as they are kept outside, for isolates that live for a moment: read before the first fetch, and written after each. */

import type { Clock } from '../util/clock.ts'
import { within } from '../util/clock.ts'
import type { JSONWebKey } from './jwk.ts'
import type { KeySet } from './jwks.ts'
import { createKeySet } from './jwks.ts'

/** The keys of an issuer at one time. */
export interface KeySnapshot {
  readonly keys: readonly JSONWebKey[]
  /** Milliseconds since 1970. */
  readonly fetchedAt: number
}

/** A store of snapshots. Whoever can write to it decides which keys are trusted. */
export interface KeySnapshots {
  get(issuer: string): KeySnapshot | undefined | Promise<KeySnapshot | undefined>
  set(issuer: string, snapshot: KeySnapshot): void | Promise<void>
}

/** What a place works with. */
interface Surroundings {
  readonly clock: Clock
  /** Milliseconds that a reading may take. */
  readonly timeout: number
  /** Whether requests may wait for each other's work. */
  readonly shared: boolean
  readonly failed: (reason: string) => void
}

/** The place of one issuer in a store. A store out of reach is none. */
export class SnapshotPlace {
  readonly #issuer: string
  readonly #store: KeySnapshots
  readonly #around: Surroundings
  #reading: Promise<{ readonly set: KeySet; readonly at: number } | undefined> | undefined
  /** Whether nothing was read from it yet. */
  unread = true

  constructor(issuer: string, store: KeySnapshots, around: Surroundings) {
    this.#issuer = issuer
    this.#store = store
    this.#around = around
  }

  /** The keys that another isolate has stored, through the same gate, and as old as they are. Never rejects. */
  read(): Promise<{ readonly set: KeySet; readonly at: number } | undefined> {
    if (!this.#around.shared) return this.#read()
    return (this.#reading ??= this.#read())
  }

  async #read(): Promise<{ readonly set: KeySet; readonly at: number } | undefined> {
    const { clock, timeout, failed } = this.#around
    try {
      const snapshot = await within(clock, timeout, async () => this.#store.get(this.#issuer))
      if (snapshot === undefined) return undefined
      if (!Array.isArray(snapshot.keys)) throw new TypeError('a snapshot has a list of keys')
      const set = createKeySet(snapshot.keys)
      return set.keys.length > 0 && Number.isFinite(snapshot.fetchedAt) ? { set, at: snapshot.fetchedAt } : undefined
    } catch {
      failed('the snapshot could not be read')
      return undefined
    } finally {
      this.unread = false
    }
  }

  /** Stores keys, without anybody waiting for it. */
  write(set: KeySet): void {
    const { clock, failed } = this.#around
    const snapshot: KeySnapshot = { keys: set.keys.map(({ jwk }) => jwk), fetchedAt: clock.now() }
    const lost = (): void => failed('the snapshot could not be stored')
    try {
      Promise.resolve(this.#store.set(this.#issuer, snapshot)).catch(lost)
    } catch {
      lost()
    }
  }
}
