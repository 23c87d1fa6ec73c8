import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileGlob, mayMeet, matchGlob } from './glob.ts'

const matches = (pattern: string, value: string, separator = '/'): boolean =>
  matchGlob(compileGlob(pattern, separator), value, separator)

/** The documented meaning, word by word, regardless of speed. */
function naive(pattern: string, value: string): boolean {
  return segments(pattern.split('/'), value.split('/'))
}

function segments(patterns: readonly string[], values: readonly string[]): boolean {
  const [head, ...rest] = patterns
  if (head === undefined) return values.length === 0
  if (head === '**') {
    // Any number of whole segments, none of them empty; at the end at least one.
    const least = rest.length === 0 ? 1 : 0
    for (let count = least; count <= values.length; count++) {
      if (values.slice(0, count).every((each) => each !== '') && segments(rest, values.slice(count))) return true
    }
    return false
  }
  const [value, ...others] = values
  if (value === undefined) return false
  return (head === '*' ? value !== '' : within(head, value)) && segments(rest, others)
}

function within(pattern: string, value: string): boolean {
  if (pattern === '') return value === ''
  if (pattern.startsWith('*')) {
    return within(pattern.slice(1), value) || (value !== '' && within(pattern, value.slice(1)))
  }
  return value !== '' && (pattern[0] === '?' || pattern[0] === value[0]) && within(pattern.slice(1), value.slice(1))
}

