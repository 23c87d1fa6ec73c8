import { describe, expect, test } from 'vitest'
import { formTokens, isCrossSite, isFromBrowser } from './forgery.ts'

const origin = 'https://packages.example'
const request = (headers: Readonly<Record<string, readonly string[]>>) => ({
  headers: (name: string) => headers[name] ?? [],
})

describe('where a request is from', () => {
  test.each([
    ['the same origin', { 'sec-fetch-site': ['same-origin'], origin: [origin] }, false],
    ['the same origin, by an older browser', { origin: [origin] }, false],
    ['no browser', {}, false],
    ['another site', { 'sec-fetch-site': ['cross-site'], origin: ['https://evil.example'] }, true],
    ['another site, by an older browser', { origin: ['https://evil.example'] }, true],
    ['another origin of the site', { 'sec-fetch-site': ['same-site'], origin: ['https://a.packages.example'] }, true],
    ['a sandboxed frame', { 'sec-fetch-site': ['cross-site'], origin: ['null'] }, true],
    ['another scheme', { origin: ['http://packages.example'] }, true],
    ['another port', { origin: ['https://packages.example:8443'] }, true],
    ['two origins', { origin: [origin, 'https://evil.example'] }, true],
    ['two origins that were joined', { origin: [`${origin}, https://evil.example`] }, true],
    ['the address bar', { 'sec-fetch-site': ['none'] }, true],
  ])('%s', (_, headers, expected) => {
    expect(isCrossSite(request(headers), origin)).toBe(expected)
  })

  test('a browser states its origin or its relation to the site', () => {
    expect(
      [{}, { origin: [origin] }, { 'sec-fetch-site': ['same-origin'] }].map((each) => isFromBrowser(request(each))),
    ).toEqual([false, true, true])
  })
})

describe('the token of a form', () => {
  const tokens = formTokens('0123456789abcdef0123456789abcdef')

  test('it is for one session, and different each time', async () => {
    const [first, second] = [await tokens.issue('ada'), await tokens.issue('ada')]
    expect(first).not.toBe(second)
    expect(await tokens.isFor('ada', first)).toBe(true)
    expect(await tokens.isFor('ada', second)).toBe(true)
    expect(await tokens.isFor('eve', first)).toBe(false)
  })

  test('all processes with the secret accept it, and no others', async () => {
    const token = await tokens.issue('ada')
    const same = formTokens(new TextEncoder().encode('0123456789abcdef0123456789abcdef'))
    expect(await same.isFor('ada', token)).toBe(true)
    expect(await formTokens('another secret of 32 characters!').isFor('ada', token)).toBe(false)
  })

  test('a changed, cut or missing token is refused', async () => {
    const token = await tokens.issue('ada')
    const changed = token.slice(0, -1) + (token.endsWith('0') ? '1' : '0')
    for (const each of [changed, token.slice(1), token.toUpperCase(), `${token}0`, '', undefined, null, [token]])
      expect(await tokens.isFor('ada', each)).toBe(false)
  })

  test.each([undefined, '', 'short', new Uint8Array(31), {}])('the secret %o is refused', (secret) => {
    expect(() => formTokens(secret)).toThrow('needs a secret of at least 32 bytes')
  })
})
