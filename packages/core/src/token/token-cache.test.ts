import { createHash } from 'node:crypto'
import { createVerifier, githubActions } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { publicJwk } from '@jobpass/testing/internal'
import { readCache, TokenCache } from './token-cache.ts'

/** A signature: its end is effectively random. */
const endOf = (name: string): string => createHash('sha256').update(name).digest('base64url')

const token = (name: string, end = endOf(name)): { readonly text: string; readonly name: string } => ({
  text: `header.claims-of-${name}.${end}`,
  name,
})

describe('the cache option', () => {
  test.each([
    [undefined, { entries: 5000, maxAge: Infinity }],
    [{}, { entries: 5000, maxAge: Infinity }],
    [{ entries: 2 }, { entries: 2, maxAge: Infinity }],
    [
      { entries: 1_000_000, maxAge: 1 },
      { entries: 1_000_000, maxAge: 1 },
    ],
    [{ maxAge: 86_400 }, { entries: 5000, maxAge: 86_400 }],
    [{ maxAge: 1.5 }, { entries: 5000, maxAge: 1.5 }],
    [false, undefined],
  ] as const)('the cache option %j gives the limits %j', (given, limits) => {
    expect(readCache(given)).toEqual(limits)
  })

  const numbers = 'cache: entries must be a whole number from 2 to 1000000, not'
  const times = 'cache: maxAge must be a number of seconds from 1 to 86400'
  test.each<[unknown, string]>([
    [{ entries: 0 }, `${numbers} 0`],
    [{ entries: 1 }, `${numbers} 1`],
    [{ entries: 2.5 }, `${numbers} 2.5`],
    [{ entries: 1.5 }, `${numbers} 1.5`],
    [{ entries: Number.NaN }, `${numbers} NaN`],
    [{ entries: Infinity }, `${numbers} Infinity`],
    [{ entries: -2 }, `${numbers} -2`],
    [{ entries: 1_000_001 }, `${numbers} 1000001`],
    [{ entries: '100' }, `${numbers} "100"`],
    [{ entries: null }, "'entries' is null"],
    [{ maxAge: 0 }, times],
    [{ maxAge: 0.5 }, times],
    [{ maxAge: -1 }, times],
    [{ maxAge: 86_401 }, times],
    [{ maxAge: Number.NaN }, times],
    [{ maxAge: Infinity }, times],
    [{ maxAge: '60' }, times],
    [{ maxAge: null }, "'maxAge' is null"],
    [{ size: 100 }, "cache has no 'size'"],
    [{ entires: 100 }, "cache has no 'entires'"],
    [null, "'cache' is null"],
    [true, 'cache must be an object, not true'],
    [100, 'cache must be an object, not 100'],
    [[], 'cache must be an object'],
  ])('lesson M3: a verifier refuses the cache option %j', (cache, message) => {
    const options = {
      audience: 'https://api.acme.dev',
      trust: githubActions.at('https://git.acme.dev/_services/token', { keys: [publicJwk] })({ ownerId: '1234567' }),
      cache: cache as never,
    }
    expect(() => createVerifier(options)).toThrow(TypeError)
    expect(() => createVerifier(options)).toThrow(message)
  })
})