const segment = fc.oneof(
  { weight: 2, arbitrary: fc.constant('**') },
  {
    weight: 5,
    arbitrary: fc
      .array(fc.constantFrom('a', 'a', 'b', '*', '?'), { maxLength: 4 })
      .map((characters) => characters.join('').replaceAll(/\*+/g, '*')),
  },
)
const pattern = fc.array(segment, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'))
const value = fc
  .array(
    fc.array(fc.constantFrom('a', 'a', 'b'), { maxLength: 3 }).map((characters) => characters.join('')),
    { minLength: 1, maxLength: 7 },
  )
  .map((parts) => parts.join('/'))

/** A pattern, and a value made from it, so that it nearly always matches. */
const related = fc
  .tuple(pattern, fc.array(fc.constantFrom('', 'a', 'b', 'a/b', 'aa'), { minLength: 24, maxLength: 24 }))
  .map(([text, fillings]) => {
    const next = (): string => fillings.pop() ?? 'a'
    return [text, text.replaceAll(/\*\*|\*/g, next).replaceAll('?', 'b')] as const
  })

describe('lesson F7: the meaning of patterns', () => {
  test.each([
    ['main', 'main', true],
    ['main', 'main2', false],
    ['main', 'xmain', false],
    ['main', '', false],
    ['release/*', 'release/1', true],
    ['release/*', 'release/', false],
    ['release/*', 'release', false],
    ['release/*', 'release/1/2', false],
    ['release/*', 'releases/1', false],
    ['release/v*', 'release/v', true],
    ['release/?', 'release/12', false],
    ['release/?', 'release/', false],
    ['a?c', 'a/c', false],
    ['a*c', 'a/c', false],
    ['**', 'a', true],
    ['**', 'a/b/c', true],
    ['**', '', false],
    ['**', 'a//b', false],
    ['acme/**', 'acme/a/b', true],
    ['acme/**', 'acme', false],
    ['acme/**', 'acme/', false],
    ['**/main', 'main', true],
    ['**/main', 'x/y/main', true],
    ['**/main', '/main', false],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/z', true],
    ['a/**/z', 'a//z', false],
    ['a/**/b/**/z', 'a/x/b/y/b/z', true],
    ['**/**', 'a', true],
    ['*', '', false],
    ['*', 'a/b', false],
    ['a*b*c', 'a-b-b-c-b-c', true],
    ['[ab]', 'a', false],
    ['{a,b}', 'a', false],
    ['a.c', 'abc', false],
    ['(a|b)', 'a', false],
    ['main$', 'main', false],
    ['\\*', 'x', false],
    ['?', '😀', true],
    ['😀*', '😀b', true],
  ])('the pattern %j on %j: %s', (text, candidate, expected) => {
    expect(matches(text, candidate)).toBe(expected)
    if (!/[^\u0020-\u007e]/.test(candidate)) expect(naive(text, candidate)).toBe(expected)
  })

  test.each(['a**', '**b', 'a/**b/c', '***', 'x/****'])(
    "compileGlob refuses %j: '**' must be a whole segment",
    (text) => {
      expect(() => compileGlob(text, '/')).toThrow(TypeError)
      expect(() => compileGlob(text, '/')).toThrow("'**' must stand alone between separators")
    },
  )

  test('patterns keep segments apart, whichever separator the claim has', () => {
    expect(matches('a:*', 'a:b/c', ':')).toBe(true)
    expect(matches('a:*', 'a:b:c', ':')).toBe(false)
    expect(matches('a:**', 'a:b:c', ':')).toBe(true)
  })
})

describe('lesson F7: equals a naive matcher', () => {
  test('lesson F7: the matcher equals a naive one on generated patterns and values', () => {
    let agreed = 0
    fc.assert(
      fc.property(fc.oneof(fc.tuple(pattern, value), related), ([text, candidate]) => {
        const expected = naive(text, candidate)
        if (expected) agreed++
        expect(matches(text, candidate)).toBe(expected)
      }),
      { numRuns: 20_000, seed: 7 },
    )
    // Otherwise the alphabet is too large for the property to show anything.
    expect(agreed).toBeGreaterThan(5000)
  })

  test('lesson F7: the matcher equals a naive one on every value of up to five characters, for patterns that backtrack', () => {
    const all = [''].concat(...[1, 2, 3, 4, 5].map((length) => words(length)))
    for (const text of ['**/a', 'a/**/b', '**/a/**', '*a*', 'a*b*a', '**//**', '*/**/b', '**/?/**', '/**', '**/']) {
      for (const candidate of all) {
        if (matches(text, candidate) !== naive(text, candidate)) {
          expect(`${text} on ${candidate}: ${matches(text, candidate)}`).toBe('what the naive matcher says')
        }
      }
    }
  })
})

function words(length: number): string[] {
  if (length === 0) return ['']
  return words(length - 1).flatMap((word) => ['a', 'b', '/'].map((character) => word + character))
}

describe('lesson F7: cost is at most pattern × value', () => {
  const stepsOf = (text: string, candidate: string): number => {
    let steps = 0
    matchGlob(compileGlob(text, '/'), candidate, '/', (a, b) => {
      steps++
      return a === b
    })
    return steps
  }

  test.each([
    ['*a*a*a*a*b', 'a'.repeat(100_000)],
    ['*a*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(10_000)],
    ['a?a?a*a?a?b', 'a'.repeat(100_000)],
    ['**/a/**/a/**/a/**/b', 'a/'.repeat(20_000) + 'a'],
    ['**/a/a/a/a/b/**', 'a/'.repeat(20_000) + 'a'],
    ['**/*a*b/**/*a*b/**/c', 'aaaaaaaa/'.repeat(2_000) + 'a'],
    ['**/**/**/**/**/b', 'a/'.repeat(5_000) + 'a'],
  ])('lesson F7: matching costs at most pattern × value steps: %s', (text, candidate) => {
    expect(stepsOf(text, candidate)).toBeLessThanOrEqual(text.length * candidate.length)
  })

  test('lesson F7: matching costs at most pattern × value steps on generated patterns and values', () => {
    fc.assert(
      fc.property(pattern, value, (text, candidate) => {
        expect(stepsOf(text, candidate)).toBeLessThanOrEqual(text.length * candidate.length)
      }),
      { numRuns: 5000, seed: 7 },
    )
  })
})

describe('whether two patterns may meet', () => {
  const meet = (one: string, other: string): boolean => mayMeet(one, other)

  test.each([
    ['acme/*', '*/shop', true],
    ['acme/**', '*/**/*@refs/*/**', true],
    ['acme/x@*', '*/**/*@refs/*/**', false],
    ['*/*', '**', true],
    ['*/*', 'acme', false],
    ['*/*', 'acme/shop/api', false],
    ['**', '', false],
    ['a/**', 'a', false],
    ['a/**/b', 'a//b', false],
    ['a', 'b', false],
    ['*', '', false],
    ['a*', 'a', true],
    ['a*', 'b', false],
    ['a*', '*b', true],
    ['a*', 'b*', true],
  ])('%s and %s: %s', (one, other, expected) => {
    expect([meet(one, other), meet(other, one)]).toEqual([expected, expected])
  })

  const values = [''].concat(...[1, 2, 3, 4, 5, 6, 7].map((length) => words(length)))
  const property = (segments: readonly string[], check: (meets: boolean, expected: boolean) => void): void => {
    const short = fc.array(fc.constantFrom(...segments), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(short, short, (one, other) =>
        check(
          meet(one, other),
          values.some((each) => matches(one, each) && matches(other, each)),
        ),
      ),
      { numRuns: 400, seed: 7 },
    )
  }

  test('patterns of whole segments meet exactly when some short value matches both', () => {
    let met = 0
    property(['a', 'b', '*', '**', ''], (meets, expected) => {
      if (expected) met++
      expect(meets).toBe(expected)
    })
    expect(met).toBeGreaterThan(50)
  })

  test('patterns that do not meet have no value in common', () => {
    let apart = 0
    property(['a', 'b', '?', 'a*', '*b', '*', '**', ''], (meets, expected) => {
      if (!meets) apart++
      expect(!meets && expected).toBe(false)
    })
    expect(apart).toBeGreaterThan(50)
  })
})
