// `jobpass test`: cases beside a policy, and what they reach.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createTestIssuer } from '@jobpass/testing'
import { githubActions } from '@jobpass/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

const policy = `rules:
  deploy:
    - provider: github-actions
      repositoryId: '74205118'
      branch: main
    - provider: github-actions
      repositoryId: '74205118'
      tag: { semver: {} }
      reportOnly: true
`
const job = (claims: string, trigger = 'push'): string =>
  `job: { provider: github-actions, trigger: ${trigger}, claims: { ${claims} } }`
const cases = (...list: readonly string[]): string =>
  `policy: policy.yaml\naudience: https://api.acme.dev\ncases:\n${list.map((each) => `  - ${each.replaceAll('\n', '\n    ')}\n`).join('')}`
const complete = cases(
  `name: a push to main may deploy\nset: deploy\n${job('branch: main')}\nexpect: allow`,
  `name: another branch may not\n${job('branch: dev')}\nexpect: workload_forbidden\ncheck: branch`,
  `name: a pull request may not\n${job('', 'pull_request')}\nexpect: workload_forbidden\ncheck: event`,
  `name: another repository may not\n${job("repository_id: '7', repository: acme/docs")}\nexpect: workload_forbidden\ncheck: repositoryId`,
  `name: a token for another API is refused\n${job('aud: https://other.example')}\nexpect: audience_mismatch`,
)

let program: Program
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())
beforeEach(() => {
  program.write('policy.yaml', policy)
})

test('cases that pass exit with 0, and reach every rule and condition', async () => {
  program.write('policy.test.yaml', complete)
  const { out, err, code } = await program.run(['test', '--require-coverage'])
  expect([code, err]).toEqual([0, ''])
  expect(out).toBe(
    [
      'policy.test.yaml',
      '  ✓ a push to main may deploy',
      '  ✓ another branch may not',
      '  ✓ a pull request may not',
      '  ✓ another repository may not',
      '  ✓ a token for another API is refused',
      '5 cases, none failed',
      'They reach 1 of 1 rules and 3 of 3 conditions.',
      '',
    ].join('\n'),
  )
})

test('a case that fails exits with 1, and says what the answer is', async () => {
  program.write('policy.test.yaml', cases(`name: a branch may deploy\n${job('branch: dev')}\nexpect: allow`))
  const { out, code } = await program.run(['test'])
  expect(code).toBe(1)
  expect(out).toContain('✗ a branch may deploy\n      expected allow, but the answer is workload_forbidden')
  expect(out).toContain('policy.yaml:3:7 deploy[0]: no case is allowed by this rule')
})

test('a refusal by another check than the expected one fails', async () => {
  program.write(
    'policy.test.yaml',
    cases(`name: a branch\n${job('branch: dev')}\nexpect: workload_forbidden\ncheck: repositoryId`),
  )
  const { out, code } = await program.run(['test'])
  expect(code).toBe(1)
  expect(out).toContain('expected the check repositoryId to fail; those that failed: branch')
})

test('gaps in the coverage fail where that is required', async () => {
  program.write('policy.test.yaml', cases(`name: a push to main may deploy\n${job('branch: main')}\nexpect: allow`))
  expect((await program.run(['test'])).code).toBe(0)
  const { out, code } = await program.run(['test', '--require-coverage'])
  expect(code).toBe(1)
  expect(out).toContain('policy.yaml:5:7 deploy[0].branch: no case is refused by this condition')
  expect(out).toContain('deploy[0].event: no case is refused by its event, which outsiders can start')
})

test('a case may write out its claims, however old they are', async () => {
  const issuer = await createTestIssuer(githubActions)
  const claims = issuer.claims({ aud: 'https://api.acme.dev', branch: 'main' }, { issuedAt: 1_600_000_000 })
  program.write('policy.test.yaml', cases(`name: recorded claims\nclaims: ${JSON.stringify(claims)}\nexpect: allow`))
  expect((await program.run(['test'])).code).toBe(0)
})

test('the report follows its schema as JSON', async () => {
  program.write('policy.test.yaml', complete.replace('expect: allow', 'expect: token_expired'))
  const { out, code } = await program.run(['test', '--json'])
  expect(code).toBe(1)
  await matchesSchema(program, 'test', JSON.parse(out))
})

test('annotations and the summary page of GitHub name each failed case', async () => {
  program.write('policy.test.yaml', cases(`name: a branch, or so\n${job('branch: dev')}\nexpect: allow`))
  const summary = program.write('summary.md', '')
  const { out } = await program.run(['test', '--format', 'github'], { env: { GITHUB_STEP_SUMMARY: summary } })
  expect(out.split('\n')[0]).toBe(
    '::error file=policy.test.yaml,line=4,col=5,title=a branch%2C or so::expected allow, but the answer is workload_forbidden',
  )
  expect(readFileSync(summary, 'utf8')).toContain(
    '| ✗ | a branch, or so | expected allow, but the answer is workload\\_forbidden |',
  )
})

describe('a file of cases with a fault exits with 3, and names line and column', () => {
  test.each([
    ['an unknown key', cases('nam: x\nexpect: allow'), 'policy.test.yaml:4:5 nam is not a key here'],
    ['an unknown code', cases(`name: x\n${job('')}\nexpect: workload_forbiden`), "did you mean 'workload_forbidden'?"],
    ['neither job nor claims', cases('name: x\nexpect: allow'), 'policy.test.yaml:4:5 a case has either job or claims'],
    [
      'an unknown platform',
      cases('name: x\njob: { provider: hudson }\nexpect: allow'),
      'hudson is no built-in provider',
    ],
    ['an unknown trigger', cases(`name: x\n${job('', 'comment')}\nexpect: allow`), "has no trigger 'comment'"],
    ['a misspelt claim', cases(`name: x\n${job('repositry: a/b')}\nexpect: allow`), "did you mean 'repository'?"],
    ['no YAML', 'cases: [', 'policy.test.yaml:1:9 '],
    ['no cases', 'cases: []', 'policy.test.yaml:1:1 cases must be a list of cases'],
    [
      'another set',
      cases(`name: x\nset: publish\n${job('')}\nexpect: allow`),
      'has no set publish; its sets are deploy',
    ],
  ])('%s', async (_, text, expected) => {
    program.write('policy.test.yaml', text)
    const { out, err, code } = await program.run(['test'])
    expect([code, out]).toEqual([3, ''])
    expect(err).toContain(expected)
  })
})

test.skipIf(!hasTerminals)('in a terminal of 20 columns, the report is the same, with colours', async () => {
  program.write('policy.test.yaml', complete)
  const { out, code } = await program.runInTerminal(['test'], { columns: 20 })
  expect(code).toBe(0)
  expect(out).toContain('\u001b[32m✓\u001b[39m a push to main may deploy\r\n')
})

test('--watch runs again when the policy changes, until it is stopped', async () => {
  program.write('policy.test.yaml', complete)
  const child = spawn(process.execPath, [program.file, 'test', '--watch'], { cwd: program.folder })
  let out = ''
  const seen = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!out.includes(text)) return
        child.stdout.off('data', look)
        resolve()
      }
      child.stdout.on('data', look)
      look()
    })
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  await seen('none failed')
  // It says so on standard error once it watches.
  await new Promise((resolve) => child.stderr.once('data', resolve))
  program.write('policy.yaml', policy.replace('branch: main', 'branch: next'))
  await seen('1 failed')
  const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  child.kill('SIGINT')
  expect(await ended).toBe('SIGINT')
})
