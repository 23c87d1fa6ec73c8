// Rich authorization requests (RFC 9396): what a grant permits, what a job asks for, what its token
// says, and what a route needs.

import { hasScope, viaExchange } from '@jobpass/exchange'
import type { AuthorizationDetail, Grant, JsonValue } from '@jobpass/exchange'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WorkloadAuthError } from '@jobpass/core'
import { api, apiOf, ask, ciToken, claimsOf, publish, service, shop } from './service.ts'

const upload = { type: 'upload', package: ['shop', 'kiosk'], visibility: 'public' }
const granting: Grant = { name: 'upload', rule: shop, details: upload, audience: api }

/** What a job gets for the details that it asks for, on an exchange with these grants. */
async function asking(details: unknown, grants: readonly Grant[] = [granting], scope = '') {
  const given = await service({ grants })
  const text = typeof details === 'string' ? details : JSON.stringify(details)
  return { ...(await ask(given.exchange, { scope, authorization_details: text })), ...given }
}

describe('what a token gets', () => {
  test.each<[string, unknown, unknown]>([
    [
      'one value of several',
      [{ type: 'upload', package: 'shop' }],
      [{ type: 'upload', package: 'shop', visibility: 'public' }],
    ],
    [
      'a list of the values',
      [{ type: 'upload', package: ['kiosk'] }],
      [{ type: 'upload', package: ['kiosk'], visibility: 'public' }],
    ],
    ['the type alone', [{ type: 'upload' }], [upload]],
    ['all members', [upload], [upload]],
    [
      'two permissions',
      [
        { type: 'upload', package: 'shop' },
        { type: 'upload', package: 'kiosk' },
      ],
      [
        { type: 'upload', package: 'shop', visibility: 'public' },
        { type: 'upload', package: 'kiosk', visibility: 'public' },
      ],
    ],
  ])('%s: the token and the answer name what was granted, and nothing more', async (_, details, granted) => {
    const { status, body, records } = await asking(details)
    expect([status, body['authorization_details'], body['scope']]).toEqual([200, granted, undefined])
    const claims = claimsOf(body['access_token'])
    expect([claims['authorization_details'], claims['scope']]).toEqual([granted, undefined])
    expect(records).toMatchObject([{ outcome: 'issuing', grants: ['upload'], scopes: [], details: granted }])
  })

  test('scopes and details may come from two grants, with the shorter lifetime', async () => {
    const grants = [{ ...publish, lifetime: 600 }, granting]
    const { body } = await asking([{ type: 'upload', package: 'shop' }], grants, 'publish')
    expect(body).toMatchObject({ scope: 'publish', expires_in: 600, authorization_details: [{ package: 'shop' }] })
  })

  test('a request that names details gets no default scopes', async () => {
    const grants = [{ ...publish, defaultScopes: ['read'] }, granting]
    const { body } = await asking([{ type: 'upload' }], grants)
    expect([body['scope'], body['authorization_details']]).toEqual([undefined, [upload]])
  })
})

describe('what is refused as invalid_authorization_details', () => {
  test.each<[string, unknown]>([
    ['text that is no JSON', '{'],
    ['an object instead of a list', { type: 'upload' }],
    ['an empty list', []],
    ['more than 10', Array.from({ length: 11 }, () => ({ type: 'upload' }))],
    ['more than 4096 characters', [{ type: 'upload', package: 'x'.repeat(4096) }]],
    ['no type', [{ package: 'shop' }]],
    ['a type that is inherited', '[{"__proto__":{"type":"upload"}}]'],
    ['a type that is no text', [{ type: ['upload'] }]],
    ['null', [{ type: 'upload', package: null }]],
    ['an empty list of values', [{ type: 'upload', package: [] }]],
    ['nesting without end', `[{"type":"upload","package":${'['.repeat(100)}${']'.repeat(100)}}]`],
    ['a type that no grant has', [{ type: 'delete' }]],
    ['a value that no grant has', [{ type: 'upload', package: 'other' }]],
    ['one value of two', [{ type: 'upload', package: ['shop', 'other'] }]],
    ['a value of another JSON type', [{ type: 'upload', visibility: true }]],
    ['a member that no grant has', [{ type: 'upload', force: true }]],
    ['one permission of two', [{ type: 'upload', package: 'shop' }, { type: 'delete' }]],
    ['a member that Object.prototype has', [{ type: 'upload', constructor: 'shop' }]],
  ])('%s, and the CI token stays good', async (_, details) => {
    const { status, body, exchange } = await asking(details)
    expect([status, body['error']]).toEqual([400, 'invalid_authorization_details'])
    const subject_token = ciToken()
    const text = typeof details === 'string' ? details : JSON.stringify(details)
    await ask(exchange, { subject_token, scope: '', authorization_details: text })
    const again = await ask(exchange, { subject_token, scope: '', authorization_details: '[{"type":"upload"}]' })
    expect(again.status).toBe(200)
  })

  test('two grants that have the values together, and neither of them alone', async () => {
    const of = (name: string, value: string): Grant => ({ ...granting, name, details: { ...upload, package: value } })
    const grants = [of('a', 'shop'), of('b', 'kiosk')]
    expect((await asking([{ type: 'upload', package: ['shop', 'kiosk'] }], grants)).status).toBe(400)
    expect((await asking([{ type: 'upload', package: 'kiosk' }], grants)).status).toBe(200)
  })
})

