import { describe, expect, test } from 'vitest'
import { withPolluted } from '@jobpass/testing/internal'
import { absent, allOf, anyEvent, glob, not, present, semver } from './condition.ts'
import { compileCondition, eachOf, looksLikePattern } from './compile-condition.ts'
import { isAbsent } from '../util/objects.ts'
import type { Comparison } from '../table/comparison.ts'

const text: Comparison = { label: 'branch', type: 'string', foldCase: false, separator: '/' }
const name: Comparison = { label: 'owner', type: 'string', foldCase: true, separator: '/' }
const id: Comparison = { label: 'ownerId', type: 'string', foldCase: false, separator: undefined }
const flag: Comparison = { label: 'refProtected', type: 'boolean', foldCase: false, separator: undefined }
const number: Comparison = { label: 'claims.runner_id', type: 'number', foldCase: false, separator: undefined }

const passes = (condition: unknown, actual: unknown, comparison = text): boolean =>
  compileCondition(condition, comparison).passes(actual)

describe('condition helpers', () => {
  test.each([
    [glob('a/*'), '{"glob":"a/*"}'],
    [not('a'), '{"not":"a"}'],
    [not(['a', 'b']), '{"not":["a","b"]}'],
    [not(glob('a')), '{"not":{"glob":"a"}}'],
    [present(), '{"present":true}'],
    [absent(), '{"present":false}'],
    [anyEvent(), '{"anyEvent":true}'],
    [allOf(glob('a/*'), not('a/b')), '{"allOf":[{"glob":"a/*"},{"not":"a/b"}]}'],
    [semver(), '{"semver":{}}'],
    [semver({ prefix: 'api-v', prerelease: true }), '{"semver":{"prefix":"api-v","prerelease":true}}'],
  ])('the helper for %j returns plain frozen JSON', (helper, json) => {
    expect(JSON.stringify(helper)).toBe(json)
    expect(Object.isFrozen(helper)).toBe(true)
  })
})

const absentValues = [undefined, null, '', []]

describe('absent values', () => {
  test.each(absentValues.map((value) => [value]))('lesson F2: %j is absent', (value) => {
    expect(isAbsent(value)).toBe(true)
  })

  test.each([[0], [false], [' '], [['']], [{}]])('%j is present', (value) => {
    expect(isAbsent(value)).toBe(false)
  })

  test.each([
    ['equality', 'main'],
    ['a list', ['main', 'next']],
    ['a pattern', glob('**')],
    ['a star', glob('*')],
    ['not', not('main')],
    ['not with a list', not(['main'])],
    ['not with a pattern', not(glob('main'))],
    ['present', present()],
  ])('attack E1: absent fails %s', (_, condition) => {
    for (const value of absentValues) expect(passes(condition, value)).toBe(false)
  })

  test('absent() matches absent values only', () => {
    for (const value of absentValues) expect(passes(absent(), value)).toBe(true)
    expect(passes(absent(), 'main')).toBe(false)
    expect(passes(absent(), false, flag)).toBe(false)
  })
})

describe('equality conditions', () => {
  test.each([
    ['main', 'main', true],
    ['main', 'Main', false],
    ['main', 'main ', false],
    ['main', ['main'], true],
    ['main', ['next', 'main'], true],
    ['main', ['mains'], false],
    ['main', { toString: (): string => 'main' }, false],
    [['main', 'next'], 'next', true],
    [['main', 'next'], 'main,next', false],
  ])('lesson F5: the condition %j on %j: %s', (condition, actual, expected) => {
    expect(passes(condition, actual)).toBe(expected)
  })

  test('lesson F4: equality compares JSON types', () => {
    expect(passes(true, 'true', flag)).toBe(false)
    expect(passes(true, true, flag)).toBe(true)
    expect(passes(false, false, flag)).toBe(true)
    expect(passes(7, '7', number)).toBe(false)
    expect(passes(7, 7, number)).toBe(true)
    expect(passes('7', 7, id)).toBe(false)
  })

  test('lesson F10: equality folds ASCII letters, of names only', () => {
    expect(passes('AcMe', 'aCmE', name)).toBe(true)
    expect(passes(['ACME'], 'acme', name)).toBe(true)
    expect(passes(glob('ACME/*'), 'acme/Shop', name)).toBe(true)
    expect(passes(not('ACME'), 'acme', name)).toBe(false)
    expect(passes('kraft', '\u212Araft', name)).toBe(false)
    expect(passes('MÜLLER', 'müller', name)).toBe(false)
    expect(passes('Main', 'main', text)).toBe(false)
  })
})

