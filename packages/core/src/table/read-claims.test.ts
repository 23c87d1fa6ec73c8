// Which values are read by the rows of a table, and which claims match them.

import { describe, expect, test } from 'vitest'
import { parseRows } from './claim-rows.ts'
import type { ReadClaims } from './read-claims.ts'
import { readClaims, valueOf, withoutEmpty, wrongClaim } from './read-claims.ts'

const rows = parseRows(
  {
    id: 'id',
    text: 'text',
    flag: 'flag',
    count: 'number',
    maybe: 'text|null',
    names: 'name[]',
    nested: { inner: 'id' },
    'prop_*': 'text',
  },
  { id: 'rules pin it' },
)

type Claims = Readonly<Record<string, unknown>>

const readOf = (claims: Claims): ReadClaims => {
  const read = readClaims(rows, claims)
  if (typeof read === 'string') throw new Error(`${read} is wrong`)
  return read
}

const values = (claims: Claims): readonly unknown[] => {
  const read = readOf(claims)
  return rows.single.map((_, index) => valueOf(read, index))
}

describe('the values of rows', () => {
  test('the values of rows are found in any order of members, also after tokens in other orders', () => {
    for (let round = 0; round < 3; round++) {
      expect(values({ id: '1', text: 'a' })).toEqual(['1', 'a', ...Array<undefined>(5).fill(undefined)])
      expect(values({ other: 1, text: 'a', id: '1' })).toEqual(['1', 'a', ...Array<undefined>(5).fill(undefined)])
      expect(values({ id: '1', count: 7, prop_a: 'x' })[3]).toBe(7)
    }
  })

  test('tokens in more orders than are kept are all read right', () => {
    for (let round = 0; round < 2; round++)
      for (let index = 0; index < 50; index++)
        expect(values({ [`other_${index}`]: 1, text: String(index), id: '1' }).slice(0, 2)).toEqual([
          '1',
          String(index),
        ])
  })

  test('an inherited member is no value, whether or not a token before had its name', () => {
    expect(values({ id: '1', text: 'a' })[1]).toBe('a')
    const claims = Object.assign(Object.create({ text: 'a' }) as object, { id: '1' }) as Claims
    expect(values(claims)[1]).toBeUndefined()
  })
})

describe('what is wrong with claims', () => {
  test.each<[string, Claims, string | undefined]>([
    ['nothing', { id: '1' }, undefined],
    ['a required claim that is missing', { text: 'a' }, 'id'],
    ['a required claim that is empty', { id: '' }, 'id'],
    ['a required claim that is null', { id: null }, 'id'],
    ['a claim of another type', { id: '1', text: 7 }, 'text'],
    ['a flag that is neither true nor false', { id: '1', flag: 'yes' }, 'flag'],
    ['a number in quotes', { id: '1', count: '7' }, 'count'],
    ['an item of a list', { id: '1', names: ['a', 7] }, 'names'],
    ['a member of a nested claim', { id: '1', nested: { inner: 7 } }, 'nested.inner'],
    ['a member of a family', { id: '1', prop_a: 7 }, 'prop_a'],
    ['several, of which the first row counts', { prop_a: 7, count: '7', text: 7, id: '1' }, 'text'],
    ['several, of which the rows count before a family', { prop_a: 7, count: '7', id: '1' }, 'count'],
    ['a missing one after one of another type', { text: 7 }, 'id'],
    ['optional claims that are empty or null', { id: '1', text: '', flag: null, names: null, prop_a: '' }, undefined],
    ['unknown claims', { id: '1', other: 7 }, undefined],
  ])('of %s, the claim is named', (_, claims, wrong) => {
    expect(wrongClaim(rows, { sub: 'job', ...claims })).toBe(wrong)
    for (let time = 0; time < 2; time++) {
      const read = readClaims(rows, claims)
      expect(typeof read === 'string' ? read : undefined).toBe(wrong)
    }
  })
})

describe('claims without the empty ones', () => {
  test('functions of a table read undefined in place of an empty claim, and null where the row allows it', () => {
    const claims = { id: '1', text: '', flag: null, maybe: null, other: '' }
    expect(withoutEmpty(rows, claims, readOf(claims))).toStrictEqual({
      id: '1',
      text: undefined,
      flag: undefined,
      maybe: null,
      other: '',
    })
  })

  test('lesson B3: claims without a prototype stay without one', () => {
    const claims = Object.assign(Object.create(null) as object, { id: '1', text: '' }) as Claims
    expect(Object.getPrototypeOf(withoutEmpty(rows, claims, readOf(claims)))).toBeNull()
  })
})
