import { describe, expect, test } from 'vitest'
import { findRow, parseRows } from './claim-rows.ts'
import type { ClaimRows, RequiredClaims } from './claim-rows.ts'

const parse = (rows: ClaimRows, requires?: RequiredClaims): ReturnType<typeof parseRows> => parseRows(rows, requires)

describe('parseRows', () => {
  test.each([
    ['id', { kind: 'id', list: false, nullable: false }],
    ['name', { kind: 'name', list: false, nullable: false }],
    ['text', { kind: 'text', list: false, nullable: false }],
    ['flag', { kind: 'flag', list: false, nullable: false }],
    ['number', { kind: 'number', list: false, nullable: false }],
    ['boolean', { kind: 'boolean', list: false, nullable: false }],
    ['id[]', { kind: 'id', list: true, nullable: false }],
    ['text|null', { kind: 'text', list: false, nullable: true }],
    [['a', 'b'], { kind: 'text', list: false, nullable: false }],
    [{ inner: 'id' }, { kind: 'object', list: false, nullable: false }],
  ] as const)('parseRows reads the word %j', (word, expected) => {
    expect(parse({ claim: word }).all).toMatchObject([{ name: 'claim', optional: true, family: false, ...expected }])
  })

  test('parseRows reads names: of families, with dots and slashes', () => {
    expect(parse({ a: 'id' }).all).toMatchObject([{ name: 'a', optional: true, family: false }])
    expect(parse({ 'x_*': 'text' }).all).toMatchObject([{ name: 'x_', optional: true, family: true }])
    expect(parse({ 'oidc.circleci.com/org-id': 'id' }).all).toMatchObject([{ name: 'oidc.circleci.com/org-id' }])
  })

  test('parseRows requires the claims that have a reason, and no others', () => {
    const rows = parse({ a: 'id', b: 'id', c: { d: 'id', e: 'id' } }, { a: 'rules pin it', c: { d: 'rules pin it' } })
    expect(rows.all.map(({ name, optional }) => [name, optional])).toEqual([
      ['a', false],
      ['b', true],
      ['c', false],
    ])
    expect(rows.named.get('c')?.rows?.all.map(({ name, optional }) => [name, optional])).toEqual([
      ['d', false],
      ['e', true],
    ])
  })
})

describe('parsed rows', () => {
  test('lists of objects, and single objects, have rows of their own', () => {
    const rows = parse(
      { jobs: [{ id: 'id' }], run: { by: 'text' }, event: ['push', 'tag'] },
      { run: 'handlers rely on it', event: 'handlers rely on it' },
    )
    expect(rows.all.map(({ name, kind, list, optional }) => [name, kind, list, optional])).toEqual([
      ['jobs', 'object', true, true],
      ['run', 'object', false, false],
      ['event', 'text', false, false],
    ])
    expect(rows.named.get('jobs')?.rows?.all).toMatchObject([{ name: 'id', kind: 'id' }])
    expect(rows.named.get('run')?.rows?.all).toMatchObject([{ name: 'by', kind: 'text', optional: true }])
    expect(rows.named.get('event')?.rows).toBeUndefined()
  })

  test('families are kept apart from claims of one name', () => {
    const rows = parse({ 'x_*': 'text', y: 'id' })
    expect(rows.families.map(({ name }) => name)).toEqual(['x_'])
    expect(rows.single.map(({ name }) => name)).toEqual(['y'])
    expect([...rows.named.keys()]).toEqual(['y'])
  })
})

describe('findRow', () => {
  const rows = parse({ 'prop_*': 'text', prop_id: 'id', opt: 'name' })

  test.each([
    ['prop_id', 'id'],
    ['prop_other', 'text'],
    ['opt', 'name'],
  ])('findRow finds for %s the row %s', (name, kind) => {
    expect(findRow(rows, name)?.kind).toBe(kind)
  })

  test.each(['prop_', 'prop', 'PROP_ID', 'opt?', '', '__proto__', 'toString'])(
    'findRow finds no row for %j',
    (name) => {
      expect(findRow(rows, name)).toBeUndefined()
    },
  )
})