describe('negated conditions', () => {
  test.each([
    [not('main'), 'next', true],
    [not('main'), 'main', false],
    [not(['main', 'next']), 'next', false],
    [not(['main', 'next']), 'dev', true],
    [not(glob('release/*')), 'release/1', false],
    [not(glob('release/*')), 'main', true],
    [not('a'), ['b', 'c'], true],
    [not('a'), ['b', 'a'], false],
  ])('the condition %j on %j: %s', (condition, actual, expected) => {
    expect(passes(condition, actual)).toBe(expected)
  })
})

test('a pattern does not match a value that is not text', () => {
  expect(passes(glob('*'), 7)).toBe(false)
  expect(passes(glob('*'), true)).toBe(false)
  expect(passes(glob('1*'), ['2', '11'])).toBe(true)
})

describe('compileCondition', () => {
  const sparse = Array.from({ length: 1 }, () => 'main')
  sparse[2] = 'next'

  test.each([
    ['undefined', undefined, 'branch is undefined: leave it out, or write a value'],
    ['null', null, 'branch is null'],
    ['an empty text', '', 'absent() for "is not there"'],
    ['an empty list', [], 'an empty list would never match: leave the key out'],
    ['undefined in a list', [undefined], 'has undefined for a value'],
    ['null in a list', ['main', null], 'has null for a value'],
    ['an empty text in a list', ['main', ''], 'is empty: write a value'],
    ['a hole in a list', sparse, 'has undefined for a value'],
    ['a list in a list', [['main']], 'must be a string, not ["main"]'],
    ['an operator in a list', ['main', { not: 'x' }], 'must be a string, not an object'],
    ['a pattern without text in a list', ['main', { glob: 7 }], 'glob() takes a pattern, not 7'],
    ['a number', 7, "quote it, '7'"],
    ['a number in a list', [7], "quote it, '7'"],
    ['NaN', Number.NaN, 'is a number, but the claim is text'],
    ['a boolean', true, 'must be a string, not true'],
    ['a bigint', 7n, 'must be a string, not 7'],
    ['a symbol', Symbol('main'), 'must be a string, not Symbol(main)'],
    ['a function', () => 'main', 'must be a string, not a function'],
    ['a RegExp', /main/, 'must be a string, not an object'],
    ['a Date', new Date(0), 'must be a string'],
    ['a boxed string', Object('main'), 'must be a string'],
    ['a Map', new Map([['glob', 'x']]), 'must be a string'],
    ['a class instance with the right member', Object.create({ glob: 'x' }), 'must be a string'],
    [
      'an object',
      {},
      'is no condition: write a value, a list, glob(), not(), present(), absent(), allOf() or semver()',
    ],
    ['an unknown operator', { startsWith: 'x' }, 'is no condition'],
    ['two operators', { glob: 'x', not: 'y' }, 'is no condition'],
    ['a hidden second operator', { glob: 'x', [Symbol('s')]: 1 }, 'is no condition'],
    ['present with text', { present: 'yes' }, 'is no condition'],
    ['present with null', { present: null }, 'is no condition'],
    ['anyEvent elsewhere', anyEvent(), "anyEvent() is for 'event' in a trust rule only"],
    ['anyEvent false', { anyEvent: false }, 'anyEvent()'],
    ['a pattern without text', { glob: undefined }, 'glob() takes a pattern, not undefined'],
    ['an empty pattern', { glob: '' }, 'glob() takes a pattern, not ""'],
    ['a list of patterns', { glob: ['a', 'b'] }, 'glob() takes a pattern, not ["a", "b"]'],
    ['a RegExp as pattern', { glob: /a/ }, 'glob() takes a pattern'],
    ['** inside a segment', { glob: 'a**' }, 'must stand alone between separators'],
    ['not of nothing', { not: undefined }, 'branch is undefined'],
    ['not of null', { not: null }, 'branch is null'],
    ['not of an empty text', { not: '' }, 'is empty'],
    ['not of an empty list', { not: [] }, 'an empty list'],
    ['not of undefined in a list', { not: ['a', undefined] }, 'has undefined for a value'],
    ['not of not', { not: { not: 'a' } }, 'not() takes a value, a list or a glob()'],
    ['not of present', { not: { present: true } }, 'not() takes a value, a list or a glob()'],
    ['not of absent', { not: { present: false } }, 'not() takes a value, a list or a glob()'],
    ['not of anyEvent', { not: { anyEvent: true } }, 'anyEvent()'],
    ['not of a number', { not: 7 }, 'quote it'],
  ])('compileCondition refuses %s', (_, condition, message) => {
    expect(() => compileCondition(condition, text)).toThrow(TypeError)
    expect(() => compileCondition(condition, text)).toThrow(message)
  })

  test.each([[glob('1*')], [not(glob('1*'))], [glob('123')]])(
    'lesson G1: compileCondition refuses %j where only exact values are taken',
    (condition) => {
      expect(() => compileCondition(condition, id)).toThrow('ownerId takes exact values only, no glob()')
    },
  )

  test.each([
    ['true', flag, 'must be a boolean, not "true"'],
    [1, flag, 'must be a boolean, not 1'],
    [glob('t*'), flag, 'exact values only'],
    ['7', number, 'must be a number, not "7"'],
    [Number.NaN, number, 'must be a number, not NaN'],
    [Infinity, number, 'must be a number'],
    [glob('*'), number, 'exact values only'],
  ])('lesson F4: compileCondition refuses %s for another type', (condition, comparison, message) => {
    expect(() => compileCondition(condition, comparison)).toThrow(message)
  })

  test('compileCondition does not read an operator from the prototype', () => {
    withPolluted('anyEvent', true, () => {
      expect(() => compileCondition({}, text)).toThrow('is no condition')
    })
  })
})

