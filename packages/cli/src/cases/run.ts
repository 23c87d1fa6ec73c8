/** `jobpass test`. */

import { watch } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { TestFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { CommandError, exitCodes } from '../io/exit.ts'
import { print, printJson, remark } from '../io/print.ts'
import { styleFor } from '../io/style.ts'
import { addSummary } from '../io/workflow-command.ts'
import { readPolicy } from '../policy/read-policy.ts'
import { coverageOf } from './coverage.ts'
import type { CaseReport } from './formats.ts'
import { asGitHub, asJson, asMarkdown, asText } from './formats.ts'
import { readCases } from './read-cases.ts'
import type { CaseResult } from './run-cases.ts'
import { runCase } from './run-cases.ts'

/** Runs the cases of policies. */
export async function runTest(this: Context, flags: TestFlags, ...given: readonly string[]): Promise<void> {
  const paths = given.length === 0 ? ['policy.test.yaml'] : given
  if (!flags.watch) return runOnce(this, flags, paths)
  await runAgain(this, flags, paths)
}

async function runOnce(context: Context, flags: TestFlags, paths: readonly string[]): Promise<void> {
  const reports: CaseReport[] = []
  for (const path of paths) reports.push(await runFile(context, path))
  if (flags.json || flags.format === 'json') printJson(context, asJson(reports))
  else if (flags.format === 'text')
    print(context, asText(reports, styleFor(context.process.stdout, context.process.env)))
  else {
    print(context, asGitHub(reports))
    await addSummary(context, asMarkdown(reports))
  }
  const failed = reports.some(
    ({ results, coverage }) =>
      results.some(({ passed }) => !passed) || (flags.requireCoverage && coverage.gaps.length > 0),
  )
  context.process.exitCode = failed ? exitCodes.no : exitCodes.ok
}

async function runFile(context: Context, path: string): Promise<CaseReport> {
  const file = await readCases(context, path)
  const policyPath = path === '-' ? file.policy : join(dirname(path), file.policy)
  const policy = await readPolicy(context, policyPath)
  const results: CaseResult[] = []
  for (const each of file.cases) results.push(await runCase(each, file, policy))
  return { file: path, policy: policyPath, results, coverage: coverageOf(policy, results) }
}

/** Runs again at each change in the folders of the files, until the process is stopped. */
async function runAgain(context: Context, flags: TestFlags, paths: readonly string[]): Promise<void> {
  if (paths.includes('-')) throw new CommandError('--watch takes files, not standard input')
  const run = async (): Promise<void> => {
    try {
      await runOnce(context, flags, paths)
    } catch (error) {
      // A file that is being edited is often incomplete.
      if (!(error instanceof CommandError)) throw error
      remark(context, error.message)
    }
    remark(context, 'Waiting for a change.')
  }
  let queue = run()
  let isWaiting = false
  for (const folder of new Set(paths.map((path) => resolve(context.cwd, dirname(path)))))
    watch(folder, (_, name) => {
      if (isWaiting || !/\.(?:ya?ml|json)$/.test(name ?? '')) return
      isWaiting = true
      queue = queue.then(() => {
        isWaiting = false
        return run()
      })
    })
  await new Promise(() => {})
}
