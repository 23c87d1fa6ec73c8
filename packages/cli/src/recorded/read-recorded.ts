/**
 * Reads recorded verdicts: JSON lines that `onVerdict` wrote. Of each line, only the job counts:
 * `workload`, as `JSON.stringify` writes it.
 */

import { isPlainObject } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { readInput } from '../io/input.ts'

/** The most that is read, in bytes. */
const maxBytes = 67_108_864

/** A recorded job. */
export interface RecordedJob {
  /** The line in the file, counted from 1. */
  readonly line: number
  /** The fields of the identity. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The claims of its token. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** The jobs of a file, without lines that have none, such as refusals of a token. */
export async function readRecorded(context: Context, path: string): Promise<readonly RecordedJob[]> {
  const text = await readInput(context, path, { what: 'the recorded verdicts', maxBytes })
  return text.split('\n').flatMap((given, index) => {
    if (given.trim() === '') return []
    const fields = parseLine(given, `${path}:${index + 1}`)['workload']
    if (fields === undefined) return []
    if (!isPlainObject(fields) || !isPlainObject(fields['claims']))
      throw new CommandError(`${path}:${index + 1}: workload is not an identity with its claims`)
    return [{ line: index + 1, fields, claims: fields['claims'] }]
  })
}

function parseLine(line: string, place: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new CommandError(`${place}: is not JSON: each line is one event of onVerdict`)
  }
  if (isPlainObject(value)) return value
  throw new CommandError(`${place}: is not a JSON object: each line is one event of onVerdict`)
}
