/** Formats readings as a table: ratios first, then absolute medians. */

import type { Subject } from '../measure/interleave.ts'
import { ratios, spreadOf } from '../measure/stats.ts'
import { figure, range, table } from '../report/table.ts'

export type Readings = ReadonlyMap<Subject, readonly number[]>

/** Compares every subject with a base. */
export function comparison(readings: Readings, base: Subject, subjects: readonly Subject[]): string {
  const against = readings.get(base) ?? []
  const rows = subjects.map((subject) => {
    const own = readings.get(subject) ?? []
    const ratio = spreadOf(ratios(own, against))
    const { median } = spreadOf(own)
    return [subject.name, figure(ratio.median), range(ratio), figure(median), figure(1e6 / median)]
  })
  return table(['', `× ${base.name}`, 'p10–p90', 'µs', 'per second'], rows)
}
