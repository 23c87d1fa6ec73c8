/**
 * Measures single calls on a busy machine: before each, this processor reads and writes 8 MB, and
 * a thread on another one does so all the time. What a call needs is then in no fast cache.
 */

import { Worker } from 'node:worker_threads'
import type { Subject } from '../measure/interleave.ts'
import { spreadOf } from '../measure/stats.ts'

const bytes = 8 << 20
const neighbour = `const memory = new Float64Array(${bytes} / 8); for (;;) for (let at = 0; at < memory.length; at += 8) memory[at]++`

/** Returns the microseconds per call of every subject in every round. */
export async function withNeighbour(
  subjects: readonly Subject[],
  { rounds, calls, warming }: { readonly rounds: number; readonly calls: number; readonly warming: number },
): Promise<ReadonlyMap<Subject, readonly number[]>> {
  for (const { batch } of subjects) await batch(warming)
  const worker = new Worker(neighbour, { eval: true })
  const memory = new Float64Array(bytes / 8)
  const readings = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]))
  for (let round = -2; round < rounds; round++) {
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const times: number[] = []
      for (let call = 0; call < calls; call++) {
        for (let at = 0; at < memory.length; at += 8) memory[at] = (memory[at] ?? 0) + 1
        times.push(await subject.batch(1))
      }
      if (round >= 0) readings.get(subject)?.push(spreadOf(times).median * 1000)
    }
  }
  await worker.terminate()
  return readings
}