test.each([['glob'], ['not'], ['present']])('compileCondition does not read %s from the prototype', (name) => {
  withPolluted(name, true, () => {
    expect(() => compileCondition({ startsWith: 'x' }, text)).toThrow('is no condition')
    expect(compileCondition('main', text)).toMatchObject({ operator: 'equals', patterns: undefined })
  })
})

test('equality of names ignores values that are not text', () => {
  expect(passes('acme', 7, name)).toBe(false)
  expect(passes(['acme', 'quill'], [{}, 'QUILL'], name)).toBe(true)
})

describe('lists of values and patterns', () => {
  const list = ['main', glob('release/*'), glob('hot?ix')]

  test.each<[unknown, boolean]>([
    ['main', true],
    ['release/1', true],
    ['hotfix', true],
    ['Main', false],
    ['release/1/2', false],
    ['mains', false],
    [undefined, false],
    [['other', 'release/2'], true],
  ])('a list with patterns on %j: %s', (actual, expected) => {
    expect(passes(list, actual)).toBe(expected)
    expect(passes(not(list), actual)).toBe(actual !== undefined && !expected)
  })

  test('a list with patterns ignores letter case where names do', () => {
    expect(passes(['Acme', glob('Quill*')], 'ACME', name)).toBe(true)
    expect(passes(['Acme', glob('Quill*')], 'quill-otter', name)).toBe(true)
  })

  test('a list with patterns is refused where only exact values are taken', () => {
    expect(() => compileCondition(['7', glob('8*')], id)).toThrow('takes exact values only, no glob()')
  })
})

describe('allOf()', () => {
  test('allOf() is the list of its conditions, and any other condition a list of one', () => {
    expect(eachOf(allOf(glob('release/*'), not('release/next')), 'branch')).toEqual([
      { glob: 'release/*' },
      { not: 'release/next' },
    ])
    expect(eachOf('main', 'branch')).toEqual(['main'])
    expect(eachOf({ allOf: ['a', 'b'], not: 'c' }, 'branch')).toEqual([{ allOf: ['a', 'b'], not: 'c' }])
  })

  test.each<[string, unknown, string]>([
    ['one condition', { allOf: ['main'] }, 'branch: allOf() takes two conditions or more'],
    ['no list', { allOf: 'main' }, 'branch: allOf() takes two conditions or more'],
    ['another allOf()', { allOf: ['a', { allOf: ['b', 'c'] }] }, 'branch: allOf() takes no other allOf(): write one'],
  ])('allOf() of %s is a TypeError', (_, condition, message) => {
    expect(() => eachOf(condition, 'branch')).toThrow(new TypeError(message))
  })
})

