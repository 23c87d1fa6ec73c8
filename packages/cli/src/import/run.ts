/** `jobpass import`. */

import { importPolicy, policyText } from '@jobpass/import'
import type { ImportFinding, ImportSource } from '@jobpass/import'
import { escapeForLog } from '@jobpass/core/internal'
import type { ImportFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../io/exit.ts'
import { readInput } from '../io/input.ts'
import { print, printJson, remark } from '../io/print.ts'
import type { Style } from '../io/style.ts'
import { styleFor } from '../io/style.ts'
import { asUsage } from '../io/usage.ts'

/** The longest policy that is read, in bytes: twice what any of the systems takes. */
const maxBytes = 1_048_576

/** Imports a policy. */
export async function runImport(this: Context, flags: ImportFlags, source: ImportSource, path: string): Promise<void> {
  const text = await readInput(this, path, { what: 'the policy', maxBytes })
  const { issuer, platform, set } = flags
  const options = {
    ...(issuer !== undefined && { issuer }),
    ...(platform !== undefined && { provider: platform }),
    ...(set !== undefined && { set }),
  }
  const imported = asUsage(() => importPolicy(source, text, options))
  const refused = imported.findings.filter(({ level }) => level === 'refused')
  if (flags.json) printJson(this, imported)
  else {
    if (imported.policy !== undefined) print(this, policyText(imported))
    const style = styleFor(this.process.stderr, this.process.env)
    for (const finding of refused) remark(this, describe(finding, style))
  }
  this.process.exitCode = refused.length > 0 || imported.policy === undefined ? exitCodes.no : exitCodes.ok
}

function describe({ where, message, fix }: ImportFinding, style: Style): string {
  return `${style.bad('not translated')} ${escapeForLog(where)}: ${escapeForLog(`${message} ${fix}`)}`
}
