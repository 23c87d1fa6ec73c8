/** `jobpass lint`. */

import type { LintFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { exitCodes } from '../io/exit.ts'
import { print, printJson, remark } from '../io/print.ts'
import { styleFor } from '../io/style.ts'
import { addSummary } from '../io/workflow-command.ts'
import { readPolicyText } from '../policy/read-policy.ts'
import { version } from '../version.ts'
import { asGitHub, asJson, asMarkdown, asSarif, asText } from './formats.ts'
import { lintFile, readRules } from './lint-file.ts'
import { fixNames, lintNames, nameSources } from './look-up.ts'
import type { FileReport } from './report.ts'

const levels = ['error', 'warning', 'advice'] as const

/** Lints policy files. */
export async function runLint(this: Context, flags: LintFlags, ...given: readonly string[]): Promise<void> {
  const { trust, audience = [], strict, failOn } = flags
  const options = { trust, audience }
  const sources = await nameSources(this, flags)
  const reports: FileReport[] = []
  for (const path of given.length === 0 ? ['policy.yaml'] : given) {
    const read = readRules(await readPolicyText(this, path), strict)
    const fixed = flags.fix && 'policy' in read ? await fixNames(this, read, sources) : undefined
    if (fixed !== undefined) remark(this, `${path}: wrote the ids of its names`)
    const file = fixed === undefined ? read : readRules(fixed, strict)
    const findings = 'policy' in file ? lintFile(file, options, await lintNames(file, sources)) : file.faults
    reports.push({ file: path, findings })
  }
  await report(this, reports, flags)
  const failing = new Set(levels.slice(0, levels.indexOf(failOn) + 1))
  const failed = reports.some(({ findings }) =>
    findings.some(({ level, suppressed }) => suppressed === undefined && failing.has(level)),
  )
  this.process.exitCode = failed ? exitCodes.no : exitCodes.ok
}

async function report(context: Context, reports: readonly FileReport[], { format, json }: LintFlags): Promise<void> {
  if (json || format === 'json') printJson(context, asJson(reports))
  else if (format === 'sarif') print(context, await asSarif(reports, version))
  else if (format === 'text') print(context, asText(reports, styleFor(context.process.stdout, context.process.env)))
  else {
    print(context, asGitHub(reports))
    await addSummary(context, asMarkdown(reports))
  }
}
