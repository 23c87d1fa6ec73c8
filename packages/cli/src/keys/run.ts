/** `jobpass keys new`, `rotate` and `retire`. */

import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { readInput } from '../io/input.ts'
import { print } from '../io/print.ts'
import { newKeySet, replaced, rotated } from './change.ts'
import { readKeySet, writeKeySet } from './document.ts'
import type { KeySet } from './document.ts'
import type { NewFlags, RetireFlags, RotateFlags } from './flags.ts'
import { createFile, maxBytes, replaceFile } from './key-file.ts'
import type { Change } from './report.ts'
import { report } from './report.ts'

/** Writes a key set with one key. */
export async function runNew(this: Context, { algorithm, json }: NewFlags, path: string): Promise<void> {
  checkOutput(path, json)
  const after = await newKeySet(algorithm)
  const text = writeKeySet(after)
  if (path === '-') print(this, text)
  else await createFile(this, path, text)
  report(this, path, json, { before: undefined, after, notes: [] })
}

/** Adds the next key. */
export async function runRotate(this: Context, flags: RotateFlags, path: string): Promise<void> {
  const { algorithm, json, in: wait } = flags
  await change(this, path, json, async (before, now) => ({
    after: await rotated(before, { now, from: now + wait, algorithm }),
    notes: [],
  }))
}

const consequences = [
  'Tokens of the keys before are refused within 16 minutes: processes read the keys once a minute, and verifiers keep them for 15.',
  'The new key may be new to verifiers: until then, they can refuse its tokens as well.',
  'A process that cannot read the new keys goes on with those before: restart it.',
]

/** Replaces a key set that was stolen. */
export async function runRetire(this: Context, { json }: RetireFlags, path: string): Promise<void> {
  await change(this, path, json, async (before, now) => ({ after: await replaced(before, now), notes: consequences }))
}

/** Changes a key set in its file, or from standard input to standard output. */
async function change(
  context: Context,
  path: string,
  json: boolean,
  make: (before: KeySet, now: number) => Promise<Omit<Change, 'before'>>,
): Promise<void> {
  checkOutput(path, json)
  const given = await readInput(context, path, { what: 'the key set', maxBytes })
  const before = readKeySet(given, path === '-' ? 'standard input' : escapeForLog(path))
  const { after, notes } = await make(before, Math.floor(context.now() / 1000))
  const text = writeKeySet(after)
  if (path === '-') print(context, text)
  else await replaceFile(context, path, given, text)
  report(context, path, json, { before, after, notes })
}

/** Refuses to write the key set and the report to one stream. */
function checkOutput(path: string, json: boolean): void {
  if (path === '-' && json) throw new CommandError('--json and - both write to standard output: name a file')
}
