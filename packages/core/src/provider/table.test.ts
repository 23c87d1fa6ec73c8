import { describe, expect, it } from 'vitest'
import { findRow, parseRows } from './table.ts'
import type { ClaimRows } from './table.ts'

const parse = (rows: ClaimRows): ReturnType<typeof parseRows> => parseRows(rows, 'The table')

describe('parseRows', () => {
  it.each([
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
  ] as const)('reads %j', (word, expected) => {
    expect(parse({ claim: word }).all).toMatchObject([{ name: 'claim', optional: false, family: false, ...expected }])
  })

  it('reads names: optional, family, with dots and slashes', () => {
    expect(parse({ 'a?': 'id' }).all).toMatchObject([{ name: 'a', optional: true, family: false }])
    expect(parse({ 'x_*?': 'text' }).all).toMatchObject([{ name: 'x_', optional: true, family: true }])
    expect(parse({ 'oidc.circleci.com/org-id': 'id' }).all).toMatchObject([{ name: 'oidc.circleci.com/org-id' }])
  })

  it.each(['string', 'ID', '', 'id[][]', 'id|null|null', 'null', 'text?', 'toString'])(
    'refuses the word %j',
    (word) => {
      expect(() => parse({ a: word as 'id' })).toThrow(TypeError)
      expect(() => parse({ a: word as 'id' })).toThrow('use id, name, text, flag, number, boolean')
    },
  )

  it('names a nested word that is wrong', () => {
    expect(() => parse({ a: { b: 'nope' as 'id' } })).toThrow("claim 'b': 'nope' is no word")
  })

  it('refuses a family that every token would have to have', () => {
    expect(() => parse({ 'x_*': 'text' })).toThrow("write 'x_*?'")
  })
})

describe('what rows are made ready for', () => {
  it('a list of objects, and one of them, have rows of their own', () => {
    const rows = parse({ 'jobs?': [{ id: 'id' }], run: { 'by?': 'text' }, event: ['push', 'tag'] })
    expect(rows.all.map(({ name, kind, list, optional }) => [name, kind, list, optional])).toEqual([
      ['jobs', 'object', true, true],
      ['run', 'object', false, false],
      ['event', 'text', false, false],
    ])
    expect(rows.named.get('jobs')?.rows?.all).toMatchObject([{ name: 'id', kind: 'id' }])
    expect(rows.named.get('run')?.rows?.all).toMatchObject([{ name: 'by', kind: 'text', optional: true }])
    expect(rows.named.get('event')?.rows).toBeUndefined()
  })

  it('families stand apart from claims of one name', () => {
    const rows = parse({ 'x_*?': 'text', y: 'id' })
    expect(rows.families.map(({ name }) => name)).toEqual(['x_'])
    expect(rows.single.map(({ name }) => name)).toEqual(['y'])
    expect([...rows.named.keys()]).toEqual(['y'])
  })
})

describe('findRow', () => {
  const rows = parse({ 'prop_*?': 'text', prop_id: 'id', 'opt?': 'name' })

  it.each([
    ['prop_id', 'id'],
    ['prop_other', 'text'],
    ['opt', 'name'],
  ])('%s is %s', (name, kind) => {
    expect(findRow(rows, name)?.kind).toBe(kind)
  })

  it.each(['prop_', 'prop', 'PROP_ID', 'opt?', '', '__proto__', 'toString'])('knows no %j', (name) => {
    expect(findRow(rows, name)).toBeUndefined()
  })
})
