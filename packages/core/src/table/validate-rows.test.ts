// The rows of a table that providers of others are made from.

import { describe, expect, test } from 'vitest'
import type { ClaimRows, RequiredClaims } from './claim-rows.ts'
import { parseRows } from './claim-rows.ts'
import type { ProviderTable } from './provider-table.ts'
import { checkRows, checkSources } from './validate-rows.ts'

const check = (rows: ClaimRows, requires?: RequiredClaims): void => checkRows(rows, 'The table', requires)

describe('checkRows', () => {
  test.each(['string', 'ID', '', 'id[][]', 'id|null|null', 'null', 'text?', 'toString'])(
    'checkRows refuses the word %j',
    (word) => {
      expect(() => check({ a: word as 'id' })).toThrow(TypeError)
      expect(() => check({ a: word as 'id' })).toThrow('use id, name, text, flag, number, boolean')
    },
  )

  test('checkRows names the nested word that is wrong', () => {
    expect(() => check({ a: { b: 'nope' as 'id' } })).toThrow("claim 'b': 'nope' is no word")
  })

  test.each([
    ['a claim that the table does not have', { b: 'rules pin it' }, "requires 'b', which is no claim of one row"],
    ['a family', { 'x_*': 'rules pin it' }, "requires 'x_*', which is no claim of one row"],
    ['no reason', { a: '' }, "claim 'a' is required without a reason"],
    ['a blank reason', { a: ' ' }, "claim 'a' is required without a reason"],
    ['a reason that is not text', { a: true as unknown as string }, "claim 'a' is required without a reason"],
    ['members of what has none', { a: { b: 'rules pin it' } }, "claim 'a' is required without a reason"],
    ['a missing member', { c: { b: 'rules pin it' } }, "requires 'b', which is no claim of one row"],
    ['a member without a reason', { c: { d: '' } }, "claim 'd' is required without a reason"],
  ])('checkRows refuses to require %s', (_, requires, message) => {
    expect(() => check({ a: 'id', 'x_*': 'text', c: { d: 'id' } }, requires)).toThrow(message)
  })
})

describe('checkSources', () => {
  test.each<[string, unknown, string]>([
    ['a misspelt claim', 'team_ids', 'reads ["team_ids"], which is no claim; did you mean \'team_id\'?'],
    ['a missing claim', 'xxxxxxxxxx', 'reads ["xxxxxxxxxx"], which is no claim'],
    ['a missing member', ['nested', 'outer'], 'reads ["nested", "outer"], which is no claim'],
    [
      'a member of a claim without members',
      ['team_id', 'x'],
      'reads ["team_id", "x"], which is no claim; did you mean \'team_id\'?',
    ],
    ['a member of a missing claim', ['nope', 'x'], 'reads ["nope", "x"], which is no claim'],
    ['an empty path', [], 'reads [], which is no claim'],
  ])('a table does not read %s', (_, source, message) => {
    const rows = parseRows({ team_id: 'id', nested: { inner: 'id' } })
    const identity = { ownerId: source } as unknown as ProviderTable['identity']
    expect(() => checkSources(identity, 'The table', rows)).toThrow(
      new TypeError(`The table: the field 'ownerId' ${message}`),
    )
  })
})
