// S14: runs of code that anyone may propose are not trusted, and values that the caller chooses
// prove nothing.

import { aws, createVerifier, vercel } from '@jobpass/core'
import { lintRules } from '@jobpass/policy'
import { createTestIssuer } from '@jobpass/testing'
import { expect, test } from 'vitest'
import { codeOf } from '@jobpass/testing/internal'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(vercel)
const ours = { owner: 'tidewater', ownerId: 'team_k2Vn8RtYqLw4ZxBc7MdJfGh1' }

test.each([
  ['no environment', {}, 'preview', 'workload_forbidden'],
  ['the environment of previews', { environment: 'preview' }, 'preview', 'workload_forbidden'],
  ['previews', { preview: 'preview' }, 'preview', 'allowed'],
  ['no environment', {}, 'production', 'allowed'],
] as const)('S14: a rule that names %s answers a Vercel %s deployment', async (_, more, trigger, outcome) => {
  const token = await issuer.mint({ aud: audience }, { trigger })
  const { owner_id: ownerId } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    owner_id: string
  }
  const trust = vercel({ ...ours, ownerId, ...more })
  expect(await codeOf(createVerifier({ audience, trust, fetch: issuer.fetch }).verify(token))).toBe(outcome)
})

test('S14: lint reports that request tags of AWS prove nothing, and does not report principal tags', () => {
  const of = (tags: string): readonly string[] =>
    lintRules({
      trust: aws({
        issuerId: '6f1d0e1a-0000-4000-8000-000000000000',
        ownerId: '012345678901',
        claims: { 'https://sts.amazonaws.com/': { [tags]: { team: 'platform' } } },
      }),
    }).map(({ message }) => message)
  const proves = "'https://sts.amazonaws.com/.request_tags.team' is chosen by"
  expect(of('request_tags').some((message) => message.startsWith(proves))).toBe(true)
  expect(of('principal_tags').some((message) => message.includes('is chosen by'))).toBe(false)
})
