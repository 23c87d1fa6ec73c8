// How each field of a table is read and compared.

import { describe, expect, test } from 'vitest'
import type { UnverifiedClaims } from '../model/token.ts'
import { compileTable, readPath } from './compile-table.ts'
import type { CompiledTable } from './compile-table.ts'
import type { ProviderTable } from './provider-table.ts'
import { TokenFields } from './read-claims.ts'
import type { Shape } from '../model/value-shape.ts'
import { ref, refName, slug } from '../model/value-shape.ts'

const compile = (changes: object = {}): CompiledTable =>
  compileTable({
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['RS256'],
    claims: {
      team_id: 'id',
      slug: 'name',
      ref: 'text',
      prot: 'flag',
      attempt: 'number',
      env_prot: 'boolean',
      groups: 'name[]',
      nested: { inner: 'id', deep: { x: 'name' } },
      'prop_*': 'text',
    },
    identity: {
      ownerId: 'team_id',
      owner: 'slug',
      ref: 'ref',
      refProtected: 'prot',
      runAttempt: 'attempt',
      environmentProtected: 'env_prot',
      groups: 'groups',
      jobId: ['nested', 'inner'],
      environment: ['nested', 'deep', 'x'],
      color: 'prop_color',
      branch: ({ ref }: { readonly ref: unknown }) => ref,
    },
    pins: ['ownerId'],
    shapes: { ownerId: slug },
    ...changes,
  } as unknown as ProviderTable)

const table = compile()
const read = (field: string, given: object): unknown => {
  const claims = given as unknown as UnverifiedClaims
  // Also claims that do not match their rows, which no field of a verified token is read from.
  const positions = table.rows.single.map((row) => Object.keys(claims).indexOf(row.name))
  const index = table.fieldList.findIndex(({ name }) => name === field)
  return new TokenFields(claims, { members: Object.values(claims), positions }, table).at(index)
}

describe('a field', () => {
  const exact = { foldCase: false, separator: undefined }
  const text = { foldCase: false, separator: '/' }
  const name = { foldCase: true, separator: '/' }
  const shapes: Readonly<Record<string, Shape>> = { ownerId: slug, ref, branch: refName }

  test.each<[string, readonly string[] | undefined, boolean, object]>([
    ['subject', ['sub'], false, { type: 'string', ...exact }],
    ['ownerId', ['team_id'], true, { type: 'string', ...exact }],
    ['owner', ['slug'], false, { type: 'string', ...name }],
    ['ref', ['ref'], false, { type: 'string', ...text }],
    ['refProtected', ['prot'], false, { type: 'boolean', ...exact }],
    ['runAttempt', ['attempt'], false, { type: 'string', ...exact }],
    ['environmentProtected', ['env_prot'], false, { type: 'boolean', ...exact }],
    ['groups', ['groups'], false, { type: 'string', ...name }],
    ['jobId', ['nested', 'inner'], true, { type: 'string', ...exact }],
    ['environment', ['nested', 'deep', 'x'], false, { type: 'string', ...name }],
    ['color', ['prop_color'], false, { type: 'string', ...text }],
    ['branch', undefined, false, { type: 'string', ...text }],
  ])('the field %s mirrors %j, and compares as its word says', (field, claim, immutable, comparison) => {
    expect(table.fields.get(field)).toMatchObject({ name: field, claim, immutable })
    expect(table.fields.get(field)?.comparison).toStrictEqual({ label: field, ...comparison })
    expect(table.fields.get(field)?.form?.shape).toEqual(shapes[field])
  })

  test.each<[string, object, unknown]>([
    ['subject', { sub: 'job' }, 'job'],
    ['ownerId', { team_id: '7' }, '7'],
    ['ownerId', { team_id: '' }, undefined],
    ['ownerId', { team_id: null }, undefined],
    ['ownerId', {}, undefined],
    ['ownerId', Object.create({ team_id: '7' }) as object, undefined],
    ['refProtected', { prot: 'true' }, true],
    ['refProtected', { prot: 'false' }, false],
    ['refProtected', { prot: 'TRUE' }, undefined],
    ['refProtected', { prot: true }, undefined],
    ['refProtected', {}, undefined],
    ['runAttempt', { attempt: 2 }, '2'],
    ['runAttempt', { attempt: 0 }, '0'],
    ['runAttempt', { attempt: '2' }, undefined],
    ['environmentProtected', { env_prot: false }, false],
    ['environmentProtected', { env_prot: true }, true],
    ['groups', { groups: ['a', 'b'] }, ['a', 'b']],
    ['jobId', { nested: { inner: '9' } }, '9'],
    ['jobId', { nested: { inner: '' } }, undefined],
    ['jobId', { nested: null }, undefined],
    ['jobId', { nested: 'inner' }, undefined],
    ['jobId', { 'nested.inner': '9' }, undefined],
    ['environment', { nested: { deep: { x: 'prod' } } }, 'prod'],
    ['environment', { nested: { deep: Object.create({ x: 'prod' }) as object } }, undefined],
    ['environment', { nested: {} }, undefined],
    ['branch', { ref: 'main' }, 'main'],
    ['branch', { ref: '' }, undefined],
    ['branch', { ref: 7 }, undefined],
    ['branch', {}, undefined],
  ])('the field %s of %j is %j', (field, claims, value) => {
    expect(read(field, claims)).toEqual(value)
  })
})

describe('an empty identity', () => {
  test('an empty identity has all of its members, database keys included', () => {
    expect(Object.keys(table.template())).toEqual([
      'provider',
      'issuer',
      'audience',
      'issuedAt',
      'expiresAt',
      'subject',
      ...Object.keys(table.table.identity),
      'ownerKey',
      'claims',
    ])
    expect(new Set(Object.values(table.template()))).toEqual(new Set([null]))
  })

  test('the template makes another identity each time', () => {
    expect(table.template()).not.toBe(table.template())
  })
})

describe('a table', () => {
  test('a table whose issuer is a template has a tenant field', () => {
    expect(compile().tenant).toEqual([])
    expect(compile({ issuer: 'https://ci.acme.dev/{ownerId}' }).tenant).toEqual(['ownerId'])
  })

  test('a compiled table cannot be changed', () => {
    expect(Object.isFrozen(table)).toBe(true)
  })
})

test.each<[unknown, readonly string[], unknown]>([
  [{ a: { b: 1 } }, ['a', 'b'], 1],
  [{ a: 1 }, [], { a: 1 }],
  [{ a: null }, ['a', 'b'], undefined],
  [undefined, ['a'], undefined],
  [{ a: 'text' }, ['a', 'length'], undefined],
  [{}, ['toString'], undefined],
])('readPath of %j and the path %j is %j', (claims, path, value) => {
  expect(readPath(claims, path)).toEqual(value)
})
