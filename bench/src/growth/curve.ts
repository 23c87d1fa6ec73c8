/** Cost as a function of one number. */

import type { Rounds, Subject } from '../measure/interleave.ts'
import { interleave } from '../measure/interleave.ts'
import { spreadOf } from '../measure/stats.ts'
import { plot } from '../report/plot.ts'
import { figure, range, table } from '../report/table.ts'

export interface Curve {
  readonly table: string
  readonly svg: string
}

/**
 * Measures the sizes in order, so that each may build on the previous one. Every size has the same
 * subjects in the same order.
 */
export async function curve(
  titles: { readonly title: string; readonly x: string },
  sizes: readonly number[],
  make: (size: number) => readonly Subject[] | Promise<readonly Subject[]>,
  rounds: Rounds,
): Promise<Curve> {
  const columns: { readonly name: string; readonly readings: (readonly number[])[] }[] = []
  for (const size of sizes) {
    const subjects = await make(size)
    const readings = await interleave(subjects, rounds)
    subjects.forEach((subject, index) => {
      columns[index] ??= { name: subject.name, readings: [] }
      columns[index].readings.push(readings.get(subject) ?? [])
    })
  }
  const lines = columns.map(({ name, readings }) => ({
    name,
    points: readings.map((each, index): [number, number] => [sizes[index] ?? 1, spreadOf(each).median]),
  }))
  const rows = columns.map(({ name, readings }) => {
    const first = spreadOf(readings[0] ?? []).median
    const cells = readings.map((each) => {
      const spread = spreadOf(each)
      return `${figure(spread.median / first)}; ${figure(spread.median)} µs (${range(spread)})`
    })
    return [name, ...cells]
  })
  return {
    table: table([`× ${titles.x} = ${sizes[0]}`, ...sizes.map((size) => size.toLocaleString('en'))], rows),
    svg: plot({ ...titles, y: 'µs per request', lines }),
  }
}
