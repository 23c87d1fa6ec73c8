// `jobpass verify`: the whole check of a token, without rules.

import { createTestIssuer } from '@jobpass/testing'
import { githubActions, gitlab } from '@jobpass/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runInProcess } from './in-process.ts'
import type { Program, Run } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
let program: Program
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())

async function* text(given: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(given)
}

const verify = (token: string, args: readonly string[] = [], fetch = issuer.fetch): Promise<Run> =>
  runInProcess(['verify', '--audience', audience, ...args], { cwd: program.folder, fetch, stdin: text(token) })

test('a token of the issuer is verified, and its identity is printed', async () => {
  const { out, code } = await verify(await issuer.mint({ aud: audience, branch: 'main' }))
  expect(code).toBe(0)
  expect(out).toMatch(/^verified\n {2}provider +github-actions\n/)
  expect(out).toMatch(/\n {2}branch +main\n/)
  expect(out).not.toContain('claims')
})

test('a program reads the same as JSON', async () => {
  const { out } = await verify(await issuer.mint({ aud: audience }), ['--json'])
  const result = JSON.parse(out) as { verified: boolean; workload: { repository: string } }
  expect([result.verified, result.workload.repository]).toEqual([true, 'acme/shop'])
  await matchesSchema(program, 'verify', result)
})

test.each([
  ['another audience', { aud: 'https://other.example' }, 'audience_mismatch'],
  ['an old token', { aud: audience, exp: 1_600_000_300, iat: 1_600_000_000, nbf: 1_600_000_000 }, 'token_expired'],
  ['a token without a repository', { aud: audience, repository: undefined }, 'claims_invalid'],
])('%s exits with 1 and the code', async (_, claims, expected) => {
  const { out, code } = await verify(await issuer.mint(claims), ['--json'])
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ verified: false, code: expected })
  await matchesSchema(program, 'verify', JSON.parse(out))
})

test('a token of another key is refused', async () => {
  const other = await createTestIssuer(githubActions)
  const { out, code } = await verify(await other.mint({ aud: audience }))
  expect(code).toBe(1)
  expect(out).toMatch(/^refused 401 key_unknown /)
})

test('an issuer that does not answer exits with 4', async () => {
  const offline: typeof fetch = async () => {
    throw new TypeError('fetch failed')
  }
  const { out, code } = await verify(await issuer.mint({ aud: audience }), [], offline)
  expect(code).toBe(4)
  expect(out).toContain('issuer_unavailable')
})

test('keys of a file need no network, and --at checks the token as of then', async () => {
  program.write('jwks.json', JSON.stringify({ keys: issuer.keys }))
  const token = await issuer.mint({ aud: audience }, { issuedAt: 1_700_000_000 })
  const args = ['verify', '--audience', audience, '--keys', 'jwks.json']
  expect((await program.run(args, { input: token })).code).toBe(1)
  expect((await program.run([...args, '--at', '1700000060'], { input: token })).code).toBe(0)
  expect((await program.run([...args, '--at', '2023-11-14T22:14:00Z'], { input: token })).code).toBe(0)
})

test('an issuer of no known platform needs --platform', async () => {
  const ours = await createTestIssuer(gitlab, { issuer: 'https://ci.acme.dev' })
  const token = await ours.mint({ aud: audience })
  const without = await verify(token, [], ours.fetch)
  expect(without.code).toBe(3)
  expect(without.err).toContain('name it with --platform')
  expect(await verify(token, ['--platform', 'gitlab'], ours.fetch)).toMatchObject({ code: 0, err: '' })
  expect((await verify(token, ['--platform', 'github'], ours.fetch)).err).toContain(
    'unknown platform github. Known: github-actions',
  )
})

test('claims are no token', async () => {
  const { code, err } = await verify(JSON.stringify(issuer.claims({ aud: audience })))
  expect([code, err]).toEqual([3, 'jobpass: claims have no signature: verify takes a token\n'])
})

test.skipIf(!hasTerminals)('the identity is the same in a terminal of 20 columns', async () => {
  program.write('jwks.json', JSON.stringify({ keys: issuer.keys }))
  const env = { CI_TOKEN: await issuer.mint({ aud: audience }) }
  const args = ['verify', '--audience', audience, '--keys', 'jwks.json', '--token-env', 'CI_TOKEN']
  const piped = await program.run(args, { env })
  const { out, code } = await program.runInTerminal(args, { env: { ...env, NO_COLOR: '1' }, columns: 20 })
  expect([code, out.replaceAll('\r\n', '\n')]).toEqual([0, piped.out])
})
