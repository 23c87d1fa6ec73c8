// The build files of an example, as a user copies them, call the API of that example.

import { readFileSync } from 'node:fs'
import { circleci, githubActions, gitlab } from '@jobpass/core'
import type { RunningJob } from '@jobpass/testing/node'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, describe, expect, test } from 'vitest'
import { createApp } from '../../examples/express-deploy-api/src/app.ts'
import type { Shell } from './platforms.ts'
import { lacks } from './programs.ts'
import type { Ended } from './run-snippet.ts'
import { runScript } from './run-snippet.ts'
import { root, scriptsIn } from './snippets.ts'

const cannotRun = ['bash', 'curl', 'jq'].map(lacks).includes(true)

const github = await (await createTestIssuer(githubActions)).listen()
const lab = await (await createTestIssuer(gitlab)).listen()
const circle = await (await createTestIssuer(circleci)).listen()
afterAll(() => Promise.all([github.close(), lab.close(), circle.close()]))
const app = createApp({ githubActions: github.provider, gitlab: lab.provider, circleci: circle.provider })

interface Job {
  readonly branch: 'main' | 'next'
  readonly permission: boolean
}

interface Case {
  readonly file: string
  readonly shell: Shell
  readonly start: (job: Job) => Promise<RunningJob>
  readonly missing: string
}

const aud = 'https://deploy.acme.dev'
const cases: readonly Case[] = [
  {
    file: 'github-actions.yml',
    shell: ['bash', '--noprofile', '--norc', '-eo', 'pipefail'],
    start: ({ branch, ...options }) => github.startJob({ branch }, options),
    missing: 'permissions: id-token: write',
  },
  {
    file: 'gitlab-ci.yml',
    shell: ['sh', '-e'],
    start: ({ branch, ...options }) => lab.startJob({ aud, branch }, { ...options, variable: 'DEPLOY_TOKEN' }),
    missing: 'id_tokens: DEPLOY_TOKEN: aud: https://deploy.acme.dev',
  },
  {
    file: 'circleci-config.yml',
    shell: ['bash', '-eo', 'pipefail'],
    start: ({ branch, ...options }) => circle.startJob({ branch }, options),
    missing: 'circleci: command not found',
  },
]

async function run({ file, shell, start }: Case, job: Partial<Job> = {}): Promise<Ended> {
  const [script = ''] = scriptsIn(readFileSync(`${root}examples/express-deploy-api/ci/${file}`, 'utf8'))
  const { env, places } = await start({ branch: 'main', permission: true, ...job })
  return runScript(script, shell, { env: { ...env, API: aud }, places }, app)
}

describe.skipIf(cannotRun).each(cases)('$file of the Express example', (each) => {
  test('deploys main', async () => {
    const { code, screen } = await run(each)
    expect([code, screen]).toEqual([
      0,
      expect.stringMatching(/\{"deployed":"(?:github\.com\/)?acme\/shop","branch":"main"/),
    ])
  })

  test('fails for another branch, and the screen shows the failed check', async () => {
    const { code, screen } = await run(each, { branch: 'next' })
    expect([code, screen]).toEqual([
      22,
      expect.stringContaining('"field":"branch","operator":"equals","actual":"next"'),
    ])
  })

  test('stops without a token, and the screen shows what is missing', async () => {
    const { code, screen } = await run(each, { permission: false })
    expect([code === 0, screen]).toEqual([false, expect.stringContaining(each.missing)])
  })
})
