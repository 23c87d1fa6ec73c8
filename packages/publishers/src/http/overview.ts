/** What both endpoints show of a project. */

import type { Managed, Publisher, PublisherChange } from '../model/publisher.ts'
import type { PublisherRecord } from '../model/record.ts'
import type { Publishers } from '../trust/publishers.ts'

/** Publishers of a project, and what happened to them. */
export interface Overview {
  /** Its publishers. */
  readonly publishers: readonly Publisher[]
  /** The last uses. */
  readonly uses: readonly PublisherRecord[]
  /** The last refusals. */
  readonly refusals: readonly PublisherRecord[]
  /** The last changes. */
  readonly changes: readonly PublisherChange[]
}

/** Reads them one after another, so that a visit takes one connection. */
export async function readOverview(publishers: Publishers, managed: Managed): Promise<Overview> {
  return {
    publishers: await publishers.list(managed),
    uses: await publishers.records(managed, 'used'),
    refusals: await publishers.records(managed, 'refused'),
    changes: await publishers.changes(managed),
  }
}
