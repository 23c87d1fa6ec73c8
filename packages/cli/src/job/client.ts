/** The client of the job in which the program runs. */

import type { Client } from '@jobpass/client'
import { createClient, NotInCiError, RefusedError, TokenUnavailableError } from '@jobpass/client'
import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { CommandError, exitCodes } from '../io/exit.ts'
import { remark } from '../io/print.ts'

/**
 * Makes the client. The line by which a runner learns to hide the token goes to standard error,
 * which runners read as well: standard output may be what a script captures.
 */
export function jobClient(context: Context): Client {
  return createClient({ env: context.process.env, fetch: context.fetch, print: (line) => remark(context, line) })
}

/** Runs what asks for a token. Throws its error as one that ends the command. */
export async function asCommand<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = exitCodeOf(error)
    if (code === undefined) throw error
    throw new CommandError(escapeForLog((error as Error).message), code)
  }
}

/** The exit code for an error; `undefined` for a fault of the program. */
function exitCodeOf(error: unknown): number | undefined {
  if (error instanceof NotInCiError) return exitCodes.usage
  if (error instanceof RefusedError)
    return error.status === 429 || error.status >= 500 ? exitCodes.outage : exitCodes.no
  if (error instanceof TokenUnavailableError) return mayPass(error.cause) ? exitCodes.outage : exitCodes.usage
  if (mayPass(error)) return exitCodes.outage
  return error instanceof TypeError ? exitCodes.usage : undefined
}

/** Whether the same request may succeed later. The client marks such an error as temporary. */
function mayPass(error: unknown): boolean {
  if (error instanceof DOMException) return error.name === 'TimeoutError'
  return error instanceof Error && 'temporary' in error && error.temporary === true
}
