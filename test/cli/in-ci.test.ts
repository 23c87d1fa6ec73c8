// docs/guides/policies-in-ci.md: the workflow and the hooks of the page are run as they are
// written, with the program of this repository in place of the one that npx downloads.

import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { blocksOf } from '../documentation/pages.ts'
import type { Program } from './program.ts'
import { bundleProgram } from './program.ts'

const blocks = blocksOf('docs/guides/policies-in-ci.md')
const block = (text: string): string => blocks.find(({ code }) => code.includes(text))?.code ?? ''

interface Workflow {
  readonly jobs: { readonly check: { readonly steps: readonly { readonly run?: string; readonly env?: object }[] } }
}
const steps = (parse(block('pull_request:')) as Workflow).jobs.check.steps.flatMap(({ run }) => run ?? [])

const rule = "    provider: github-actions\n    repositoryId: '74205118'\n"
let program: Program
let base: string

function shell(
  command: string,
  env: Readonly<Record<string, string>> = {},
): { out: string; err: string; code: number | null } {
  const { PATH = '' } = process.env
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['-eo', 'pipefail', '-c', command.replaceAll('@<version>', '')],
    {
      cwd: program.folder,
      env: {
        PATH: `${program.folder}/bin:${PATH}`,
        HOME: program.folder,
        RUNNER_TEMP: join(program.folder, 'temp'),
        ...env,
      },
      encoding: 'utf8',
    },
  )
  return { out: stdout, err: stderr, code: status }
}

beforeAll(async () => {
  program = await bundleProgram()
  // npx --yes jobpass@1.2.3 lint, or npx jobpass lint
  program.write(
    'bin/npx',
    `#!/bin/sh\n[ "$1" = --yes ] && shift\nshift\nexec '${process.execPath}' '${program.file}' "$@"\n`,
  )
  // https://cli.github.com/manual/gh_pr_comment
  program.write('bin/gh', '#!/bin/sh\necho "$*" > gh-arguments\ncat "$5" > comment.md\n')
  for (const name of ['npx', 'gh']) chmodSync(join(program.folder, 'bin', name), 0o755)
  program.write('temp/.keep', '')
  program.write('policy.yaml', `rules:\n  deploy:\n${rule}    branch: main\n`)
  program.write(
    'policy.test.yaml',
    'audience: https://api.acme.dev\ncases:\n  - name: main may deploy\n    job: { provider: github-actions, claims: { branch: main } }\n    expect: allow\n',
  )
  const git = 'git -c user.name=a -c user.email=a@example.com'
  expect(shell(`git init -q . && git add policy*.yaml && ${git} commit -qm base`).code).toBe(0)
  base = shell('git rev-parse HEAD').out.trim()
  program.write('policy.yaml', `rules:\n  deploy:\n${rule}`)
})
afterAll(() => program.remove())

test('the workflow lints, tests and comments on a pull request that widens a policy', () => {
  const summary = program.write('summary.md', '')
  const env = { BASE: base, PULL: '7', GH_TOKEN: 'x', GITHUB_STEP_SUMMARY: summary }
  const [lint = '', cases = '', diff = ''] = steps
  expect(steps).toHaveLength(3)

  const linted = shell(lint, env)
  expect(linted.code).toBe(1)
  expect(linted.out).toMatch(/^::warning file=policy\.yaml,line=3,col=5,title=L010 Any branch%2C any tag::/)
  const tested = shell(cases, env)
  expect(tested.code).toBe(0)
  expect(tested.out).toContain('::notice file=policy.yaml,')
  expect(shell(diff, env)).toMatchObject({ code: 0, err: '' })
  expect(readFileSync(join(program.folder, 'gh-arguments'), 'utf8')).toMatch(
    /^pr comment 7 --body-file \S+ --edit-last --create-if-none\n$/,
  )
  expect(readFileSync(join(program.folder, 'comment.md'), 'utf8')).toMatch(
    /^\*\*jobpass diff\*\*: access changes\n[^]*\| Gains access \| deploy \|/,
  )
  const page = readFileSync(summary, 'utf8')
  for (const part of [
    '**jobpass lint**: 1 warning in 1 file',
    '**jobpass test** policy.test.yaml: 1 case, 0 failed',
    'Gains access',
  ])
    expect(page).toContain(part)
})

test('the hook lets a commit pass without a policy, and stops one with a finding', () => {
  const hook = block('git diff --cached')
  expect(shell(hook).code).toBe(0)
  expect(shell(`git add policy.yaml && ${hook.replace('#!/bin/sh\n', '')}`).code).toBe(1)
})
