/** `jobpass doctor`. */

import type { DoctorFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../io/exit.ts'
import { print, printJson } from '../io/print.ts'
import type { Style } from '../io/style.ts'
import { reporting } from '../io/progress.ts'
import { styleFor } from '../io/style.ts'
import { checkAudience } from './audience.ts'
import type { Check } from './check.ts'
import { checkCopies } from './copies.ts'
import { checkNode } from './node.ts'
import { checkIssuers } from './online.ts'
import { checkPolicy } from './policy.ts'

/** Checks what a server needs, and prints a line for each check. */
export async function runDoctor(this: Context, flags: DoctorFlags): Promise<void> {
  const { audience = [], online, json } = flags
  const { policy, checks: ofPolicy } = await checkPolicy(this, flags.policy)
  const startable = policy !== undefined && ofPolicy.every(({ status }) => status === 'ok')
  const checks: readonly Check[] = [
    checkNode(process.versions.node),
    await checkCopies(this.cwd),
    ...ofPolicy,
    ...checkAudience(audience, policy),
    ...(online && startable
      ? await reporting(this, 'Asking the issuers', () => checkIssuers(this, policy))
      : [offline(online)]),
  ]
  const broken = checks.filter(({ status }) => status === 'problem' || status === 'unreachable')
  if (json) printJson(this, { healthy: broken.length === 0, checks })
  else {
    const style = styleFor(this.process.stdout, this.process.env)
    print(this, checks.map((check) => lineOf(check, style)).join('\n'))
  }
  this.process.exitCode = exitCodeOf(broken)
}

function offline(online: boolean): Check {
  return online
    ? {
        name: 'keys',
        status: 'skipped',
        text: 'no issuer is known without a valid policy',
        fix: 'name one with --policy',
      }
    : { name: 'keys', status: 'skipped', text: 'nothing was fetched', fix: '--online asks the issuers' }
}

const marks = { ok: '✓', problem: '✗', unreachable: '✗', skipped: '–' } as const

function lineOf({ name, status, text, fix }: Check, style: Style): string {
  const paint = { ok: style.good, problem: style.bad, unreachable: style.bad, skipped: style.dim }[status]
  return `${paint(marks[status])} ${name.padEnd(8)} ${text}${fix === undefined ? '' : ` → ${fix}`}`
}

/** A problem that can be mended here counts before an issuer that does not answer. */
function exitCodeOf(broken: readonly Check[]): number {
  if (broken.length === 0) return exitCodes.ok
  return broken.every(({ status }) => status === 'unreachable') ? exitCodes.outage : exitCodes.no
}
