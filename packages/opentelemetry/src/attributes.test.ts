import type { VerdictEvent } from '@jobpass/core'
import { createVerifier, githubActions, gitlab } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { expect, test } from 'vitest'
import { verdictAttributes, workloadAttributes } from './index.ts'

const audience = 'https://api.acme.dev'
const [github, lab] = await Promise.all([createTestIssuer(githubActions), createTestIssuer(gitlab)])
const events: VerdictEvent[] = []
const verifier = createVerifier({
  audience,
  trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' })],
  fetch: (input, init) => ((input as string).includes('gitlab') ? lab : github).fetch(input, init),
  onVerdict: (event) => events.push(event),
})

test('the attributes of a tag are those of a ref of type tag', async () => {
  const workload = await verifier.verify(await github.mint({ aud: audience }, { trigger: 'tag' }))

  expect(workloadAttributes(workload)).toMatchObject({ 'vcs.ref.head.name': 'v1.4.0', 'vcs.ref.head.type': 'tag' })
})

test('the attributes of a repository in groups hold its short name', async () => {
  const workload = await verifier.verify(await lab.mint({ aud: audience, project_path: 'acme/platform/shop' }))

  expect(workloadAttributes(workload)).toMatchObject({
    'vcs.owner.name': 'acme/platform',
    'vcs.repository.name': 'shop',
    'jobpass.repository': 'acme/platform/shop',
    'cicd.pipeline.run.url.full': 'https://gitlab.com/acme/platform/shop/-/pipelines/1790023311',
  })
})

test('the attributes of a refusal before the signature hold code and claim, and nothing of the token', async () => {
  events.length = 0
  await verifier.verify(await github.mint({ aud: audience, exp: undefined })).catch(() => {})

  expect(events.map(verdictAttributes)).toEqual([
    { 'jobpass.layer': 'token', 'jobpass.allowed': false, 'error.type': 'claims_invalid', 'jobpass.claim': 'exp' },
  ])
})

test('the attributes of a denial hold no expected values', async () => {
  events.length = 0
  const token = await github.mint({ aud: audience, repository_owner_id: '7654321' })
  await verifier.verify(token).catch(() => {})

  expect(JSON.stringify(events.map(verdictAttributes))).not.toContain('1234567')
})
