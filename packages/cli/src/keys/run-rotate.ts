/** `jobpass keys rotate`. */

import type { Context } from '../context.ts'
import { rotated } from './change.ts'
import type { RotateFlags } from './flags.ts'
import { runChange } from './run-change.ts'

/** Adds the next key. */
export async function runRotate(this: Context, flags: RotateFlags, path: string): Promise<void> {
  const { algorithm, json, in: wait } = flags
  await runChange(this, path, json, async (before) => {
    const now = Math.floor(this.now() / 1000)
    return { after: await rotated(before, { now, from: now + wait, algorithm }), notes: [] }
  })
}
