/** `jobpass whoami`. */

import { suggestionNotes, suggestRule } from '@jobpass/core'
import type { RefusalCode } from '@jobpass/core'
import type { WhoamiFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { identify } from '../explain/identify.ts'
import { CommandError, exitCodes } from '../io/exit.ts'
import { print, printJson } from '../io/print.ts'
import { reporting } from '../io/progress.ts'
import { styleFor } from '../io/style.ts'
import { readToken } from './read-token.ts'
import type { Portrait } from './render.ts'
import { asText, identityOf } from './render.ts'
import { verifyToken } from './verify.ts'

/** Prints the identity of a job as an API sees it, and the tightest rule for it. */
export async function runWhoami(this: Context, flags: WhoamiFlags): Promise<void> {
  const evidence = await readToken(this, flags)
  const { claims, iss, provider } = evidence
  const workload = await identify(claims, iss, provider)
  if (workload === undefined)
    throw new CommandError(
      `an API that trusts ${provider.title} refuses such a token; jobpass explain says why`,
      exitCodes.no,
    )
  const code = flags.verify ? await reporting(this, 'Asking the issuer', () => verifyToken(this, evidence)) : undefined
  const portrait: Portrait = {
    platform: provider.id,
    title: provider.title,
    verified: flags.verify && code === undefined,
    code,
    identity: identityOf(workload, claims),
    suggestion: suggestRule(workload),
    notes: suggestionNotes(workload),
  }
  if (flags.json) {
    const { title: _, ...json } = portrait
    printJson(this, json)
  } else print(this, asText(portrait, styleFor(this.process.stdout, this.process.env)))
  this.process.exitCode = exitCodeOf(code)
}

function exitCodeOf(code: RefusalCode | undefined): number {
  if (code === undefined) return exitCodes.ok
  return code === 'issuer_unavailable' ? exitCodes.outage : exitCodes.no
}
