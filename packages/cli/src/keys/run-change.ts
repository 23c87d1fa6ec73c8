/** Changes a key set in its file, or from standard input to standard output. */

import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { readInput } from '../io/input.ts'
import { print } from '../io/print.ts'
import { readKeySet, writeKeySet } from './document.ts'
import type { KeySet } from './document.ts'
import { maxBytes, replaceFile } from './key-file.ts'
import type { Change } from './report.ts'
import { report } from './report.ts'

/** Refuses to write the key set and the report to one stream. */
export function checkOutput(path: string, json: boolean): void {
  if (path === '-' && json) throw new CommandError('--json and - both write to standard output: name a file')
}

/** Reads a key set, changes it, writes it, and reports the change. */
export async function runChange(
  context: Context,
  path: string,
  json: boolean,
  change: (before: KeySet) => Promise<Omit<Change, 'before'>>,
): Promise<void> {
  checkOutput(path, json)
  const given = await readInput(context, path, { what: 'the key set', maxBytes })
  const before = readKeySet(given, path === '-' ? 'standard input' : escapeForLog(path))
  const { after, notes } = await change(before)
  const text = writeKeySet(after)
  if (path === '-') print(context, text)
  else await replaceFile(context, path, given, text)
  report(context, path, json, { before, after, notes })
}
