/** What the parts of a registry of publishers share. Types only. */

import type { PublisherStore } from '../model/store.ts'
import type { TrustedProvider } from './trusted-providers.ts'

/** The store, the CI systems, and the time. */
export interface Deps {
  /** Where publishers are kept. */
  readonly store: PublisherStore
  /** The CI systems by issuer. */
  readonly providers: ReadonlyMap<string, TrustedProvider>
  /** The time. */
  readonly now: () => Date
}
