import { run } from '@bufbuild/cel'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Pattern, Requirement } from '../requirement.ts'
import { any, one } from '../requirement.ts'
import { parseRegex } from './regex.ts'
import { looseText, regexTests } from './regex-tests.ts'

/** Whether a text passes, by the meaning of requirements. */
function passes(requirement: Requirement, text: string): boolean {
  if ('all' in requirement) return requirement.all.every((part) => passes(part, text))
  if ('any' in requirement) return requirement.any.some((part) => passes(part, text))
  const { comparison, negated } = requirement
  if (comparison.kind === 'equals') return comparison.values.includes(text) !== negated
  if (comparison.kind === 'like') return comparison.patterns.some((pattern) => likes(pattern, text)) !== negated
  throw new Error(`no test of text: ${comparison.kind}`)
}

function likes(pattern: Pattern, text: string): boolean {
  const source = pattern.map((piece) =>
    piece === any ? '.*' : piece === one ? '.' : piece.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`),
  )
  return new RegExp(`^${source.join('')}$`, 'su').test(text)
}

const matchesRe2 = (regex: string, text: string): boolean => run('t.matches(r)', { t: text, r: regex }) === true

const texts = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', 'x'), maxLength: 7 })

/** Regular expressions of the subset, and some beyond it. */
const { regex } = fc.letrec<{ regex: string; sequence: string; item: string }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(
      'a',
      'b',
      '/',
      String.raw`\.`,
      '.',
      '.*',
      '.+',
      '.*?',
      '[^/]+',
      '[^a]+',
      '[ab]',
      '[.]',
      'a?',
      '.?',
      '^',
      '$',
      'x',
    ),
    tie('regex').map((inner) => `(${inner})`),
    tie('regex').map((inner) => `(?:${inner})?`),
  ),
  sequence: fc.array(tie('item'), { maxLength: 4 }).map((items) => items.join('')),
  regex: fc
    .tuple(fc.boolean(), fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }), fc.boolean())
    .map(([start, sequences, end]) => `${start ? '^' : ''}${sequences.join('|')}${end ? '$' : ''}`),
}))

test('a regular expression and its requirements agree on every text', () => {
  let understood = 0
  fc.assert(
    fc.property(regex, fc.array(texts, { minLength: 8, maxLength: 12 }), (source, samples) => {
      const tests = regexTests(source, ['c'], 'here')
      if ('refused' in tests) return
      understood++
      for (const text of samples) {
        const expected = matchesRe2(source, text)
        expect({ source, text, passes: passes(tests.matches, text) }).toEqual({ source, text, passes: expected })
        expect({ source, text, passes: passes(tests.differs, text) }).toEqual({ source, text, passes: !expected })
      }
      if (tests.loose !== undefined) expect(matchesRe2(source, tests.loose)).toBe(true)
    }),
    { numRuns: 3000 },
  )
  expect(understood).toBeGreaterThan(500)
})

test('regular expressions without a counterpart are refused, with the reason', () => {
  const reasons: Readonly<Record<string, string>> = {
    [String.raw`^v\d+$`]: String.raw`\d has no counterpart`,
    '^[a-z]+$': 'ranges of characters have no counterpart',
    '^(?i)main$': 'flags and named groups are not understood',
    '^a{3}$': '"{" is not understood',
    '^a*$': '"*" is understood after "." only',
    '^(a$': 'a group is not closed',
    'a)': 'a group is not closed, or closed twice',
    '^[^/:]+$': 'of negated classes, only one like [^/]+ is understood',
    '^a[^/]+.*$': 'its anchors or classes have no counterpart',
    'a^b': 'its anchors or classes have no counterpart',
    '(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)': 'it has too many alternatives',
    'a\\': 'it is incomplete',
  }
  for (const [source, reason] of Object.entries(reasons))
    expect({ source, ...regexTests(source, ['c'], 'here') }).toEqual({ source, refused: reason })
})

test('a text that passes for want of an anchor is an example of it', () => {
  const examples: Readonly<Record<string, string | undefined>> = {
    'lumen-forge/.*': 'evil-lumen-forge/x',
    '^lumen-forge/': 'lumen-forge/-evil',
    main: 'evil-main-evil',
    '^main$': undefined,
    '.*main.*': undefined,
  }
  for (const [source, example] of Object.entries(examples)) {
    const parsed = parseRegex(source)
    expect('refused' in parsed ? parsed : parsed.alternatives.map(looseText)).toEqual([example])
  }
})
