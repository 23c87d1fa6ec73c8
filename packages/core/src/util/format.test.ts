import { describe, expect, test } from 'vitest'
import { didYouMean } from './nearest.ts'
import { foldAscii, formatValue } from './format.ts'
import { isPlainObject, own, ownCopy } from './objects.ts'
import { readOptions, assertSeconds } from './options.ts'

describe('foldAscii', () => {
  test.each([
    ['AcMe-42/Shop', 'acme-42/shop'],
    ['ÄÖÜ', 'ÄÖÜ'],
    ['\u212A', '\u212A'], // Kelvin sign: Unicode folding would make it a k
    ['\u0130', '\u0130'], // Turkish dotted I
    ['ſ', 'ſ'],
  ])('lesson F10: foldAscii folds %j to %j', (text, folded) => {
    expect(foldAscii(text)).toBe(folded)
  })
})

describe('isPlainObject', () => {
  test.each([[{}], [Object.create(null)], [JSON.parse('{"a":1}')]])('isPlainObject takes %j', (value) => {
    expect(isPlainObject(value)).toBe(true)
  })

  test.each([
    [[]],
    [null],
    [undefined],
    ['text'],
    [1],
    [() => {}],
    [new Date(0)],
    [new Map()],
    [Object.create({ inherited: 1 })],
    [Object.create(Object.assign(Object.create(null), { inherited: 1 }) as object)],
    [new URL('https://ci.example')],
  ])('isPlainObject refuses %s', (value) => {
    expect(isPlainObject(value)).toBe(false)
  })
})

test('own reads no inherited member', () => {
  expect(own({ a: 1 }, 'a')).toBe(1)
  expect(own({}, 'toString')).toBeUndefined()
  expect(own(Object.create({ a: 1 }) as object, 'a')).toBeUndefined()
})

describe('ownCopy', () => {
  test('ownCopy freezes deeply, and does not change the original', () => {
    const original = { a: [{ b: 1 }] }
    const tree = ownCopy(original)
    expect([tree, tree.a, tree.a[0]].every((part) => Object.isFrozen(part))).toBe(true)
    expect(Object.isFrozen(original)).toBe(false)
    original.a[0] = { b: 2 }
    expect(tree.a[0]?.b).toBe(1)
  })

  test('ownCopy copies an object of which only the top is frozen', () => {
    const inner = ['push']
    const copy = ownCopy(Object.freeze({ inner }))
    inner.push('pull_request_target')
    expect(copy.inner).toEqual(['push'])
  })

  test('lesson B3: ownCopy inherits nothing, and keeps names of Object.prototype as its own', () => {
    const copy = ownCopy(JSON.parse('{"__proto__":{"admin":true},"constructor":1}') as Record<string, unknown>)
    expect(Object.getPrototypeOf(copy)).toBeNull()
    expect(Object.keys(copy)).toEqual(['__proto__', 'constructor'])
    expect(copy['admin']).toBeUndefined()
  })

  test('ownCopy reads each member once', () => {
    let reads = 0
    const copy = ownCopy({
      get a() {
        return ++reads
      },
    })
    expect([copy.a, copy.a, reads]).toEqual([1, 1, 1])
  })

  test('ownCopy fills the holes of a list', () => {
    const sparse = ['a']
    sparse[2] = 'c'
    expect(Object.keys(ownCopy(sparse))).toEqual(['0', '1', '2'])
  })

  test('ownCopy throws a TypeError for an endless structure', () => {
    const loop: Record<string, unknown> = {}
    loop['loop'] = loop
    expect(() => ownCopy(loop)).toThrow(TypeError)
  })
})

test.each([
  ['a\nb', '"a\\nb"'],
  [['x', undefined], '["x", undefined]'],
  [{ secret: 1 }, 'an object'],
  [() => 1, 'a function'],
  [Symbol('s'), 'Symbol(s)'],
  [7n, '7'],
])('formatValue shows %s on one line', (value, shown) => {
  expect(formatValue(value)).toBe(shown)
})

test('formatValue shows at most a hundred characters of a text', () => {
  expect(formatValue('x'.repeat(5000))).toHaveLength(102)
})

test('nearest suggests the nearest name, and none when none is near', () => {
  expect(didYouMean('repsitory', ['repository', 'ref'])).toBe("; did you mean 'repository'?")
  expect(didYouMean('BRANCH', ['branch'])).toBe("; did you mean 'branch'?")
  expect(didYouMean('zzzzzz', ['branch', 'tag'])).toBe('')
})

describe('readOptions', () => {
  test.each([
    [{ a: undefined }, "'a' is undefined: leave the key out"],
    [{ a: null }, "'a' is null: leave the key out"],
    [{ b: 1 }, "has no 'b'"],
    [{ [Symbol('a')]: 1 }, "has no 'Symbol(a)'"],
    [[], 'must be an object'],
    [null, 'must be an object, not null'],
    [Object.create({ a: 1 }), 'must be an object'],
    [JSON.parse('{"__proto__": 1}'), "has no '__proto__'"],
  ])('readOptions refuses %j', (bag, message) => {
    expect(() => readOptions<{ a: unknown }>('The bag', bag, { a: true })).toThrow(TypeError)
    expect(() => readOptions<{ a: unknown }>('The bag', bag, { a: true })).toThrow(message)
  })
})

describe('assertSeconds', () => {
  test.each([1, 1.5, 10])('lesson M3: assertSeconds takes %d', (value) => {
    expect(assertSeconds('x', value, 1, 10)).toBe(value)
  })

  test.each([0, -1, 11, Number.NaN, Infinity, -Infinity, '5', 5n, null, undefined, true, [5]])(
    'lesson M3: assertSeconds refuses %s',
    (value) => {
      expect(() => assertSeconds('maxTokenAge', value, 1, 10)).toThrow(
        'maxTokenAge must be a number of seconds from 1 to 10',
      )
    },
  )
})
