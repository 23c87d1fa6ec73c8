/** `jobpass schema`. */

import { escapeForLog } from '@jobpass/core/internal'
import { policySchema } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { printJson } from '../io/print.ts'
import { schemas } from './index.ts'

/** Prints the schema of policies, or that of the output of a command. */
export async function runSchema(this: Context, _flags: object, command?: string): Promise<void> {
  if (command === undefined) return printJson(this, policySchema(providers))
  if (!Object.hasOwn(schemas, command))
    throw new CommandError(`there is no schema of ${escapeForLog(command)}; known: ${Object.keys(schemas).join(', ')}`)
  printJson(this, schemas[command])
}
