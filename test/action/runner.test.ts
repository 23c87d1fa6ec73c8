// The emulated runner sees what the action must not do, and the action writes what `@actions/core`
// writes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as actions from '@actions/core'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { command, saveState, setOutput, setVariable } from '../../action/src/runner.ts'
import { RunnerJob, textsOf } from './runner.ts'

const folder = mkdtempSync(join(tmpdir(), 'jobpass-fake-action-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** What the runner makes of an action with this `main`. */
async function runnerWith<T>(main: string, use: (job: RunnerJob) => Promise<T>): Promise<T> {
  const program = join(folder, 'main.mjs')
  writeFileSync(program, `import { appendFileSync } from 'node:fs'\n${main}`)
  const job = new RunnerJob({ inputs: {} })
  try {
    return await use(Object.assign(job, { programs: { main: program, post: program } }))
  } finally {
    job.remove()
  }
}

describe('the emulated runner', () => {
  test.each([
    ['a masked text', "console.log('::add-mask::secret'); console.log('the secret')", 'A masked text was printed.'],
    ['a masked text on standard error', "console.log('::add-mask::secret'); console.error('secret')", 'A masked text'],
    ['a token', "console.log('eyJhbGciOiJSUzI1NiJ9.e30.x')", 'A token was printed, and is not masked.'],
    ['a token in an error', "console.log('::error::eyJhbGciOiJSUzI1NiJ9.e30.x')", 'A token was printed'],
  ])('stops where the log shows %s', async (_, main, message) => {
    await expect(runnerWith(main, (job) => job.main())).rejects.toThrow(message)
  })

  test.each([
    ['without a delimiter', 'name', 'Invalid format'],
    ['without an end', 'name<<end\\nvalue', 'Matching delimiter not found'],
  ])('stops at an output %s', async (_, text, message) => {
    const main = `appendFileSync(process.env.GITHUB_OUTPUT, '${text}\\n')`
    const outputs = runnerWith(main, async (job) => {
      await job.main()
      return job.outputs
    })
    await expect(outputs).rejects.toThrow(message)
  })

  test('reads commands as GitHub escapes them, and sees an exit code', async () => {
    const main = "console.log('::error::a%0Ab%25'); console.log(' ::error::no'); process.exitCode = 3"
    const run = await runnerWith(main, (job) => job.main())
    expect([run.code, textsOf(run, 'error')]).toEqual([3, ['a\nb%']])
  })
})

const values = ['plain', '', 'a\nb', '100 %', '%0A::error::x', 'name<<EOF\nvalue\nEOF', '::add-mask::x', 'ü\t"']

/** What a function appends to the file in a variable. Delimiters are random, and replaced. */
async function appended(variable: string, write: (env: Record<string, string>) => unknown): Promise<string> {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  vi.stubEnv(variable, file)
  await write({ [variable]: file })
  return readFileSync(file, 'utf8').replaceAll(/ghadelimiter_[0-9a-f-]{36}/g, 'DELIMITER')
}

describe('beside @actions/core', () => {
  test.each(values)('outputs, state and variables are the same for %j', async (value) => {
    const pairs = [
      [
        'GITHUB_OUTPUT',
        () => actions.setOutput('token', value),
        (env: object) => setOutput({ ...env }, 'token', value),
      ],
      ['GITHUB_STATE', () => actions.saveState('token', value), (env: object) => saveState({ ...env }, 'token', value)],
      [
        'GITHUB_ENV',
        () => actions.exportVariable('NETRC', value),
        (env: object) => setVariable({ ...env }, 'NETRC', value),
      ],
    ] as const
    vi.stubEnv('NETRC', '')
    for (const [variable, theirs, ours] of pairs)
      expect(await appended(variable, ours)).toBe(await appended(variable, theirs))
  })

  test.each(values)('commands are the same for %j', (value) => {
    const printed: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    actions.setSecret(value)
    actions.notice(value)
    actions.warning(value)
    actions.error(value)
    const theirs = printed.splice(0)
    for (const name of ['add-mask', 'notice', 'warning', 'error'] as const) command(name, value)
    const ours = printed.splice(0)
    vi.restoreAllMocks()
    expect(ours).toEqual(theirs)
  })
})