describe('semver()', () => {
  // The versions that https://semver.org names as valid and invalid, with the prefix.
  test.each<[string, boolean, boolean]>([
    ['v0.0.4', true, true],
    ['v1.2.3', true, true],
    ['v10.20.30', true, true],
    ['v999999999999999999.99999999999999999.99999999999999999', true, true],
    ['v1.1.2-prerelease', false, true],
    ['v1.0.0-alpha', false, true],
    ['v1.0.0-alpha.beta.1', false, true],
    ['v1.0.0-alpha0.valid', false, true],
    ['v1.0.0-0A.is.legal', false, true],
    ['v1.2.3----RC-SNAPSHOT.12.9.1--.12', false, true],
    ['v1.0.0-rc.1+build.1', false, false],
    ['v1.1.2+meta', false, false],
    ['v1', false, false],
    ['v1.2', false, false],
    ['v1.2.3.4', false, false],
    ['v01.1.1', false, false],
    ['v1.01.1', false, false],
    ['v1.1.01', false, false],
    ['v1.2.3-0123', false, false],
    ['v1.2.3-', false, false],
    ['v1.2.3-a..b', false, false],
    ['v1.2.3 ', false, false],
    ['v1.2.3\n', false, false],
    ['v-1.2.3', false, false],
    ['v١.٢.٣', false, false],
    ['1.2.3', false, false],
    ['V1.2.3', false, false],
    ['vv1.2.3', false, false],
    ['', false, false],
  ])('%j matches semver(): %s, with pre-releases: %s', (tag, released, any) => {
    expect([passes(semver(), tag), passes(semver({ prerelease: true }), tag)]).toEqual([released, any])
  })

  test('semver() takes another prefix, also an empty one', () => {
    expect([passes(semver({ prefix: '' }), '1.2.3'), passes(semver({ prefix: '' }), 'v1.2.3')]).toEqual([true, false])
    expect([
      passes(semver({ prefix: 'api-v' }), 'api-v1.2.3'),
      passes(semver({ prefix: 'api.v' }), 'api-v1.2.3'),
    ]).toEqual([true, false])
  })

  test.each<[string, unknown, Comparison, string]>([
    ['an unknown option', { semver: { range: '1.x' } }, text, "branch: semver() has no 'range'"],
    ['a prefix that is not text', { semver: { prefix: 1 } }, text, 'the prefix of semver() is text'],
    ['a long prefix', { semver: { prefix: 'x'.repeat(101) } }, text, 'the prefix of semver() is text'],
    [
      'prerelease that is no boolean',
      { semver: { prerelease: 'yes' } },
      text,
      'the prerelease of semver() is true or false',
    ],
    ['no options', { semver: true }, text, 'must be an object'],
    ['a field of exact values', semver(), id, 'ownerId takes exact values only, no semver()'],
    ['not()', { not: semver() }, text, 'not() takes a value, a list or a glob()'],
  ])('semver() with %s is a TypeError', (_, condition, comparison, message) => {
    expect(() => compileCondition(condition, comparison)).toThrow(TypeError)
    expect(() => compileCondition(condition, comparison)).toThrow(message)
  })
})

describe('a compiled condition', () => {
  test('a compiled condition does not follow later changes of its source', () => {
    const list = ['main']
    const compiled = compileCondition(list, text)
    list.push('evil')
    expect(compiled.passes('evil')).toBe(false)
    expect(compiled.expected).toEqual(['main'])
  })

  test('a compiled condition keeps its JSON', () => {
    expect(compileCondition(not(glob('a/*')), text)).toMatchObject({
      operator: 'not',
      expected: { not: { glob: 'a/*' } },
    })
    expect(compileCondition(absent(), text)).toMatchObject({ operator: 'absent', expected: { present: false } })
  })

  test.each([
    ['acme/*', true],
    ['^main$', true],
    ['a\\d', true],
    [['main', 'v*'], true],
    ['feature/a-b_c', false],
    [glob('v*'), false],
    [not('v*'), false],
  ])('lesson F9: whether %j looks like a pattern: %s', (condition, expected) => {
    expect(looksLikePattern(compileCondition(condition, text))).toBe(expected)
  })
})
