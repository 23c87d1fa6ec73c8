/** `jobpass keys new`. */

import type { Context } from '../context.ts'
import { print } from '../io/print.ts'
import { newKeySet } from './change.ts'
import { writeKeySet } from './document.ts'
import type { NewFlags } from './flags.ts'
import { createFile } from './key-file.ts'
import { report } from './report.ts'
import { checkOutput } from './run-change.ts'

/** Writes a key set with one key. */
export async function runNew(this: Context, { algorithm, json }: NewFlags, path: string): Promise<void> {
  checkOutput(path, json)
  const after = await newKeySet(algorithm)
  const text = writeKeySet(after)
  if (path === '-') print(this, text)
  else await createFile(this, path, text)
  report(this, path, json, { before: undefined, after, notes: [] })
}
