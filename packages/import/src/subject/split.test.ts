import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchesText, sampleOf } from '../pattern.ts'
import type { Pattern } from '../requirement.ts'
import { any, one } from '../requirement.ts'
import type { Form } from './split.ts'
import { splitsOf } from './split.ts'

const letters = /[ab]/
const forms: readonly Form[] = [
  ['r:', { hole: 'x', of: letters }, '/', { hole: 'y', of: letters }, ':', { hole: 'z', of: /[ab:/]/ }],
  ['r:', { hole: 'x', of: /[ab/]/ }, ':t:', { hole: 'y', of: letters }],
  ['r:', { hole: 'x', of: letters }],
]
const pieces = fc.constantFrom<string | typeof any | typeof one>('r:', 'a', 'b', '/', ':', ':t:', any, any, one)
const patterns: fc.Arbitrary<Pattern> = fc.array(pieces, { maxLength: 7 })
const cases = fc.tuple(fc.constantFrom(...forms), patterns)

/** A value of a hole. */
const valueOf = (of: RegExp): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...['a', 'b', ':', '/'].filter((each) => of.test(each))), { minLength: 1, maxLength: 4 })
    .map((list) => list.join(''))

const subjects = (form: Form): fc.Arbitrary<readonly string[]> =>
  fc.tuple(...form.map((part) => (typeof part === 'string' ? fc.constant(part) : valueOf(part.of))))

const joinHoles = (form: Form, valueOfHole: (name: string) => string): string =>
  form.map((part) => (typeof part === 'string' ? part : valueOfHole(part.hole))).join('')

describe('splits', () => {
  test('values that match the patterns of a split make a subject that the whole pattern matches', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom('', 'a', 'ab', 'x:t:/'), ([form, pattern], filling) => {
        for (const split of splitsOf(pattern, form) ?? []) {
          const subject = joinHoles(form, (name) => sampleOf(split[name] ?? [], filling))
          expect(matchesText(pattern, subject)).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('a subject of the form that the pattern matches has its values in a split', () => {
    const withSubject = cases.chain(([form, pattern]) =>
      fc.tuple(fc.constant(form), fc.constant(pattern), subjects(form)),
    )
    fc.assert(
      fc.property(withSubject, ([form, pattern, values]) => {
        if (!matchesText(pattern, values.join(''))) return
        const isIn = (split: Readonly<Record<string, Pattern>>): boolean =>
          form.every(
            (part, index) => typeof part === 'string' || matchesText(split[part.hole] ?? [], values[index] ?? ''),
          )
        expect((splitsOf(pattern, form) ?? []).some(isIn)).toBe(true)
      }),
      { numRuns: 5000 },
    )
  })

  test('a wildcard at a border is of both sides', () => {
    expect(splitsOf(['r:a', any], forms[0] as Form)).toEqual([{ x: ['a', any], y: [any], z: [any] }])
  })

  test('a pattern that no subject of the form matches has no split', () => {
    expect(splitsOf(['q', any], forms[0] as Form)).toEqual([])
  })
})
