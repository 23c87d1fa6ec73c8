// The names of conditions: fields, claims, and the message about any other name.

import { describe, expect, test } from 'vitest'
import type { ProviderTable } from '../table/provider-table.ts'
import { slug, uuid } from '../model/value-shape.ts'
import type { TrustRule } from './rule.ts'
import { circleci, githubActions } from '../index.ts'
import { defineProvider } from '../provider/define-provider.ts'
import { glob, not, present } from './condition.ts'
import { circleciOrganization } from '@jobpass/testing/internal'

type Untyped = ((conditions: object, settings?: object) => TrustRule) & { deny(conditions: object): unknown }
const define = (changes: Partial<ProviderTable> = {}): Untyped =>
  (defineProvider as unknown as (table: object) => Untyped)({
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['RS256'],
    claims: { team_id: 'id', slug: 'name', run_by: 'text', jobs: [{ id: 'id' }], 'org.unit': 'text' },
    identity: { ownerId: 'team_id', owner: 'slug', actor: 'run_by', jobId: ['jobs'], tokenId: () => 'x' },
    pins: ['ownerId'],
    ...changes,
  })
const plain = { claims: { team_id: 'id', slug: 'name', run_by: 'text' } } as const
const own = define({ ...plain, identity: { ownerId: 'team_id', owner: 'slug', actor: 'run_by' } })
const refuses = (make: () => unknown, message: string): void => expect(make).toThrow(new TypeError(message))

describe('an unknown condition', () => {
  test('an unknown condition is refused with the list of known ones', () => {
    refuses(
      () => own({ ownerId: '1', ref: 'main' }),
      "A rule for Acme CI has no 'ref'. Known: subject, ownerId, owner, claims, where",
    )
  })

  test('an unknown condition is refused with the field that reads the claim of that name, in any spelling', () => {
    for (const key of ['team_id', 'teamId', 'TEAM-ID'])
      refuses(
        () => own({ [key]: '1' }),
        `A rule for Acme CI has no '${key}'; did you mean 'ownerId'? Known: subject, ownerId, owner, claims, where`,
      )
  })

  test('an unknown condition is refused with the explanation in the table', () => {
    const lacking = define({
      ...plain,
      identity: { ownerId: 'team_id' },
      unsupported: { branch: 'no claim proves one' },
    })
    refuses(() => lacking({ branch: 'main' }), "A rule for Acme CI has no 'branch': no claim proves one")
  })

  test('a read-only field is refused as a condition, whether a claim has it or not', () => {
    refuses(
      () => own({ ownerId: '1', actor: 'x' }),
      "A rule for Acme CI: 'actor' can be read, but is no condition; to match it anyway, write claims: { 'run_by': … }",
    )
    const computed = define({ ...plain, identity: { ownerId: 'team_id', actor: () => 'x' } })
    refuses(() => computed({ actor: 'x' }), "A rule for Acme CI: 'actor' can be read, but is no condition")
  })

  test('an unknown condition of a deny rule is refused alike', () => {
    refuses(
      () => own.deny({ ref: 'main' }),
      "A deny rule for Acme CI has no 'ref'. Known: subject, ownerId, owner, claims, where",
    )
  })

  test('a symbol is refused as a condition', () => {
    refuses(
      () => own({ ownerId: '1', [Symbol('branch')]: 'main' }),
      "A rule for Acme CI has no 'Symbol(branch)'. Known: subject, ownerId, owner, claims, where",
    )
    expect(() => own({ ownerId: '1', claims: { [Symbol('slug')]: 'x' } })).toThrow("'claims' has no 'Symbol(slug)'")
  })

  test('a claim that is a list of objects is refused as a condition', () => {
    const listing = define({ identity: { ownerId: 'team_id' } })
    refuses(
      () => listing({ ownerId: '1', claims: { jobs: { id: '7' } } }),
      "A rule for Acme CI: 'claims.jobs' is a list of objects, which takes no condition; use where",
    )
  })
})

describe('values of a shape', () => {
  const shaped = define({
    ...plain,
    identity: { ownerId: 'team_id', owner: 'slug', repositoryId: 'run_by' },
    shapes: { ownerId: uuid, owner: slug },
  })
  const id = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'

  test.each<[string, object]>([
    ['a value', { ownerId: id }],
    ['a list', { ownerId: [id, id] }],
    ['a negated value', { ownerId: id, owner: not('acme') }],
    ['a pattern', { ownerId: id, owner: glob('A*') }],
    ['a negated pattern', { ownerId: id, owner: not(glob('A*')) }],
    ['anything', { ownerId: id, owner: present() }],
    ['any text where the table knows no shape', { ownerId: id, repositoryId: '!' }],
  ])('values of the right shape are taken: %s', (_, conditions) => {
    expect(() => shaped(conditions)).not.toThrow()
  })

  test.each<[string, object, string]>([
    [
      'a value',
      { ownerId: 'ACME' },
      "'ownerId' is a lower-case uuid, not \"ACME\": write owner: 'ACME', or look the id up",
    ],
    [
      'one of a list',
      { ownerId: [id, id.toUpperCase()] },
      `'ownerId' is a lower-case uuid, not "${id.toUpperCase()}": write ownerId: '${id}'`,
    ],
    ['a negated value', { ownerId: id, owner: not('Acme Inc') }, '\'owner\' is a lower-case slug, not "Acme Inc"'],
    ['a negated value of a list', { ownerId: id, owner: not(['a', '!']) }, '\'owner\' is a lower-case slug, not "!"'],
  ])('values of another shape, which would never match, are refused: %s', (_, conditions, message) => {
    refuses(() => shaped(conditions), `A rule for Acme CI: ${message}`)
  })
})

test('anyEvent() takes nothing in addition', () => {
  expect(() => githubActions({ ownerId: '1', event: { anyEvent: true, not: 'push' } as never })).toThrow(
    'is no condition',
  )
  expect(() => githubActions({ ownerId: '1', event: { anyEvent: 'yes' } as never })).toThrow('anyEvent()')
})

test('messages about settings name their rule', () => {
  refuses(
    () => own({ ownerId: '1' }, { audience: ' ' }),
    `A rule for Acme CI: audience must name this API, such as 'https://api.acme.dev', or be a list of such names, not " "`,
  )
  refuses(
    () => own({ ownerId: '1' }, { multipleAudiences: false }),
    'A rule for Acme CI: multipleAudiences is true, or left out',
  )
})

test('a deny rule for every tenant has no issuer in its JSON', () => {
  expect({ ...circleci.deny({ ownerId: circleciOrganization }).toJSON() }).toStrictEqual({
    provider: 'circleci',
    deny: true,
    ownerId: circleciOrganization,
  })
})
