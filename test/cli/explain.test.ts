// `jobpass explain` as a program.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestIssuer } from '@jobpass/testing'
import { githubActions } from '@jobpass/core'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'

const audience = 'https://api.acme.dev'
const policy = `rules:
  deploy:
    provider: github-actions
    repositoryId: '74205118'
    branch: main
`
let program: Program
const issuer = await createTestIssuer(githubActions)

beforeAll(async () => {
  program = await bundleProgram()
  program.write('policy.yaml', policy)
})
afterAll(() => program.remove())

test('a refused job exits with 1, and names check, place and changes', async () => {
  const token = await issuer.mint({ aud: audience, branch: 'dev' })
  const { out, err, code } = await program.run(['explain', '--audience', audience], { input: token })
  expect([code, err]).toEqual([1, ''])
  expect(out).toContain('refused 403 workload_forbidden')
  expect(out).toContain('✗ branch is "dev", wanted equals "main"')
  expect(out).toContain('The nearest rule is at policy.yaml:3:5.')
  expect(out).toContain('rule      `branch: [main, dev]` admits both.')
})

test('a job that would be allowed exits with 2, since nothing verified its signature', async () => {
  const token = await issuer.mint({ aud: audience, branch: 'main' })
  const { out, code } = await program.run(['explain', '--audience', audience], { input: token })
  expect(code).toBe(2)
  expect(out).toContain('Not verified: signature. So this is no yes')
})

test.skipIf(!hasTerminals)('in a terminal of 20 columns, the answer is the same, with colours', async () => {
  const claims = program.write('claims.json', JSON.stringify(issuer.claims({ aud: audience, branch: 'dev' })))
  const args = ['explain', '--audience', audience, '--claims', claims]
  const plain = await program.run(args)
  const { out, code } = await program.runInTerminal(args, { columns: 20 })
  expect(code).toBe(1)
  expect(out).toContain('\u001b[31m')
  // oxlint-disable-next-line no-control-regex
  expect(out.replaceAll(/\u001b\[\d+m/g, '').replaceAll('\r\n', '\n')).toBe(plain.out)
  const { out: uncoloured } = await program.runInTerminal(args, { env: { NO_COLOR: '1' } })
  expect(uncoloured.replaceAll('\r\n', '\n')).toBe(plain.out)
})
