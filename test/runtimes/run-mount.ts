/** Runs the conformance suite on one mount, without a test runner: on every runtime. */

import type { Mount, World } from '@jobpass/testing/conformance'
import { conformanceCases, startConformance } from '@jobpass/testing/conformance'
import { skips } from '../adapters/skips.ts'

/** What became of the cases. */
export interface Outcome {
  readonly mount: string
  readonly passed: number
  readonly skipped: number
  /** What differs, for each case that failed. */
  readonly failed: readonly string[]
}

export async function runMount(mount: string, start: Mount, world: World): Promise<Outcome> {
  const suite = startConformance(start, world)
  const failed: string[] = []
  const cases = conformanceCases.filter(({ id }) => !(id in (skips[mount] ?? {})))
  for (const each of cases) await suite.run(each).catch((error: unknown) => failed.push(String(error)))
  await suite.close()
  return { mount, passed: cases.length - failed.length, skipped: conformanceCases.length - cases.length, failed }
}