test('the permission of a token is never wider than the grant, nor than what was asked', async () => {
  const name = fc.constantFrom('package', 'visibility', 'region')
  const value = fc.constantFrom('a', 'b', 'c', 1, true)
  const values = fc.oneof(value, fc.uniqueArray(value, { minLength: 1, maxLength: 3 }))
  const detail = fc.dictionary(name, values).map((members) => ({ type: 'upload', ...members }))
  const setOf = (given: unknown): ReadonlySet<unknown> => new Set(Array.isArray(given) ? given : [given])
  await fc.assert(
    fc.asyncProperty(detail, detail, async (wide, asked) => {
      const { status, body } = await asking([asked], [{ ...granting, details: wide }])
      const [got] = (body['authorization_details'] ?? []) as readonly AuthorizationDetail[]
      const covered = Object.entries(asked).every(([each, wanted]) =>
        [...setOf(wanted)].every((one) => each in wide && setOf((wide as Record<string, unknown>)[each]).has(one)),
      )
      expect(status).toBe(covered ? 200 : 400)
      if (got === undefined) return
      expect(Object.keys(got).toSorted()).toEqual(Object.keys(wide).toSorted())
      expect(got).toEqual({ ...wide, ...asked })
    }),
    { numRuns: 60 },
  )
})

describe('what a route needs', () => {
  const call = async (details: unknown, needed: Parameters<typeof viaExchange>[1], asked: unknown = details) => {
    const running = await service({ grants: [{ ...granting, details: details as never }] })
    const { body } = await ask(running.exchange, { scope: '', authorization_details: JSON.stringify([asked]) })
    const guard = apiOf(running).guard(viaExchange(shop, needed))
    return guard(`Bearer ${String(body['access_token'])}`).then(
      ({ provider }) => provider,
      (failure: unknown) => (failure as WorkloadAuthError).code,
    )
  }

  test.each<[string, Parameters<typeof viaExchange>[1], string]>([
    ['the same permission', { details: upload }, 'service-token'],
    ['one of its values', { details: { ...upload, package: 'shop' } }, 'service-token'],
    ['the permission in a list', { details: [{ ...upload, package: 'kiosk' }] }, 'service-token'],
    ['another value', { details: { ...upload, package: 'other' } }, 'workload_forbidden'],
    ['another type', { details: { ...upload, type: 'delete' } }, 'workload_forbidden'],
    ['a member that the token lacks', { details: { ...upload, region: 'eu' } }, 'workload_forbidden'],
    ['a second permission', { details: [upload, { type: 'delete' }] }, 'workload_forbidden'],
    ['a scope as well', { details: upload, scope: 'publish' }, 'workload_forbidden'],
  ])('a route that needs %s', async (_, needed, expected) => {
    expect(await call(upload, needed)).toBe(expected)
  })

  test('a member that the route does not name may restrict the token, so it is refused', async () => {
    expect(await call({ ...upload, environment: 'staging' }, { details: upload })).toBe('workload_forbidden')
  })

  test('hasScope() takes details in addition', async () => {
    const running = await service({ grants: [{ ...granting, scopes: ['publish'] }] })
    const form = { scope: 'publish', authorization_details: JSON.stringify([{ type: 'upload', package: 'shop' }]) }
    const { body } = await ask(running.exchange, form)
    const codeFor = (packageName: string): Promise<string> =>
      apiOf(running)
        .guard(hasScope('publish', { details: { ...upload, package: packageName } }))(
          `Bearer ${String(body['access_token'])}`,
        )
        .then(
          ({ provider }) => provider,
          (failure: unknown) => (failure as WorkloadAuthError).code,
        )
    expect([await codeFor('shop'), await codeFor('kiosk')]).toEqual(['service-token', 'workload_forbidden'])
  })
})

