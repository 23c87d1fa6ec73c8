// `jobpass whoami` as a program, in jobs of the emulators.

import { circleci, githubActions, gitlab } from '@jobpass/core'
import { loadPolicy } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import { createTestIssuer as createIssuer } from '@jobpass/testing'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

const audience = 'https://api.acme.dev'
let program: Program
const github = await (await createTestIssuer(githubActions)).listen()
/** Signs as github.com, with keys that are not published. */
const stranger = await createIssuer(githubActions)

beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(async () => {
  program.remove()
  await github.close()
})

test('prints the identity of the job and the tightest rule, and says that nothing was verified', async () => {
  const { env } = await github.startJob({ branch: 'main' })
  const { out, err, code } = await program.run(['whoami'], { env })
  expect(code).toBe(0)
  expect(out).toContain('A job on GitHub Actions\n')
  expect(out).toMatch(/^ {2}repository +acme\/shop$/m)
  expect(out).toMatch(/^ {2}branch +main$/m)
  expect(out).toMatch(/^ {2}actor +mara-holt$/m)
  expect(out).toMatch(/^ {2}audience +https:\/\/jobpass\.example$/m)
  expect(out).toContain('Nothing was verified')
  // The token itself is printed for the runner only.
  expect(err).toMatch(/^::add-mask::\S+\n$/)
  expect(out).not.toContain('eyJ')
})

test('suggests a rule that a policy can hold as it is', async () => {
  const token = await stranger.mint({ aud: audience, branch: 'main' })
  const { out } = await program.run(['whoami', '--stdin'], { input: token })
  const document: unknown = parse(out.slice(out.indexOf('rules:')))
  expect(document).toMatchObject({
    rules: { 'this-job': { provider: 'github-actions', repositoryId: '74205118', branch: 'main' } },
  })
  expect(loadPolicy(document, { providers }).names).toEqual(['this-job'])
})

test('prints JSON that follows the schema, without the token and its claims', async () => {
  const { env } = await github.startJob({ branch: 'main' })
  const { out, code } = await program.run(['whoami', '--json', '--audience', audience], { env })
  const answer = JSON.parse(out) as object
  await matchesSchema(program, 'whoami', answer)
  expect(code).toBe(0)
  expect(answer).toMatchObject({
    platform: 'github-actions',
    verified: false,
    identity: { repositoryId: '74205118', audience, event: 'push' },
    suggestion: { branch: 'main' },
  })
  expect(answer).not.toHaveProperty('identity.claims')
})

test('with --verify, fetches the keys of the issuer and says that the token is good', async () => {
  const { env } = await github.startJob({ branch: 'main' })
  const { out, code } = await program.run(['whoami', '--verify'], { env })
  expect(code).toBe(0)
  expect(out).toContain('Verified: signature, dates and audience.')
  expect(github.asked).toContain('/.well-known/jwks')
})

test('with --verify, exits with 1 for a signature of other keys, and with 4 without the keys', async () => {
  const other = await createIssuer(githubActions, { issuer: github.issuer })
  const args = ['whoami', '--stdin', '--platform', 'github-actions', '--verify', '--json']
  const forged = await program.run(args, { input: await other.mint({ aud: audience }) })
  const answer = JSON.parse(forged.out) as object
  await matchesSchema(program, 'whoami', answer)
  expect([forged.code, answer]).toMatchObject([1, { verified: false, code: 'key_unknown' }])
  const away = await createIssuer(githubActions, { issuer: 'http://127.0.0.1:9' })
  const { out, code } = await program.run(args, { input: await away.mint({ aud: audience }) })
  expect([code, JSON.parse(out)]).toMatchObject([4, { verified: false, code: 'issuer_unavailable' }])
})

test.each([
  ['GitLab', gitlab, { aud: audience }, ['--audience', audience], { repositoryId: '48120077' }],
  ['CircleCI', circleci, {}, [], { projectId: '71c2d3e4-f506-4718-a29b-3c4d5e6f7081' }],
] as const)('knows a job on %s by the platform that gave its token', async (_, provider, claims, args, rule) => {
  const server = await (await createTestIssuer(provider)).listen()
  const { env } = await server.startJob(claims)
  const path = `${env['PATH'] ?? ''}:${process.env['PATH']}`
  const { out, code } = await program.run(['whoami', '--json', ...args], { env: { ...env, PATH: path } })
  await server.close()
  expect([code, JSON.parse(out)]).toMatchObject([0, { platform: provider.id, suggestion: rule }])
})

test('reads a token from a variable', async () => {
  const token = await stranger.mint({ aud: audience, tag: 'v1.4.0' }, { trigger: 'tag' })
  const { out, code } = await program.run(['whoami', '--token-env', 'MINE', '--json'], { env: { MINE: token } })
  expect([code, JSON.parse(out)]).toMatchObject([0, { identity: { tag: 'v1.4.0' } }])
})

test('no claim becomes a command for the runner, in text and in YAML', async () => {
  const token = await stranger.mint({ aud: audience, branch: 'a::add-mask::b', actor: '::debug::c' })
  const { out, code } = await program.run(['whoami', '--stdin'], { input: token })
  expect(code).toBe(0)
  expect(out).not.toContain('::')
  const { rules } = parse(out.slice(out.indexOf('rules:'))) as { readonly rules: { readonly 'this-job': unknown } }
  expect(rules['this-job']).toMatchObject({ branch: 'a::add-mask::b' })
})

test.each([
  [['--stdin'], 'not a token', 3, 'the given text is not a token'],
  [['--stdin', '--token-env', 'X'], '', 3, 'exclude each other'],
  [['--token-env', 'MISSING'], '', 3, 'the variable MISSING is not set'],
  [['--stdin', '--platform', 'gitlabb'], 'a.e30.b', 3, 'there is no platform gitlabb; did you mean gitlab?'],
  [['--stdin'], 'a.e30.b', 3, 'belongs to no known platform: name it with --platform'],
  [['--stdin', '--platform', 'gitlab'], 'a.e30.b', 1, 'jobpass explain says why'],
  [[], '', 3, 'No CI platform was found'],
] as const)('the arguments %j with the input %j are answered with a reason', async (args, input, code, reason) => {
  const run = await program.run(['whoami', ...args], { input })
  expect(run.err).toContain(reason)
  expect([run.code, run.out]).toEqual([code, ''])
})

test.skipIf(!hasTerminals)('a terminal of 20 columns shows the same, with colours unless NO_COLOR is set', async () => {
  const { env } = await github.startJob({ branch: 'main', jti: 'one', run_id: '1' })
  const shown = async (more: Readonly<Record<string, string>>): Promise<string> => {
    const { out, code } = await program.runInTerminal(['whoami'], { columns: 20, env: { ...env, ...more } })
    expect(code).toBe(0)
    return out
  }
  expect(await shown({})).toContain('\u001b[1mA job on GitHub Actions\u001b[22m')
  const plain = await shown({ NO_COLOR: '1' })
  expect(plain).toContain('A job on GitHub Actions\r\n')
  expect(plain).not.toContain('\u001b[')
})
