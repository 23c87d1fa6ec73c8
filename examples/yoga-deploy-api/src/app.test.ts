// Which calls are admitted to a GraphQL API, and that no field runs for the others.

import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { expect, test } from 'vitest'
import { createApp } from './app.ts'

const issuer = await createTestIssuer(githubActions)
const app = createApp({ fetch: issuer.fetch })
const audience = 'https://deploy.acme.dev'

async function ask(query: unknown, claims?: Readonly<Record<string, unknown>>) {
  const token = claims && (await issuer.mint({ aud: audience, ...claims }))
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await app.fetch('http://localhost/graphql', { method: 'POST', headers, body: JSON.stringify(query) })
  return [response.status, (await response.json()) as Readonly<Record<string, unknown>>] as const
}

test('main deploys, and reads who it is', async () => {
  expect(await ask({ query: '{ caller }' }, {})).toEqual([200, { data: { caller: 'acme/shop' } }])
  const [status, { data }] = await ask({ query: 'mutation { deploy }' }, {})
  expect([status, data]).toEqual([200, { deploy: expect.stringMatching(/^[0-9a-f]{40}$/) }])
})

test('another branch reads, and a field refuses it in a way that clients can read', async () => {
  const dev = { ref: 'refs/heads/dev', sub: 'repo:acme@1234567/shop@74205118:ref:refs/heads/dev' }
  expect((await ask({ query: '{ caller }' }, dev))[0]).toBe(200)
  const [status, { errors, data }] = await ask({ query: 'mutation { deploy }' }, dev)
  expect([status, data, errors]).toMatchObject([403, null, [{ extensions: { code: 'workload_forbidden' } }]])
})

test.each<[string, unknown]>([
  ['a query', { query: '{ caller }' }],
  ['a mutation', { query: 'mutation { deploy }' }],
  ['introspection', { query: '{ __schema { types { name } } }' }],
  ['a query that does not parse', { query: '{' }],
  ['a batch', [{ query: '{ caller }' }, { query: 'mutation { deploy }' }]],
])('without a token, %s is refused before Yoga reads it', async (_, query) => {
  expect(await ask(query)).toMatchObject([401, { code: 'token_missing' }])
})

test('a stranger reads nothing', async () => {
  const stranger = { repository_owner_id: '7', sub: 'repo:acme@7/shop@74205118:ref:refs/heads/main' }
  expect(await ask({ query: '{ caller }' }, stranger)).toMatchObject([403, { code: 'workload_forbidden' }])
})
