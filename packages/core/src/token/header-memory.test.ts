import { expect, test } from 'vitest'
import { clockAt, codeOf, fetchKeys, now, signParts } from '../../../../test/lessons/forge.ts'
import { githubPush } from '../../../../test/lessons/samples.ts'
import { createVerifier } from '../request/verifier.ts'
import { githubActions } from '../index.ts'
import { HeaderMemory } from './header-memory.ts'
import { decodeToken } from './jws.ts'
import type { JoseHeader, Token } from '../model/token.ts'

const header = { typ: 'JWT', alg: 'RS256', kid: 'k1' }

test('what is kept is given again for the same text, and for no other', () => {
  const memory = new HeaderMemory()
  const kept: JoseHeader = Object.freeze({ alg: 'RS256' })
  memory.keep({ text: 'a.b.c', header: kept })
  expect([memory.get('a'), memory.get('b')]).toEqual([kept, undefined])
})

test('it holds sixty-four, and begins anew with the next', () => {
  const memory = new HeaderMemory()
  const headers = Array.from({ length: 65 }, (_, index): JoseHeader => ({ alg: `a${index}` }))
  headers.slice(0, 64).forEach((each) => memory.keep({ text: `${each.alg}.b.c`, header: each }))
  headers.slice(0, 64).forEach((each) => memory.keep({ text: `${each.alg}.b.c`, header: each }))
  expect(headers.filter(({ alg }) => memory.get(alg) !== undefined)).toHaveLength(64)
  memory.keep({ text: 'a64.b.c', header: { alg: 'a64' } })
  expect(headers.filter(({ alg }) => memory.get(alg) !== undefined)).toEqual([{ alg: 'a64' }])
})

test('a token with a known header is decoded as before, and its claims are its own', () => {
  const memory = new HeaderMemory()
  const first = decodeToken(signParts(header, githubPush), memory) as Token
  memory.keep(first)
  const second = decodeToken(signParts(header, { ...githubPush, jti: 'other' }), memory) as Token
  expect(second.header).toBe(first.header)
  expect([second.claims.jti, Object.isFrozen(second.header)]).toEqual(['other', true])
})

test('a header in another spelling is decoded for itself', async () => {
  const options = { audience: 'https://api.acme.dev', trust: githubActions({ ownerId: '1234567' }) }
  const verifier = createVerifier({ ...options, fetch: fetchKeys(), clock: clockAt(now), cache: false })
  expect(await codeOf(verifier.verify(signParts(header, githubPush)))).toBe('allowed')
  for (const other of [
    { ...header, alg: 'none' },
    { ...header, crit: ['x'] },
    { ...header, typ: 'at+jwt' },
  ])
    expect(await codeOf(verifier.verify(signParts(other, githubPush)))).not.toBe('allowed')
  const padded = signParts(`${JSON.stringify(header)} `, githubPush)
  expect(await codeOf(verifier.verify(padded))).toBe('allowed')
})
