/** Measures subjects alternately, in many short rounds. */

/** Something to measure. */
export interface Subject {
  readonly name: string
  /** Milliseconds for this many calls. Inputs are made before, and not counted. */
  readonly batch: (calls: number) => number | Promise<number>
}

/** A subject with synchronous calls. */
export function timed<I>(name: string, input: () => I, call: (input: I) => unknown): Subject {
  return {
    name,
    batch: (calls) => {
      const inputs = Array.from({ length: calls }, input)
      collect()
      const start = performance.now()
      for (const each of inputs) call(each)
      return performance.now() - start
    },
  }
}

/** A subject with calls that may return a promise; the next call starts once it is settled. */
export function settled<I>(name: string, input: () => I, call: (input: I) => unknown): Subject {
  return {
    name,
    batch: async (calls) => {
      const inputs = Array.from({ length: calls }, input)
      collect()
      const start = performance.now()
      for (const each of inputs) {
        const outcome = call(each)
        if (outcome instanceof Promise) await outcome
      }
      return performance.now() - start
    },
  }
}

/** Collects the garbage of making inputs, so that no subject pays for it. */
function collect(): void {
  ;(globalThis as { gc?: (options: object) => void }).gc?.({ type: 'minor' })
}

export interface Rounds {
  readonly rounds: number
  /** Approximate milliseconds per subject and round. */
  readonly moment: number
  /** Milliseconds that each subject runs before the first round. */
  readonly warming: number
}

/** Returns the microseconds per call of every subject in every round. */
export async function interleave(
  subjects: readonly Subject[],
  { rounds, moment, warming }: Rounds,
): Promise<ReadonlyMap<Subject, readonly number[]>> {
  const calls = new Map<Subject, number>()
  for (const subject of subjects) calls.set(subject, await warm(subject, moment, warming))
  const readings = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]))
  for (let round = -1; round < rounds; round++) {
    // Alternating order, so that no subject always follows the same one.
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const count = calls.get(subject) ?? 1
      const took = await subject.batch(count)
      if (round >= 0) readings.get(subject)?.push((took * 1000) / count)
    }
  }
  return readings
}

/** Warms a subject up, and finds how many calls fill a moment. */
async function warm(subject: Subject, moment: number, warming: number): Promise<number> {
  const most = 20_000
  // The first call pays for one-time setup.
  await subject.batch(1)
  let calls = 1
  for (let spent = 0; ;) {
    const took = await subject.batch(calls)
    spent += took
    const filled = took >= moment / 2 || calls >= most
    if (filled && spent >= warming) return Math.max(1, Math.min(most, Math.round((calls * moment) / took)))
    if (!filled) calls *= took < moment / 20 ? 8 : 2
  }
}
