/** One process of the part, under any version of Node: `run.ts [quick]`. Sends its readings. */

import { argv } from 'node:process'
import { interleave } from '../measure/interleave.ts'
import { mintMany } from '../mint.ts'
import { algorithms, makeKey } from '../tokens.ts'
import { withNeighbour } from './neighbour.ts'
import { firstSight } from './subjects.ts'

/** Microseconds per call and round of one algorithm, by subject. */
export interface Readings {
  readonly algorithm: string
  readonly names: readonly string[]
  readonly quiet: readonly (readonly number[])[]
  readonly busy: readonly (readonly number[])[]
}

const quick = argv[2] === 'quick'
const all: Readings[] = []
for (const algorithm of algorithms) {
  const key = makeKey(algorithm)
  const subjects = await firstSight(key, mintMany(key, 2000))
  const quiet = await interleave(
    subjects,
    quick ? { rounds: 4, moment: 1, warming: 5 } : { rounds: 60, moment: 4, warming: 300 },
  )
  const busy = await withNeighbour(
    subjects,
    quick ? { rounds: 3, calls: 3, warming: 50 } : { rounds: 60, calls: 12, warming: 3000 },
  )
  const lists = (of: typeof quiet): readonly (readonly number[])[] => subjects.map((subject) => of.get(subject) ?? [])
  all.push({ algorithm, names: subjects.map(({ name }) => name), quiet: lists(quiet), busy: lists(busy) })
}
process.send?.(all)
