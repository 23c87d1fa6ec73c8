/** What a key source needs. Types only. */

import type { Clock } from '../util/clock.ts'
import type { KeyEvent } from './key-source.ts'
import type { KeyTimes } from './refresh-policy.ts'
import type { KeySnapshots } from './jwks-snapshot.ts'

/** What a key source needs. */
export interface KeyDeps {
  /** Fetches documents, unless the issuer has its own `fetch`. */
  readonly fetch: typeof fetch
  /** The source of time and timers. */
  readonly clock: Clock
  /** How long keys are cached, and how often they are fetched. */
  readonly keyTimes: KeyTimes
  /** The store of snapshots, where there is one. */
  readonly keySnapshot: KeySnapshots | undefined
  /** The hook for key events; never throws. */
  readonly onKeys: (event: KeyEvent) => void
  /** The hosts that discovery may name for the keys. */
  readonly keyHosts: readonly string[]
  /** A random number, 0 to 1. */
  readonly random: () => number
  /**
   * Whether requests may wait for each other's promises. Workers cancel promises together with the
   * request that created them.
   */
  readonly shared: boolean
}
