/** Reads a token: from standard input or a variable, never from an argument. */

import type { Context } from '../context.ts'
import { CommandError } from './exit.ts'
import { readStdin } from './input.ts'

/** The longest text that is read for a token, in bytes: more than any server takes. */
export const maxTokenBytes = 262_144

/** The text of a token: from a variable if one is named, else from standard input. */
export async function readToken(context: Context, variable: string | undefined, what: string): Promise<string> {
  if (variable === undefined) return readStdin(context, { what, maxBytes: maxTokenBytes })
  const text = context.process.env[variable]
  if (text === undefined || text === '') throw new CommandError(`the variable ${variable} is not set`)
  return text
}