describe('the entries of the token cache', () => {
  test('the cache returns the same value for its text', () => {
    const cache = new TokenCache({ entries: 10 })
    const [one, two] = [token('one'), token('two')]
    cache.set(one)
    cache.set(two)
    expect([cache.get(one.text), cache.get(two.text), cache.size]).toEqual([one, two, 2])
    expect(cache.get(one.text)).toBe(one)
  })

  test('the cache returns the newest value of a text', () => {
    const cache = new TokenCache({ entries: 10 })
    const [older, newer] = [token('one'), token('one')]
    cache.set(older)
    cache.set(newer)
    expect(cache.get(older.text)).toBe(newer)
    expect(cache.size).toBe(1)
  })

  test.each([
    ['empty text', ''],
    ['the same signature after other claims', token('two', token('one').text.slice(-43)).text],
    ['the signature only', token('one').text.slice(-43)],
    ['the text without its first character', token('one').text.slice(1)],
    ['the text with a character before it', `x${token('one').text}`],
    ['the text with its last character changed', `${token('one').text.slice(0, -1)}f`],
    ['the text in another letter case', token('one').text.toUpperCase()],
  ])('lesson B1: the cache does not find a token by %s, in either generation', (_, text) => {
    const cache = new TokenCache({ entries: 4 })
    const one = token('one')
    cache.set(one)
    expect(cache.get(text)).toBeUndefined()
    cache.set(token('two'))
    cache.set(token('three'))
    expect(cache.get(text)).toBeUndefined()
    expect(cache.get(one.text)).toBe(one)
  })

  test('the cache distinguishes two texts with the same signature, and keeps the later one', () => {
    const end = 'e'.repeat(43)
    const cache = new TokenCache({ entries: 10 })
    const [one, two] = [token('one', end), token('two', end)]
    cache.set(one)
    cache.set(two)
    expect([cache.get(one.text), cache.get(two.text)]).toEqual([undefined, two])
  })

  test.each([2, 3, 4, 5, 6])('the cache distinguishes texts by character %i from the end', (back) => {
    const cache = new TokenCache({ entries: 10 })
    const text = (character: string): string => `${'e'.repeat(43 - back)}${character}${'e'.repeat(back - 1)}`
    const [one, two] = [token('one', text('a')), token('one', text('b'))]
    cache.set(one)
    cache.set(two)
    expect([cache.get(one.text), cache.get(two.text), cache.size]).toEqual([one, two, 2])
  })

  test('the cache keeps ten thousand random signatures without a collision', () => {
    const cache = new TokenCache({ entries: 20_000 })
    for (let index = 0; index < 10_000; index++) cache.set(token(String(index)))
    expect(cache.size).toBe(10_000)
  })

  test('delete() removes one entry from either generation, and no other', () => {
    const cache = new TokenCache({ entries: 4 })
    const [one, two, three] = [token('one'), token('two'), token('three')]
    for (const each of [one, two, three]) cache.set(each)
    // The first two are in the old generation, the third is in the young one.
    cache.delete(one)
    expect([cache.get(one.text), cache.size]).toEqual([undefined, 2])
    cache.delete(three)
    expect([cache.get(three.text), cache.size]).toEqual([undefined, 1])
    expect(cache.get(two.text)).toBe(two)
  })
})

describe('lesson A5: the size of the token cache', () => {
  test.each([2, 3, 4, 5, 10, 11, 100])('the cache never has more than %i entries', (entries) => {
    const cache = new TokenCache({ entries })
    const sizes = Array.from({ length: 5 * entries }, (_, index) => {
      cache.set(token(`t${index}`))
      // Reads entries of both generations, and some that never existed.
      for (const back of [0, 1, entries >> 1, entries]) cache.get(token(`t${index - back}`).text)
      return cache.size
    })
    expect(Math.max(...sizes)).toBeLessThanOrEqual(entries)
    // At least half of them are kept.
    expect(Math.min(...sizes.slice(entries))).toBeGreaterThanOrEqual(Math.floor(entries / 2))
  })

  test('the cache drops the old generation when the young one is full', () => {
    const cache = new TokenCache<ReturnType<typeof token>>({ entries: 4 })
    const tokens = ['1', '2', '3', '4', '5'].map((name) => token(name))
    const sizes = tokens.map((each) => {
      cache.set(each)
      return cache.size
    })
    expect(sizes).toEqual([1, 2, 3, 4, 3])
    expect(tokens.map(({ text }) => cache.get(text)?.name)).toEqual([undefined, undefined, '3', '4', '5'])
  })

  test('an entry that is read often outlives others of its age', () => {
    const cache = new TokenCache({ entries: 10 })
    const [kept, lost] = [token('kept'), token('lost')]
    cache.set(kept)
    cache.set(lost)
    for (let index = 0; index < 200; index++) {
      cache.set(token(`t${index}`))
      expect(cache.get(kept.text)).toBe(kept)
    }
    expect(cache.get(lost.text)).toBeUndefined()
  })

  test('an entry that is read moves to the young generation, and counts once', () => {
    const cache = new TokenCache({ entries: 4 })
    const [one, two, three] = [token('one'), token('two'), token('three')]
    for (const each of [one, two, three]) cache.set(each)
    expect([cache.get(one.text), cache.size]).toEqual([one, 3])
    expect([cache.get(one.text), cache.size]).toEqual([one, 3])
  })

  test('an entry that is set again moves to the young generation, and counts once', () => {
    const cache = new TokenCache({ entries: 4 })
    const [one, again] = [token('one'), token('one')]
    for (const each of [one, token('two'), token('three')]) cache.set(each)
    cache.set(again)
    expect([cache.get(one.text), cache.size]).toEqual([again, 3])
    cache.set(token('four'))
    expect(cache.get(one.text)).toBe(again)
  })
})
