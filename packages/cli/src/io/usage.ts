/** Mistakes of the user that a library finds. */

import { CommandError } from './exit.ts'

/**
 * Does work whose `TypeError` says what the user has to write, as for the options of a verifier.
 * Any other `TypeError` is a fault of the program, and comes with its stack.
 */
export function asUsage<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof TypeError ? new CommandError(error.message) : error
  }
}
