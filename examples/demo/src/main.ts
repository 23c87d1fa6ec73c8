/**
 * `demo`: prints which calls are admitted, and fails if one has an unexpected result. `--serve`
 * keeps the APIs running until Ctrl-C.
 */

import pc from 'picocolors'
import { startApis } from './apis.ts'
import { calls } from './calls.ts'
import { startIssuers } from './issuers.ts'
import { asExpected, runCalls } from './run.ts'
import { renderCurls } from './serve.ts'
import { renderSummary, renderTables } from './table.ts'

// Colours for terminals only: picocolors also colours files and pipes if `CI` is set.
const color = process.stdout.isTTY ? pc : pc.createColors(false)

const issuers = await startIssuers()
const apis = await startApis(issuers)
const outcomes = await runCalls(calls, apis, issuers.jobs)

console.log(`
${color.bold('jobpass')}: CI jobs call three APIs, and no secret is involved. All of it runs on this machine.
Every job gets its token with @jobpass/client, as on GitHub Actions, GitLab CI and CircleCI.
${color.green('✓')} admitted   ${color.yellow('✗')} refused


${renderTables(outcomes, apis, color)}


${renderSummary(outcomes, color)}
`)
if (!outcomes.every(asExpected)) process.exitCode = 1

if (process.argv.includes('--serve')) {
  console.log(await renderCurls(apis, issuers.jobs, color))
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve))
}
await apis.close()
await issuers.close()
