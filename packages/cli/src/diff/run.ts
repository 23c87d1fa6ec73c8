/** `jobpass diff`. */

import type { DiffFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../io/exit.ts'
import { print, printJson } from '../io/print.ts'
import { styleFor } from '../io/style.ts'
import { readPolicy } from '../policy/read-policy.ts'
import { readRecorded } from '../recorded/read-recorded.ts'
import { comparePolicies } from './compare.ts'
import { asJson, asMarkdown, asText } from './formats.ts'
import { replay } from './replay.ts'

/** Compares two policies. */
export async function runDiff(this: Context, flags: DiffFlags, before: string, after: string): Promise<void> {
  const [old, now] = [await readPolicy(this, before), await readPolicy(this, after)]
  const changes = await comparePolicies(old, now)
  const recorded = flags.recorded === undefined ? [] : await readRecorded(this, flags.recorded)
  const replayed = await replay(recorded, old, now)
  const report = { before, after, changes, replayed }
  if (flags.json || flags.format === 'json') printJson(this, asJson(report))
  else if (flags.format === 'markdown') print(this, asMarkdown(report))
  else print(this, asText(report, styleFor(this.process.stdout, this.process.env)))
  this.process.exitCode = changes.length + replayed.length > 0 ? exitCodes.no : exitCodes.ok
}
