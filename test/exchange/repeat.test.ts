// A token request that is sent again because its answer was lost: the job is not locked out, and a
// thief of the token gets nothing.

import { expect, test } from 'vitest'
import { ask, ciToken, claimsOf, publish, service } from './service.ts'

const key = (text: string) => ({ 'idempotency-key': [`"${text}"`] })
const one = key('6f0c2d9b-1e7a-4c58-93b2-9f11a0c4e8d7')
const other = key('71c2d3e4-f506-4718-a29b-3c4d5e6f7081')

type Given = Awaited<ReturnType<typeof service>>
const codeOf = async ({ exchange }: Given, ...args: [form: Readonly<Record<string, string>>, headers?: typeof one]) => {
  const { status, body } = await ask(exchange, ...args)
  return status === 200 ? 'issued' : body['code']
}

test('the same request with the same key is answered again for a minute, and not after two', async () => {
  const given = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  expect(await codeOf(given, form, one)).toBe('issued')
  given.clock.advance(60)
  expect(await codeOf(given, form, one)).toBe('issued')
  given.clock.advance(60)
  expect(await codeOf(given, form, one)).toBe('token_replayed')
})

test('an answer that is given again is another token, with a record of its own', async () => {
  const { exchange, records } = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  const tokens = [await ask(exchange, form, one), await ask(exchange, form, one)].map(({ body }) =>
    claimsOf(body['access_token']),
  )
  expect(tokens[0]?.['jti']).not.toBe(tokens[1]?.['jti'])
  expect(records).toMatchObject(tokens.map(({ jti }) => ({ outcome: 'issuing', tokenId: jti })))
})

test.each([
  ['no key', {}],
  ['another key', other],
])('a thief of a used token gets nothing with %s, however often', async (_, headers) => {
  const given = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  expect(await codeOf(given, form, one)).toBe('issued')
  for (let attempt = 0; attempt < 3; attempt++)
    expect(await codeOf(given, form, headers as typeof one)).toBe('token_replayed')
  expect(await codeOf(given, form, one)).toBe('issued')
})

test.each([
  ['scope', { scope: 'read' }],
  ['audience', { scope: 'publish', audience: 'https://api.acme.dev' }],
])('another %s is another request', async (_, changes) => {
  const given = await service()
  const subject_token = ciToken()
  expect(await codeOf(given, { subject_token, scope: 'publish' }, one)).toBe('issued')
  expect(await codeOf(given, { subject_token, ...changes }, one)).toBe('token_replayed')
})

test('a key says nothing about another token', async () => {
  const given = await service()
  const [first, second] = [ciToken(), ciToken()]
  expect(await codeOf(given, { subject_token: first, scope: 'publish' }, one)).toBe('issued')
  expect(await codeOf(given, { subject_token: second, scope: 'publish' })).toBe('issued')
  expect(await codeOf(given, { subject_token: second, scope: 'publish' }, one)).toBe('token_replayed')
})

test('a request that was refused is no request to repeat', async () => {
  const given = await service({ grants: [publish] })
  const subject_token = ciToken()
  expect((await ask(given.exchange, { subject_token, scope: 'admin' }, one)).body['error']).toBe('invalid_scope')
  expect(await codeOf(given, { subject_token, scope: 'publish' }, other)).toBe('issued')
  expect(await codeOf(given, { subject_token, scope: 'publish' }, one)).toBe('token_replayed')
})

test('of fifty requests at once with one key, some are answered, and all tokens are of that client', async () => {
  const { exchange } = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(exchange, form, one)))
  const codes = new Set(answers.map(({ status, body }) => (status === 200 ? 'issued' : body['code'])))
  expect(codes.has('issued')).toBe(true)
  expect([...codes].every((code) => code === 'issued' || code === 'token_replayed')).toBe(true)
})

test.each([
  ['short', ['"0123456789abcdef"']],
  ['long', [`"${'x'.repeat(129)}"`]],
  ['empty', ['']],
  ['no text of base64url', ['"6f0c2d9b 1e7a 4c58 93b2 9f11a0c4e8d7"']],
  ['sent twice', ['"6f0c2d9b-1e7a-4c58-93b2-9f11a0c4e8d7"', '"6f0c2d9b-1e7a-4c58-93b2-9f11a0c4e8d7"']],
])('a key that is %s is refused, and uses nothing up', async (_, values) => {
  const given = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  const { status, body } = await ask(given.exchange, form, { 'idempotency-key': values })
  expect([status, body['error']]).toEqual([400, 'invalid_request'])
  expect(await codeOf(given, form)).toBe('issued')
})

test('a store that fails while a request is remembered does not take the answer away', async () => {
  const given = await service()
  let claims = 0
  const { store } = given
  const failing = {
    ...store,
    claim: (name: string, until: number) => {
      if (++claims === 2) throw new Error('out of reach')
      return store.claim(name, until)
    },
  }
  const again = await service({}, { replay: { store: failing } })
  const form = { subject_token: ciToken(), scope: 'publish' }
  expect(await codeOf(again, form, one)).toBe('issued')
  expect(await codeOf(again, form, one)).toBe('token_replayed')
})
