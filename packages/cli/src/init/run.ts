/** `jobpass init`. */

import type { InitFlags } from './flags.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../io/exit.ts'
import { print } from '../io/print.ts'
import { styleFor } from '../io/style.ts'
import { parsePolicyText } from '../policy/read-policy.ts'
import { startProblem } from '../policy/start-problem.ts'
import { complete } from './complete.ts'
import { filesFor, writeFiles } from './files.ts'
import { apiLines } from './frameworks.ts'
import type { InitPlatform } from './platforms.ts'
import { initPlatforms } from './platforms.ts'

/** Writes a policy and its test, and prints the lines for the API and the job. */
export async function runInit(this: Context, { yes, force, ...flags }: InitFlags): Promise<void> {
  const answers = await complete(this, flags, yes)
  const platform = initPlatforms[answers.platform] as InitPlatform
  const [policy, test] = filesFor(answers, platform)
  const problem = startProblem(parsePolicyText({ path: policy.name, text: policy.text, format: 'yaml' }).policy, [
    answers.audience,
  ])
  if (problem !== undefined) throw new CommandError(`--audience: ${problem}`)
  await writeFiles(this, [policy, test], force)
  const style = styleFor(this.process.stdout, this.process.env)
  const { file, text } = platform.job
  const lines = [
    style.good(`Wrote ${policy.name} and ${test.name}.`),
    '',
    style.bold(`Into the API, after npm install @jobpass/${answers.framework} @jobpass/policy:`),
    '',
    apiLines(answers, platform),
    '',
    style.bold(`Into ${file}:`),
    '',
    text(answers).trimEnd(),
    '',
    style.dim('Then: npx jobpass test, and npx jobpass dev to call the API from this machine.'),
  ]
  print(this, lines.join('\n'))
}
