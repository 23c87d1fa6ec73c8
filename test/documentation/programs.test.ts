// Every program starts, and each that serves refuses a call without a token.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { blocksOf, programs, root } from './pages.ts'
import type { Outcome } from './run-programs.ts'

/** Why a program is compiled and not run. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^declare /m, 'a part is left to the reader'],
  [/from '(?:redis|pg|better-sqlite3|@aws-sdk\/client-dynamodb)'/, 'it connects to a database of its own'],
  [/durable-objects'/, 'it needs the binding of a Worker'],
  [/\brequest \} from 'undici'/, 'it connects by itself'],
  [/from 'pg'/, 'it connects to a PostgreSQL of its own: test/exchange/signing-keys.test.ts runs it'],
  [/from 'vitest'/, 'it is a test'],
  [/127\.0\.0\.1:4920/, 'it needs an issuer: test/cli/walk.test.ts runs both'],
]
const runnable = programs.filter(({ code }) => !reasons.some(([pattern]) => pattern.test(code)))

/** The token of the job in which programs of a job run; nobody verifies it. */
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const audiences = ['https://api.acme.dev', 'https://auth.acme.dev']
const jobToken = `${part({ alg: 'RS256' })}.${part({ aud: audiences, exp: 4_102_444_800 })}.c2lnbmVk`

/** The outcome of each program, by place. */
function runAll(): ReadonlyMap<string, Outcome> {
  const folder = mkdtempSync(join(root, 'test/documentation/.programs-'))
  try {
    const files = runnable.map(({ code }, index) => {
      const file = `${folder}/${index}.ts`
      writeFileSync(file, code)
      return file
    })
    // The programs of @jobpass/policy read the document on the same page.
    const policy = blocksOf('packages/policy/README.md').find(({ language }) => language === 'yaml')
    writeFileSync(`${folder}/policy.yaml`, policy?.code ?? '')
    // Decorators need an option of the compiler.
    writeFileSync(`${folder}/tsconfig.json`, '{ "extends": "../../../tsconfig.json", "include": ["*.ts"] }')
    const script = fileURLToPath(new URL('run-programs.ts', import.meta.url))
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--conditions=@jobpass/source', script, ...files],
      { cwd: folder, encoding: 'utf8', timeout: 300_000, env: { ...process.env, JOBPASS_ID_TOKEN: jobToken } },
    )
    const outcomes = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Outcome)
    if (outcomes.length !== files.length) throw new Error(`program ${outcomes.length} ended the process: ${stderr}`)
    return new Map(runnable.map(({ place }, index) => [place, outcomes[index] as Outcome]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const outcomes = runAll()
const outcome = (place: string): Outcome => outcomes.get(place) as Outcome

test.each(runnable)('the program at $place starts', ({ place }) => {
  expect(outcome(place).failed).toBeUndefined()
})

const serving = runnable.filter(({ code }) =>
  /\blisten\(3000|\blisten\({ port: 3000|\bserve\(|^export (?:default|const handler)/m.test(code),
)
const guarded = serving.filter(({ code }) => /\b(?:workloadAuth|fetchAuth|forRoot)\(/.test(code))

test.each(guarded)('the program at $place answers 401 to a call without a token', ({ place }) => {
  expect(outcome(place).withoutToken).toBe(401)
})

test('the program with metrics for Prometheus counts the refused call', () => {
  const counted = guarded.map(({ place }) => outcome(place).metrics).filter((text) => text?.includes('jobpass_'))
  expect(counted).toEqual([
    expect.stringContaining('jobpass_decisions_total{layer="token",result="token_missing",provider="none"} 1\n'),
  ])
})

const local = guarded.filter(({ code }) => code.includes('.listen()'))

test.each(local)('the program at $place answers 200 to the call that it prints', ({ place }) => {
  expect(outcome(place).asPrinted).toBe(200)
})

test('the programs include servers of each framework, local development, and functions', () => {
  const frameworks = ['express', 'koa', 'hono', 'fastify', 'nestjs'].map((name) =>
    local.some(({ code }) => code.includes(`@jobpass/${name}'`)),
  )
  expect(frameworks).toEqual([true, true, true, true, true])
  expect(guarded.length).toBeGreaterThanOrEqual(15)
})
