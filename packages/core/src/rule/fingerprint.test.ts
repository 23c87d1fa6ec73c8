import { describe, expect, test } from 'vitest'
import { githubActions } from '../index.ts'
import { digestOf, fingerprint } from './fingerprint.ts'
import { compiledRule } from './make-rule.ts'
import type { CompiledRule } from './rule.ts'

// Test vectors by the authors of FNV, http://www.isthe.com/chongo/tech/comp/fnv/ (64 bits, FNV-1a).
test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['b', 'af63df4c8601f1a5'],
  ['foobar', '85944171f73967e8'],
])('the fingerprint of %j is %s', (text, digest) => {
  expect(fingerprint(text)).toBe(digest)
})

test('the fingerprint of a text is that of its UTF-8, in sixteen digits', () => {
  expect(fingerprint('é')).not.toBe(fingerprint('e'))
  for (let index = 0; index < 300; index++) expect(fingerprint(`policy ${index}`)).toMatch(/^[0-9a-f]{16}$/)
})

describe('fingerprints of rules', () => {
  const of = (...rules: readonly object[]): string => digestOf(rules.map((rule) => compiledRule(rule) as CompiledRule))
  const main = githubActions({ ownerId: '1', branch: 'main' })

  test('the fingerprint is the same for the same rules', () => {
    expect(of(githubActions({ ownerId: '1', branch: 'main' }))).toBe(of(main))
  })

  test.each<[string, readonly object[]]>([
    ['another value', [githubActions({ ownerId: '1', branch: 'next' })]],
    ['another operator', [githubActions({ ownerId: '1', branch: ['main'] })]],
    ['another field', [githubActions({ ownerId: '1', tag: 'main' })]],
    ['another effect', [githubActions.deny({ ownerId: '1', branch: 'main' })]],
    ['another issuer', [githubActions.at('https://git.acme.dev/_services/token')({ ownerId: '1', branch: 'main' })]],
    ['code', [githubActions({ ownerId: '1', branch: 'main', where: () => true })]],
    ['a second rule', [main, main]],
    ['none', []],
  ])('the fingerprint differs for %s', (_, rules) => {
    expect(of(...rules)).not.toBe(of(main))
  })

  test('the fingerprint differs for another order, and for other code', () => {
    const next = githubActions({ ownerId: '1', branch: 'next' })
    expect(of(main, next)).not.toBe(of(next, main))
    const yes = githubActions({ ownerId: '1', where: () => true })
    expect(of(yes)).not.toBe(of(githubActions({ ownerId: '1', where: () => false })))
  })
})
