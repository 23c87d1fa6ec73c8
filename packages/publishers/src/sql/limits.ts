/** How many publishers a project and an account may have. */

import { formatValue } from '@jobpass/core/internal'

/** The limits, which are options of the store. */
export type PublisherLimits = Readonly<Record<'maxPublishers' | 'maxPending' | 'maxPendingOfAccount', number>>

/** The default of each limit, and the most that it may be. */
const ranges: Readonly<Record<keyof PublisherLimits, readonly [normal: number, most: number]>> = {
  maxPublishers: [100, 500],
  maxPending: [20, 100],
  maxPendingOfAccount: [50, 500],
}

/**
 * Checks the limits, and adds the defaults.
 *
 * @throws {TypeError} that says what to write.
 */
export function readLimits(given: Partial<PublisherLimits>): PublisherLimits {
  const read = Object.entries(ranges).map(([name, [normal, most]]) => {
    const value: unknown = given[name as keyof PublisherLimits] ?? normal
    if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most) return [name, value]
    throw new TypeError(
      `postgresPublishers(): ${name} must be a whole number from 1 to ${most}, not ${formatValue(value)}`,
    )
  })
  return Object.fromEntries(read) as PublisherLimits
}
