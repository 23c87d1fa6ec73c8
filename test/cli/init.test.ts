// `jobpass init` as a program: its files, its questions, and the lines that it prints.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import type { TrustRule, WorkloadAuthError } from '@jobpass/core'
import { createVerifier } from '@jobpass/core'
import * as adapter from '@jobpass/express'
import { parsePolicy } from '@jobpass/policy'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { importNameOf, providerById, providers } from '@jobpass/policy/built-in'
import { createTestIssuer } from '@jobpass/testing/node'
import express from 'express'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { findingsIn, lacks } from '../snippets/programs.ts'
import { runScript } from '../snippets/run-snippet.ts'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { converse } from './running.ts'

const audience = 'https://api.acme.dev'
const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const cannotRun = ['bash', 'curl', 'jq'].map(lacks).includes(true)
const cannotCheck = lacks('shellcheck')
let program: Program

beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())
beforeEach(() => void mkdirSync(program.folder, { recursive: true }))
afterEach(() => rmSync(program.folder, { recursive: true }))

const written = (name: string): string => readFileSync(join(program.folder, name), 'utf8')

interface Case {
  readonly name: string
  readonly set: string
  readonly job: { readonly provider: string; readonly trigger: string; readonly claims: Record<string, unknown> }
  readonly expect: string
}

/** What a server with the policy answers to the job of a case. */
async function answerTo({ set, job }: Case): Promise<string> {
  const policy = parsePolicy(written('policy.yaml'), { providers, format: 'yaml' })
  const issuer = await createTestIssuer(providerById(job.provider) as AnyProvider)
  const trust = Object.values(policy.entries).flat() as readonly TrustRule[]
  const verifier = createVerifier({ audience, trust, fetch: issuer.fetch, onWarning: () => {} })
  const token = await issuer.mint({ aud: audience, ...job.claims }, { trigger: job.trigger as 'push' })
  try {
    await verifier.guard(policy.rules(set))(`Bearer ${token}`)
    return 'allow'
  } catch (error) {
    return (error as WorkloadAuthError).code
  }
}

interface Setup {
  readonly id: string
  readonly args: readonly string[]
  /** The job's script in its text. */
  readonly script: (pipeline: unknown) => string
  /** Variables that the platform sets. */
  readonly env?: Readonly<Record<string, string>>
  /** Claims of the job. */
  readonly claims: Readonly<Record<string, unknown>>
}

type Nested = Readonly<Record<string, unknown>>
const part = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((each: unknown, name) => (each as Nested)[name], value)

const setups: readonly Setup[] = [
  {
    id: 'github-actions',
    args: ['--repository', 'acme/shop'],
    script: (pipeline) => part(pipeline, 'jobs', 'deploy', 'steps', '0', 'run') as string,
    env: { AUDIENCE: audience },
    claims: { repository: 'acme/shop', branch: 'main' },
  },
  {
    id: 'gitlab',
    args: ['--owner', 'acme/tools', '--repository', 'shop'],
    script: (pipeline) => part(pipeline, 'deploy', 'script', '0') as string,
    claims: { aud: audience, repository: 'acme/tools/shop', branch: 'main' },
  },
  {
    id: 'circleci',
    args: ['--owner', organization, '--repository', 'github.com/acme/shop'],
    script: (pipeline) => part(pipeline, 'jobs', 'deploy', 'steps', '0', 'run') as string,
    claims: { branch: 'main' },
  },
]

describe.each(setups.map((setup) => [setup.id, setup] as const))('on %s', (id, { args, script, env, claims }) => {
  const all = ['init', '--yes', '--platform', id, '--audience', audience, ...args]
  const sections = async (...more: readonly string[]): Promise<readonly [api: string, pipeline: string]> => {
    const { out, err, code } = await program.run([...all, ...more])
    expect([code, err]).toEqual([0, ''])
    const [, api = '', pipeline = ''] = /Into the API[^\n]*\n\n(.*?)\n\nInto [^\n]*:\n\n(.*?)\n\nThen:/s.exec(out) ?? []
    return [api, pipeline]
  }

  test('writes a policy, and a test whose cases hold', async () => {
    await sections()
    expect(written('policy.yaml')).toMatch(
      /^# yaml-language-server: \$schema=\.\/node_modules\/@jobpass\/policy\/policy\.schema\.json\n/,
    )
    const document = parse(written('policy.test.yaml')) as { readonly cases: readonly Case[] }
    expect(document).toMatchObject({ policy: 'policy.yaml', audience })
    expect(document.cases.map((each) => each.expect)).toEqual(['allow', 'workload_forbidden', 'workload_forbidden'])
    for (const each of document.cases) expect([each.name, await answerTo(each)]).toEqual([each.name, each.expect])
  })

  test.skipIf(cannotRun)('the printed job calls an API with exactly the printed lines', async () => {
    const [api, pipeline] = await sections()
    const local = await (await createTestIssuer(providerById(id) as AnyProvider)).listen()
    const [first = '', , , ...rest] = api.split('\n')
    expect(first).toBe(`import { ${importNameOf(id)}, requireWorkload, workloadAuth } from '@jobpass/express'`)
    const app = express()
    const bound = local.provider as unknown as AnyProvider
    // The issuer of the emulator is another one, so the names are bound to it.
    const scope = {
      app,
      [importNameOf(id)]: bound,
      requireWorkload: adapter.requireWorkload,
      workloadAuth: adapter.workloadAuth,
      watchPolicy: () => ({
        rules: (set: string) => {
          const { rules } = parse(written('policy.yaml')) as { readonly rules: Readonly<Record<string, Nested>> }
          const { provider, ...conditions } = rules[set] as Nested
          expect(provider).toBe(id)
          return bound(conditions)
        },
      }),
    }
    compileFunction(rest.join('\n'), Object.keys(scope))(...Object.values(scope))
    const job = await local.startJob(claims, id === 'gitlab' ? { variable: 'API_TOKEN' } : {})
    const text = script(parse(pipeline))
    const { screen, code } = await runScript(
      text,
      ['bash', '-eo', 'pipefail'],
      { ...job, env: { ...job.env, ...env } },
      app,
    )
    await local.close()
    expect([code, screen]).toMatchObject([0, expect.stringContaining('"deployed":"') as string])
  })

  test.skipIf(cannotCheck)('shellcheck finds nothing in the printed job', async () => {
    const [, pipeline] = await sections()
    expect(findingsIn(script(parse(pipeline)), 'bash')).toBe('')
  })

  test.each(['koa', 'hono'])('prints lines for %s', async (framework) => {
    const [api] = await sections('--framework', framework)
    expect(api).toContain(`import { ${importNameOf(id)}, requireWorkload, workloadAuth } from '@jobpass/${framework}'`)
    const code = api.replaceAll(/^import .*$/gm, '')
    expect(() => compileFunction(code)).not.toThrow()
  })
})

