/** `jobpass token`. */

import type { TokenFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { print, printJson } from '../io/print.ts'
import { reporting } from '../io/progress.ts'
import { asCommand, jobClient } from '../job/client.ts'

/** What is known of a token that was given. */
interface Given {
  /** The token. */
  readonly token: string
  /** Seconds since 1970. */
  readonly expiresAt: number
  /** The platform of a CI token. */
  readonly platform?: string
}

/** Prints the token of this job, or the service token that it is exchanged for. */
export async function runToken(this: Context, flags: TokenFlags): Promise<void> {
  if (flags.exchange === undefined && (flags.scope !== undefined || flags.insecureLoopback))
    throw new CommandError('--scope and --insecure-loopback belong to --exchange')
  const given = await asCommand(() => reporting(this, 'Asking for a token', () => getGiven(this, flags)))
  if (flags.json) printJson(this, given)
  else print(this, given.token)
}

async function getGiven(context: Context, flags: TokenFlags): Promise<Given> {
  const { audience, exchange: url, scope, insecureLoopback } = flags
  const client = jobClient(context)
  if (url === undefined) {
    const { token, expiresAt, provider } = await client.getToken({ audience })
    return { token, expiresAt, platform: provider }
  }
  const exchange = { url, ...(scope !== undefined && { scope }) }
  const { token, expiresAt } = await client.getServiceToken({ audience, exchange, insecureLoopback })
  return { token, expiresAt }
}
