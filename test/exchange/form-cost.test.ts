// S9: the cost of a form does not depend on its content.

import { describe, expect, test } from 'vitest'
import { forms, size, tooMany } from './hostile-forms.ts'
import { ask, ciToken, post, service } from './service.ts'

describe('64 KiB', () => {
  test.each(forms)('S9: 64 KiB of %s are refused', async (_, form, expected) => {
    expect(Buffer.byteLength(form)).toBeLessThanOrEqual(size)
    const { exchange } = await service()
    const { status, body } = await post(exchange, '/token', form)
    const { error_description: description, code } = JSON.parse(body) as Record<string, unknown>
    expect([status, code ?? description]).toEqual([400, expected])
  })

  test.each(forms)('S9: 64 KiB of %s are refused at the revocation endpoint', async (_, form) => {
    const { exchange } = await service()
    expect((await post(exchange, '/revoke', form)).status).toBe(400)
  })
})

test('S9: parameters of a parsed form are counted too', async () => {
  const { exchange } = await service()
  const answerTo = async (body: object): Promise<unknown> => {
    const answer = await exchange.answer({
      method: 'POST',
      path: '/token',
      headers: (name) => (name === 'content-type' ? ['application/x-www-form-urlencoded'] : []),
      body: async () => body,
    })
    return (JSON.parse(answer?.body ?? '') as Record<string, unknown>)['error_description']
  }
  const many = Array.from({ length: 33 }, (_, index) => [`a${index}`, 'x'])
  expect(await answerTo(Object.fromEntries(many))).toBe(tooMany)
  expect(await answerTo({ audience: many.map(([name]) => name) })).toBe(tooMany)
})

test('S9: a form may have 32 parameters', async () => {
  const { exchange } = await service()
  const others = Object.fromEntries(Array.from({ length: 28 }, (_, index) => [`a${index}`, 'x']))
  expect((await ask(exchange, { subject_token: ciToken(), ...others })).status).toBe(200)
})
