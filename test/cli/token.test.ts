// `jobpass token` as a program, in jobs of the emulators.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { circleci, githubActions, gitlab } from '@jobpass/core'
import type { TokenFault } from '@jobpass/testing/node'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

const audience = 'https://api.acme.dev'
const unwell: TokenFault = { status: 503, retryAfter: 0 }
let program: Program
const github = await (await createTestIssuer(githubActions)).listen()

beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(async () => {
  program.remove()
  await github.close()
})

const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>

test('prints the token of a job and nothing else to standard output', async () => {
  const { env } = await github.startJob({ branch: 'main' })
  const { out, err, code } = await program.run(['token', '--audience', audience], { env })
  expect(code).toBe(0)
  expect(claimsOf(out)).toMatchObject({ aud: audience, ref: 'refs/heads/main' })
  expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
  // The runner reads this line, and hides the token in its log.
  expect(err).toBe(`::add-mask::${out}`)
})

test('prints JSON that follows the schema', async () => {
  const { env } = await github.startJob()
  const { out } = await program.run(['token', '--audience', audience, '--json'], { env })
  const answer = JSON.parse(out) as { readonly token: string; readonly expiresAt: number }
  await matchesSchema(program, 'token', answer)
  expect(answer).toEqual({ token: answer.token, expiresAt: claimsOf(answer.token)['exp'], platform: 'github-actions' })
})

test.each([
  ['CircleCI', circleci, { branch: 'main' }],
  ['GitLab', gitlab, { aud: audience }],
] as const)('finds the platform %s by itself', async (_, provider, claims) => {
  const server = await (await createTestIssuer(provider)).listen()
  const { env } = await server.startJob(claims)
  const path = `${env['PATH'] ?? ''}:${process.env['PATH']}`
  const { out, code } = await program.run(['token', '-a', audience], { env: { ...env, PATH: path } })
  await server.close()
  expect([code, claimsOf(out)['aud']]).toEqual([0, audience])
})

test('outside of a job exits with 3, and says where a token can be put', async () => {
  const { out, err, code } = await program.run(['token', '--audience', audience])
  expect([code, out]).toEqual([3, ''])
  expect(err).toContain('jobpass: No CI platform was found')
})

test('in a job without the permission exits with 3, and names the line to add', async () => {
  const { env } = await github.startJob({}, { permission: false })
  const { out, err, code } = await program.run(['token', '--audience', audience], { env })
  expect([code, out]).toEqual([3, ''])
  expect(err).toContain("Add 'permissions: id-token: write' to the job")
})

test('exits with 4 where the endpoint of the platform keeps failing', async () => {
  const { env } = await github.startJob({}, { faults: Array.from({ length: 5 }, () => unwell) })
  const { err, code } = await program.run(['token', '--audience', audience], { env })
  expect(code).toBe(4)
  expect(err).toContain('the endpoint for tokens answered 503')
})

test('exchanges the token for a service token, or says why the exchange refused', async () => {
  const exchange = createServer((req, res) => {
    const allowed = req.url === '/token'
    const body = allowed
      ? { access_token: 'service-1', token_type: 'Bearer', expires_in: 900 }
      : { error: 'invalid_target', error_description: 'No rule admits the job.' }
    res.writeHead(allowed ? 200 : 400, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => exchange.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(exchange.address() as AddressInfo).port}`
  const { env } = await github.startJob()
  const args = ['token', '--audience', audience, '--insecure-loopback', '--exchange']
  const given = await program.run([...args, `${url}/token`], { env })
  const json = await program.run([...args, `${url}/token`, '--json'], { env })
  const refused = await program.run([...args, `${url}/other`], { env })
  exchange.close()
  expect([given.code, given.out]).toEqual([0, 'service-1\n'])
  expect(given.err).toContain('::add-mask::service-1\n')
  await matchesSchema(program, 'token', JSON.parse(json.out))
  expect([refused.code, refused.out]).toEqual([1, ''])
  expect(refused.err).toContain('No rule admits the job.')
})

test('refuses flags of the exchange without an exchange', async () => {
  const { code, err } = await program.run(['token', '--audience', audience, '--scope', 'publish'])
  expect([code, err]).toEqual([3, 'jobpass: --scope and --insecure-loopback belong to --exchange\n'])
})

test.skipIf(!hasTerminals)('prints the same in a terminal of 20 columns', async () => {
  const { env } = await github.startJob()
  const args = ['token', '--audience', audience]
  const { out, code } = await program.runInTerminal(args, { columns: 20, env: { ...env, NO_COLOR: '1' } })
  expect(code).toBe(0)
  const token = out.split('\r\n').at(-2) ?? ''
  expect(claimsOf(token)).toMatchObject({ aud: audience })
})
