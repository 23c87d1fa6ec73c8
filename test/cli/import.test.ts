// `jobpass import` as a program. What it translates is tested in packages/import.

import { parsePolicy } from '@jobpass/policy'
import { providers } from '@jobpass/policy/built-in'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import { matchesSchema } from './schemas.ts'

const github = 'https://token.actions.githubusercontent.com'
const key = 'token.actions.githubusercontent.com'
const statement = (conditions: object): object => ({
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${key}` },
  Action: 'sts:AssumeRoleWithWebIdentity',
  Condition: conditions,
})
const aws = {
  Version: '2012-10-17',
  Statement: [
    statement({
      StringEquals: { [`${key}:aud`]: 'sts.amazonaws.com', [`${key}:sub`]: 'repo:acme/shop:ref:refs/heads/main' },
    }),
  ],
}

/** A policy of each system that says the same: the branch main of acme/shop. */
const policies: Readonly<Record<string, { readonly text: string; readonly flags?: readonly string[] }>> = {
  aws: { text: JSON.stringify(aws) },
  gcp: {
    text: JSON.stringify({
      name: 'projects/123456789012/locations/global/workloadIdentityPools/ci/providers/github',
      attributeMapping: { 'google.subject': 'assertion.sub' },
      attributeCondition: "assertion.repository_id == '74205118' && assertion.ref == 'refs/heads/main'",
      oidc: { issuerUri: github },
    }),
  },
  vault: {
    text: JSON.stringify({
      role_type: 'jwt',
      user_claim: 'repository_id',
      bound_audiences: ['https://vault.acme.dev'],
      bound_claims: { repository_id: '74205118', ref: 'refs/heads/main' },
    }),
    flags: ['--issuer', github],
  },
  azure: {
    text: JSON.stringify({
      issuer: github,
      subject: 'repo:acme/shop:ref:refs/heads/main',
      audiences: ['api://AzureADTokenExchange'],
    }),
  },
  'octo-sts': { text: `issuer: ${github}\nsubject: repo:acme/shop:ref:refs/heads/main\naudience: acme.dev\n` },
  'oidc-ui': {
    text: JSON.stringify({
      issuer: github,
      claims: { aud: ['acme.dev'], repository_id: ['74205118'], ref: ['refs/heads/main'] },
    }),
  },
}

let program: Program
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())

test.each(Object.entries(policies))(
  'a policy of %s becomes one that jobpass reads',
  async (source, { text, flags = [] }) => {
    const { out, err, code } = await program.run(['import', source, '-', ...flags], { input: text })
    expect([code, err]).toEqual([0, ''])
    const policy = parsePolicy(out, { providers })
    expect(Object.values(policy.entries).flat()).not.toHaveLength(0)
    expect((await program.run(['lint', '-', '--fail-on', 'error'], { input: out })).code).toBe(0)
  },
)

test('the result follows its schema as JSON', async () => {
  const { out, code } = await program.run(['import', 'aws', '-', '--json', '--set', 'deploy'], {
    input: JSON.stringify(aws),
  })
  expect(code).toBe(0)
  const result = JSON.parse(out) as { policy: { rules: object }; audiences: unknown }
  expect([Object.keys(result.policy.rules), result.audiences]).toEqual([['deploy'], ['sts.amazonaws.com']])
  await matchesSchema(program, 'import', result)
})

test('what cannot be translated safely exits with 1, and says why', async () => {
  const open = { ...aws, Statement: [statement({ StringLike: { [`${key}:sub`]: '*' } })] }
  const { out, err, code } = await program.run(['import', 'aws', '-'], { input: JSON.stringify(open) })
  expect([code, out]).toEqual([1, ''])
  expect(err).toMatch(/^not translated Statement\[0\]/)
})

test.each([
  ['no policy', ['aws', '-'], 'rules: {}', 'jobpass: '],
  ['no text', ['gcp', '-'], '{', 'jobpass: '],
  ['an unknown system', ['hudson', '-'], '', "there is no system 'hudson'. Known: aws, gcp"],
  ['no file', ['aws', 'gone.json'], '', 'jobpass: gone.json: there is no such file'],
])('%s exits with 3', async (_, args, input, message) => {
  const { out, err, code } = await program.run(['import', ...args], { input })
  expect([code, out]).toEqual([3, ''])
  expect(err).toContain(message)
})

test.skipIf(!hasTerminals)('in a terminal of 20 columns, the policy is the same', async () => {
  program.write('aws.json', JSON.stringify(aws))
  const piped = await program.run(['import', 'aws', 'aws.json'])
  const { out, code } = await program.runInTerminal(['import', 'aws', 'aws.json'], { columns: 20 })
  expect([code, out.replaceAll('\r\n', '\n')]).toEqual([0, piped.out])
})