test('the metadata names the types of all grants (RFC 9396 §10)', async () => {
  const { exchange } = await service({ grants: [granting, { ...publish, details: [{ type: 'delete' }, upload] }] })
  const response = await exchange.fetch('https://auth.acme.dev/.well-known/oauth-authorization-server')
  expect(await response.json()).toMatchObject({ authorization_details_types_supported: ['upload', 'delete'] })
})

const cycle: Record<string, unknown> = {}
cycle['self'] = cycle
const deep = JSON.parse(`${'['.repeat(16)}1${']'.repeat(16)}`) as unknown
const notJson: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['a function', () => 1],
  ['a symbol', Symbol('limit')],
  ['a member named by a symbol', { [Symbol('limit')]: 1 }],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['a bigint', 5n],
  ['a date', new Date(0)],
  ['a map', new Map([['a', 1]])],
  ['bytes', new Uint8Array(2)],
  ['an instance of a class', new URL('https://acme.dev')],
  ['an object that writes itself', { toJSON: () => 'all' }],
  ['undefined beside a value', [1, undefined]],
  ['a cycle', cycle],
  ['more than 16 levels', deep],
]

test.each<[string, unknown]>([
  ['no type', { package: 'shop' }],
  ['nothing', []],
  ['text', 'upload'],
  ['an empty list of values', { type: 'upload', package: [] }],
  ...notJson.flatMap(([name, value]): [string, unknown][] => [
    [name, { type: 'upload', limit: value }],
    [`${name} in a list`, { type: 'upload', limit: ['a', value] }],
    [`${name} deep inside`, [{ type: 'upload' }, { type: 'upload', limit: { a: [{ b: [1, { c: value }] }] } }]],
  ]),
])('a grant, viaExchange() and hasScope() refuse details with %s', async (_, details) => {
  const given = details as AuthorizationDetail
  const message = "such as { type: 'publish', package: 'shop' }"
  const made = service({ grants: [{ ...granting, details: given }] })
  await expect(made).rejects.toThrow(TypeError)
  await expect(made).rejects.toThrow(message)
  for (const make of [() => viaExchange(shop, { details: given }), () => hasScope('publish', { details: given })]) {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  }
})

describe('the details that are accepted are those that JSON keeps', () => {
  /** Whether `viaExchange()` accepts details, which reads them as grants do. */
  const accepts = (details: unknown): boolean => {
    try {
      return viaExchange(shop, { details: details as AuthorizationDetail }) !== undefined
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
      return false
    }
  }
  /** The same value, with 0 for -0: `JSON.stringify` writes both as 0. */
  const withOneZero = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withOneZero)
    if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withOneZero(each)]))
  }

  test('any value of JSON that is not empty is accepted, and reaches the token unchanged', async () => {
    const member = fc
      .jsonValue({ maxDepth: 5 })
      .filter((value) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0))
      .filter((value) => JSON.stringify(value).length < 500)
      .map((value) => withOneZero(value) as JsonValue)
    const name = fc.string({ maxLength: 5 }).filter((each) => each !== 'type')
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, member, { maxKeys: 5, noNullPrototype: true }), async (members) => {
        const details = { ...members, type: 'upload' }
        const { body } = await asking([{ type: 'upload' }], [{ ...granting, details }])
        expect(claimsOf(body['access_token'])['authorization_details']).toStrictEqual([details])
      }),
      { numRuns: 60 },
    )
  })

  test('of any values at all, those are accepted that JSON gives back as they are', () => {
    const any = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      maxDepth: 3,
    })
    fc.assert(
      fc.property(any, (limit) => {
        if (!accepts({ type: 'upload', limit })) return
        expect(JSON.parse(JSON.stringify({ limit }))).toStrictEqual({ limit: withOneZero(limit) })
      }),
      { numRuns: 2000 },
    )
  })
})
