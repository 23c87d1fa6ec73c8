/** The files that `jobpass init` writes. */

import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Context } from '../context.ts'
import { exists } from '../io/exists.ts'
import { CommandError } from '../io/exit.ts'
import { toYaml } from '../io/yaml.ts'
import type { Answers } from './answers.ts'
import type { InitPlatform } from './platforms.ts'

/** A file to write. */
export interface NewFile {
  /** Its name. */
  readonly name: string
  /** Its text. */
  readonly text: string
}

/** The policy, and its test. */
export function filesFor(answers: Answers, platform: InitPlatform): readonly [policy: NewFile, test: NewFile] {
  return [
    { name: 'policy.yaml', text: policyText(answers, platform) },
    { name: 'policy.test.yaml', text: testText(answers, platform) },
  ]
}

function policyText(answers: Answers, { rule, advice }: InitPlatform): string {
  const { platform, branch } = answers
  return [
    '# yaml-language-server: $schema=./node_modules/@jobpass/policy/policy.schema.json',
    `# ${advice(answers)}`,
    toYaml({ rules: { deploy: { provider: platform, ...rule(answers), branch } } }),
  ].join('\n')
}

function testText(answers: Answers, { rule, claims, refused }: InitPlatform): string {
  const { platform: provider, branch, audience } = answers
  const { refProtected: _, ...facts } = rule(answers)
  const { repository: __, ...elsewhere } = facts
  const job = (trigger: string, given: object): object => ({ provider, trigger, claims: given })
  const cases = [
    [`the branch ${branch} may deploy`, job('push', { ...facts, ...claims, branch }), 'allow'],
    ['another branch may not', job('push', { ...facts, ...claims, branch: `not-${branch}` }), 'workload_forbidden'],
    [`${refused.what} may not`, job(refused.trigger, refused.elsewhere ? elsewhere : facts), 'workload_forbidden'],
  ].map(([name, each, expect]) => ({ name, set: 'deploy', job: each, expect }))
  return `# Run by: npx jobpass test\n${toYaml({ policy: 'policy.yaml', audience, cases })}`
}

/** Writes the files, or none where one of them exists. */
export async function writeFiles(context: Context, files: readonly NewFile[], force: boolean): Promise<void> {
  for (const { name } of force ? [] : files) if (await exists(context, name)) throw inTheWay(name)
  for (const { name, text } of files) {
    try {
      await writeFile(resolve(context.cwd, name), text, { flag: force ? 'w' : 'wx' })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw code === 'EEXIST' ? inTheWay(name) : new CommandError(`${name}: cannot be written (${code})`)
    }
  }
}

function inTheWay(name: string): CommandError {
  return new CommandError(`${name} exists, and stays as it is; --force overwrites it`)
}