test('overwrites no file without --force', async () => {
  const args = ['init', '--yes', '--repository', 'acme/shop', '--audience', audience]
  program.write('policy.test.yaml', 'mine')
  const refused = await program.run(args)
  expect([refused.code, refused.err]).toEqual([
    3,
    'jobpass: policy.test.yaml exists, and stays as it is; --force overwrites it\n',
  ])
  expect(written('policy.test.yaml')).toBe('mine')
  expect(existsSync(join(program.folder, 'policy.yaml'))).toBe(false)
  const forced = await program.run([...args, '--force'])
  expect(forced.code).toBe(0)
  expect(written('policy.test.yaml')).toContain('cases:')
})

test.each([
  [[], 'needs --platform, --owner, --repository, --branch, --audience, --framework; --yes accepts'],
  [['--yes'], 'needs --owner, --repository, --audience\n'],
  [['--yes', '--repository', 'shop', '--audience', audience], 'needs --owner\n'],
  [['--yes', '--platform', 'gitlap'], 'did you mean gitlab?'],
  [['--yes', '--platform', 'vercel'], 'https://jobpass.github.io/jobpass/providers/vercel'],
  [
    ['--yes', '--repository', 'acme/a b', '--audience', audience],
    '--repository: a b is wrong, since it must look like shop',
  ],
  [['--yes', '--owner', '$(id)', '--repository', 'shop', '--audience', audience], '--owner: $(id) is wrong'],
  [['--yes', '--repository', 'acme/shop', '--audience', "a'b"], "--audience: a'b is wrong"],
  [['--yes', '--repository', 'acme/shop', '--audience', audience, '--branch', 'x;y'], '--branch: x;y is wrong'],
  [
    ['--yes', '--repository', 'acme/shop', '--audience', audience, '--framework', 'next'],
    'is one of express, koa, hono',
  ],
  [['--yes', '--repository', 'acme/shop', '--audience', 'https://github.com/acme'], 'platforms give by default'],
] as const)('without a terminal, the arguments %j write nothing and exit with 3', async (args, reason) => {
  const { out, err, code } = await program.run(['init', ...args])
  expect(err).toContain(reason)
  expect([code, out, existsSync(join(program.folder, 'policy.yaml'))]).toEqual([3, '', false])
})

describe.skipIf(!hasTerminals)('in a terminal', () => {
  const enter = '\r'
  const down = '\u001b[B'

  test.each([80, 20])('of %i columns, it asks what no flag answers', async (columns) => {
    const { out, code } = await converse(
      program,
      ['init', '--branch', 'main'],
      [
        ['gitlab', `${down}${enter}`],
        ['group', `acme${enter}`],
        ['project', `shop${enter}`],
        ['API', `${audience}${enter}`],
        ['hono', enter],
      ],
      columns,
    )
    expect([code, out]).toMatchObject([0, expect.stringContaining('policy.test.yaml') as string])
    expect(parse(written('policy.yaml'))).toEqual({
      rules: { deploy: { provider: 'gitlab', repository: 'acme/shop', refProtected: true, branch: 'main' } },
    })
  })

  test('asks again after an answer that has the wrong form, and takes the default for an empty one', async () => {
    const { code } = await converse(
      program,
      ['init', '--platform', 'github-actions', '--owner', 'acme', '--audience', audience, '--framework', 'koa'],
      [
        ['name of the repository', `a b${enter}`],
        ['must look like shop', `\u007f\u007f\u007fshop${enter}`],
        ['which branch', enter],
      ],
    )
    expect(code).toBe(0)
    expect(parse(written('policy.yaml'))).toMatchObject({
      rules: { deploy: { repository: 'acme/shop', branch: 'main' } },
    })
  })

  test('writes nothing after Ctrl-C, and exits with 3', async () => {
    const { code, out } = await converse(program, ['init'], [['github-actions', '\u0003']])
    expect([code, out]).toMatchObject([3, expect.stringContaining('nothing was written') as string])
    expect(existsSync(join(program.folder, 'policy.yaml'))).toBe(false)
  })

  test('with --yes, asks nothing', async () => {
    const args = ['init', '--yes', '--repository', 'acme/shop', '--audience', audience]
    const { out, code } = await program.runInTerminal(args, { env: { NO_COLOR: '1' }, columns: 20 })
    expect([code, out]).toMatchObject([0, expect.stringContaining('Wrote policy.yaml and policy.test.yaml.') as string])
    expect(out).not.toContain('\u001b[')
  })
})
