import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeText, encodeText, formatClaims, readToken } from './read-token.ts'
import type { State } from './state.ts'
import { readState, writeState } from './state.ts'

const claims = { iss: 'https://token.actions.githubusercontent.com', repository: 'acme/shop', ref: 'refs/heads/größe' }
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const signature = 'c2lnbmF0dXJlLW9mLWEtcmVhbC10b2tlbg'
const token = `${part({ alg: 'RS256' })}.${part(claims)}.${signature}`
const state: State = {
  claims,
  provider: 'github-actions',
  language: 'yaml',
  rule: 'rules: {}',
  set: '',
  audience: 'https://api.acme.dev',
  checkedAt: 3600,
}

test.each([token, `Bearer ${token}`, `  authorization: bearer ${token}\n`, token.slice(0, -signature.length)])(
  'reads the claims of a token, and drops its signature: %s',
  (text) => {
    expect(readToken(text)).toEqual({ claims, replacement: formatClaims(claims) })
  },
)

test('reads claims as JSON', () => {
  expect(readToken(` ${JSON.stringify(claims)} `)).toEqual({ claims })
})

const deep = `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`

test.each([
  ['', /^Paste a token/],
  ['hello', /^This is neither a token/],
  ['[1]', /^This is neither a token/],
  ['{"iss": }', /^This is no JSON/],
  ['{'.repeat(100_000), /longer than 64 KiB/],
  [deep, /nested deeper than 16 levels/],
  [`${part({ alg: 'RSA-OAEP' })}.a.b.c.d`, /encrypted/],
  [`a.${part('text')}.c`, /has no claims\. Claims are a JSON object\./],
  [`a.${Buffer.from([0xff, 0xfe]).toString('base64url')}.c`, /not base64url of UTF-8/],
  [`a.${'A'.repeat(70_000)}.c`, /longer than 64 KiB/],
])('answers a text that has no claims by a message: %#', (text, message) => {
  const { claims: none, fault } = readToken(text)
  expect(none).toBeUndefined()
  expect(fault).toMatch(message)
})

test('never leaves a signature in the text to show, also where the claims cannot be read', () => {
  expect(readToken(`a.b.${signature}`).replacement).toBe('a.b.')
  expect(readToken(`a.b.c.d.${signature}`).replacement).toBe('')
})

test('keeps members called __proto__ and lone surrogates', () => {
  const json = '{"__proto__":{"admin":true},"sub":"\\ud800"}'
  const read = readToken(json).claims
  expect(formatClaims(read ?? {}).replaceAll(/\s/g, '')).toBe(json)
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype)
})

test('never throws, whatever was pasted', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.base64String()), (text) => {
      readToken(text)
      readToken(`a.${text}.b`)
    }),
  )
})

test('restores a state from its fragment', () => {
  expect(readState(writeState(state))).toEqual(state)
  const odd = { ...state, claims: JSON.parse('{"__proto__":1,"sub":"\\udc00"}') as State['claims'], rule: '\ud800' }
  expect(JSON.stringify(readState(writeState(odd)))).toBe(JSON.stringify(odd))
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(decodeText(encodeText(JSON.stringify(text))) as string)).toBe(text)
    }),
  )
})

test('keeps a token out of the fragment, also one that was pasted into the wrong field', () => {
  const text = decodeText(writeState({ ...state, rule: token, audience: token }).slice(1))
  expect(text).not.toContain(signature)
  expect(text).toContain('(a token was removed)')
})

test('ignores fragments that are no state, and members of wrong types', () => {
  const fragment = (value: unknown): string => `#${encodeText(JSON.stringify(value))}`
  expect(readState('')).toBeUndefined()
  expect(readState('#the-rule')).toBeUndefined()
  expect(readState(`#${'A'.repeat(200_000)}`)).toBeUndefined()
  expect(readState(fragment([]))).toBeUndefined()
  expect(readState(fragment({ claims: 'a.b.c', language: 'perl', rule: 7, checkedAt: null, audience: 'a' }))).toEqual({
    audience: 'a',
  })
})
