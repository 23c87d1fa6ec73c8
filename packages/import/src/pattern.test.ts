import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decidesGlob } from './testing/globs.ts'
import { globsAround, globsWithin, includesPattern, matchesText, sampleOf } from './pattern.ts'
import type { Pattern } from './requirement.ts'
import { any, one } from './requirement.ts'

const pieces = fc.constantFrom<string | typeof any | typeof one>('a', 'b', '/', 'a/', any, any, one)
const patterns: fc.Arbitrary<Pattern> = fc.array(pieces, { maxLength: 6 })
const texts = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 7 }).map((list) => list.join(''))

/** The meaning of a pattern, as a regular expression. */
const meaning = (pattern: Pattern): RegExp =>
  new RegExp(`^${pattern.map((piece) => (piece === any ? '.*' : piece === one ? '.' : piece)).join('')}$`, 'su')

describe('patterns', () => {
  test('a pattern matches the texts that its regular expression matches', () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        expect(matchesText(pattern, text)).toBe(meaning(pattern).test(text))
      }),
    )
  })

  test('a pattern that includes another one matches all that it matches', () => {
    fc.assert(
      fc.property(patterns, patterns, texts, (wide, narrow, text) => {
        if (includesPattern(wide, narrow) && meaning(narrow).test(text)) expect(meaning(wide).test(text)).toBe(true)
      }),
    )
  })

  test('a sample of a pattern matches it', () => {
    fc.assert(
      fc.property(patterns, (pattern) => {
        expect(matchesText(pattern, sampleOf(pattern))).toBe(true)
      }),
    )
  })
})

describe('globs of patterns', () => {
  test('globs within a pattern match nothing else', () => {
    fc.assert(
      fc.property(patterns, texts, fc.boolean(), (pattern, text, segments) => {
        const globs = globsWithin(pattern, segments) ?? []
        if (globs.some((glob) => decidesGlob(glob, text))) expect(meaning(pattern).test(text)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('globs around a pattern match all that it matches, except texts with an empty segment', () => {
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const globs = globsAround(pattern)
        if (globs === undefined || text.split('/').includes('') || !meaning(pattern).test(text)) return
        expect(globs.some((glob) => decidesGlob(glob, text))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test.each<[Pattern, readonly string[]]>([
    [['release/', any], ['release/**']],
    [
      ['v', any],
      ['v*', 'v*/**'],
    ],
    [[any], ['**']],
    [
      ['v', one, '.', any],
      ['v?.*', 'v?.*/**'],
    ],
    [
      [any, '/main'],
      ['*/main', '*/**/*/main'],
    ],
  ])('the globs of pattern %# are those of people', (pattern, globs) => {
    expect(globsWithin(pattern)).toEqual(globs)
  })

  test('a text with a character of globs has none', () => {
    expect(globsWithin(['a*', any])).toBeUndefined()
  })
})
