/** Random policy documents, from the tables of providers; and faults to put into them. */

import type { ProviderLike } from '@jobpass/core'
import { formFault } from '@jobpass/core/internal'
import type { Shape as ValueShape } from '@jobpass/core/internal'
import * as fc from 'fast-check'
import type { ClaimsShape, Shape, Slot } from '../src/shape.ts'
import { patternOf } from '../src/schema-patterns.ts'
import { shapesOf } from '../src/shape.ts'

/** An object with own members only, whatever their names. */
type Json = Record<string, unknown>

const uuids = ['3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22', '11111111-2222-4333-8444-555555555555']

/** Values that jobs have, so that random rules match some. */
const values: Readonly<Record<string, readonly string[]>> = {
  owner: ['acme', 'Acme', 'globex'],
  ownerId: ['1234567', '99'],
  repository: ['acme/shop', 'ACME/shop', 'acme/docs', 'github.com/acme/shop', 'acme/platform/shop'],
  repositoryId: ['74205118', '20'],
  ref: ['refs/heads/main', 'refs/heads/release/1.0', 'refs/tags/v5.0.1'],
  branch: ['main', 'release/1.0', 'Main'],
  tag: ['v5.0.1'],
  environment: ['production', 'Production', 'preview'],
  event: ['push', 'pull_request', 'pull_request_target', 'merge_request_event', 'schedule'],
  actor: ['mara-holt', 'quill-otter'],
  runner: ['hosted', 'self-hosted'],
}

/** Values of every shape. */
const samples: readonly string[] = [
  ...uuids,
  '1234567',
  '99',
  '94d6c2e65e3a5d8f6f0b4a3c2d1e0f9a8b7c6d5e',
  'acme',
  'Acme',
  'globex-2',
  'acme/platform',
  'acme/shop',
  'ACME/shop',
  'acme/platform/shop',
  'github.com/acme/shop',
  'github.com/globex/shop',
  'main',
  'release/1.0',
  'v5.0.1',
  'refs/heads/main',
  'refs/heads/release/1.0',
  'refs/tags/v5.0.1',
  '.github/workflows/deploy.yml',
  'acme/ci/.github/workflows/deploy.yml',
  'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
  'gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main',
]

/** The sample values of a shape. */
function samplesOf(shape: ValueShape, never: object = {}): readonly string[] {
  const pattern = new RegExp(patternOf(shape))
  return samples.filter((value) => pattern.test(value) && !Object.keys(never).some((start) => value.startsWith(start)))
}

const globs: readonly string[] = [
  '**',
  '*',
  'acme/*',
  'acme/**',
  'release/*',
  'm?in',
  '**/main',
  'refs/heads/*',
  'refs/*/main',
  'a*/**/s*',
  'prod*',
  '*/**//*@refs/heads/*',
]

function textFor(name: string, { known, closed, tenant, form }: Slot): fc.Arbitrary<string> {
  if (tenant !== undefined) return fc.constantFrom(...samplesOf(tenant))
  if (closed) return fc.constantFrom(...known)
  if (form?.shape !== undefined) return fc.constantFrom(...samplesOf(form.shape, form.never))
  const likely = [...(values[name] ?? []), ...known]
  const any = fc.oneof(fc.string({ minLength: 1, maxLength: 12 }), fc.constantFrom('main', '1234567', 'true'))
  return likely.length === 0 ? any : fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...likely) }, any)
}

/** A condition that a key takes. */
function conditionFor(name: string, slot: Slot): fc.Arbitrary<unknown> {
  const { type, patterns, tenant, mustBeThere } = slot
  const value: fc.Arbitrary<unknown> =
    type === 'string' ? textFor(name, slot) : type === 'boolean' ? fc.boolean() : fc.integer({ min: 0, max: 5 })
  if (tenant !== undefined) return fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }))
  const fitting = globs.filter((text) => formFault({ text, isPattern: true, globs: true }, slot.form) === undefined)
  const glob = fc.constantFrom(...fitting).map((pattern) => ({ glob: pattern }))
  const list = fc.array(patterns ? fc.oneof(value, glob) : value, { minLength: 1, maxLength: 3 })
  const plain = patterns ? [value, list, glob] : [value, list]
  const present = (mustBeThere ? fc.constant(true) : fc.boolean()).map((there) => ({ present: there }))
  const version = fc.record({ prefix: fc.constantFrom('v', ''), prerelease: fc.boolean() }, { requiredKeys: [] })
  const single = fc.oneof(
    { weight: 4, arbitrary: value },
    ...plain,
    fc.oneof(...plain).map((not) => ({ not })),
    present,
    ...(patterns ? [version.map((semver) => ({ semver }))] : []),
  )
  const all = fc.array(single, { minLength: 2, maxLength: 3 }).map((allOf) => ({ allOf }))
  return fc.oneof({ weight: 5, arbitrary: single }, all)
}

function claimsFor({ rows, families }: ClaimsShape): fc.Arbitrary<Json> {
  const named = [...rows, ...Array.from(families, ([prefix, row]) => [`${prefix}tier`, row] as const)]
  const listed = some(named, 1, 2, (name, row) => ('rows' in row ? claimsFor(row) : conditionFor(name, row)))
  const value = fc.oneof(fc.constantFrom('x', 'true', '7'), fc.boolean(), fc.integer())
  const unlisted = fc.record({
    a_claim_of_next_year: fc.oneof(
      value,
      value.map((each) => [each]),
    ),
  })
  return fc.oneof({ weight: 5, arbitrary: listed }, unlisted)
}

/** An object with some of the entries. */
function some<T>(
  entries: readonly (readonly [string, T])[],
  least: number,
  most: number,
  make: (name: string, entry: T) => fc.Arbitrary<unknown>,
): fc.Arbitrary<Json> {
  return fc
    .subarray([...entries], { minLength: Math.min(least, entries.length), maxLength: Math.min(most, entries.length) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map(([name, entry]) => [name, make(name, entry)]))))
}

const settings = fc.record(
  {
    audience: fc.oneof(fc.constant('https://api.acme.dev'), fc.constant(['https://api.acme.dev', 'https://b.dev'])),
    multipleAudiences: fc.constant(true),
    maxTokenAge: fc.integer({ min: 1, max: 86_400 }),
    maxLifetime: fc.integer({ min: 1, max: 604_800 }),
    data: fc.oneof(fc.constant('shop'), fc.record({ projectId: fc.integer(), tags: fc.array(fc.string()) })),
  },
  { requiredKeys: [] },
)

/**
 * A rule of one provider, as JSON, that each key of is well-formed. It need not have a pin, and
 * may lack what a field needs.
 */
export function rulesFor(shape: Shape): fc.Arbitrary<Json> {
  const { id, fields, tenant, issuer, issuers, claims } = shape
  const pins = [...fields].filter(([name]) => ['owner', 'ownerId', 'repository', 'repositoryId'].includes(name))
  const own: fc.Arbitrary<Json> =
    issuer !== undefined && !issuer.includes('{')
      ? fc.constantFrom(
          {},
          {},
          { issuer },
          ...(issuers === undefined ? [{ issuer: 'https://ci.acme.dev/_services/token' }] : []),
        )
      : fc.constant(issuer === undefined ? { issuer: issuers?.[0] ?? 'https://ci.acme.dev/_services/token' } : {})
  const required = tenant === undefined ? [] : [[tenant, fields.get(tenant) as Slot] as const]
  const parts = [
    some(pins, 1, 2, (name, slot) => fc.oneof({ weight: 5, arbitrary: textFor(name, slot) }, conditionFor(name, slot))),
    some([...fields], 0, 4, conditionFor),
    some(required, 1, 1, conditionFor),
    own,
    fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.record({ claims: claimsFor(claims) })),
    fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.record({ settings })),
  ]
  return fc.tuple(...parts).map((all) => Object.assign({ provider: id }, ...(all as object[])) as Json)
}

/** A document with rules of all providers. */
export function documents(providers: readonly ProviderLike[]): fc.Arbitrary<Json> {
  const rule = fc.oneof(...[...shapesOf(providers).values()].map(rulesFor))
  const reporting = fc
    .tuple(rule, fc.boolean())
    .map(([json, reports]) => (reports ? { ...json, reportOnly: true } : json))
  const set = fc.oneof(reporting, fc.array(reporting, { minLength: 1, maxLength: 3 }))
  const name = fc.constantFrom('deploy', 'read', 'api/v1', 'POST:/x'.slice(0, 4), '0', 'toString')
  const rules = fc.dictionary(name, set, { minKeys: 1, maxKeys: 3 })
  const head = fc.record({ $schema: fc.string(), description: fc.string() }, { requiredKeys: [] })
  return fc.tuple(head, rules).map(([top, sets]) => ({ ...top, rules: sets }))
}

/** Things that are mostly wrong, wherever they stand. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    0,
    1,
    -1,
    1e21,
    0.5,
    true,
    false,
    [],
    {},
    [[]],
    [null],
    [''],
    ['a', 1],
    'x',
    '**a',
    { glob: '' },
    { glob: '**a' },
    { glob: 'a/**' },
    { not: {} },
    { not: { not: 'x' } },
    { not: [] },
    { present: 1 },
    { present: false },
    { anyEvent: true },
    { glob: 'a', not: 'b' },
    { maxTokenAge: 1 },
    uuids[0],
    { actor: 'x' },
  ),
  fc.jsonValue({ maxDepth: 3 }),
)

interface Change {
  /** Which of the places of a document, modulo their number. */
  readonly place: number
  readonly how: 'replace' | 'remove' | 'add' | 'list'
  readonly key: string
  readonly value: unknown
}

/** One or two changes to a document. */
export const mutations: fc.Arbitrary<readonly Change[]> = fc.array(
  fc.record({
    place: fc.nat(),
    how: fc.constantFrom('replace', 'replace', 'remove', 'add', 'list'),
    key: fc.constantFrom(
      'deny',
      'where',
      'settings',
      'reportOnly',
      'issuer',
      'provider',
      'claims',
      'actor',
      'constructor',
      '__proto__',
      'x',
      'subject',
      'branch',
      'description',
      '$schema',
      'rules',
      'event',
      'glob',
      'ownerId',
      'repository_id',
      '',
    ),
    value: junk,
  }) as fc.Arbitrary<Change>,
  { minLength: 1, maxLength: 2 },
)

/** A copy of a document, with changes made to it. */
export function mutate(document: unknown, changes: readonly Change[]): unknown {
  let mutant = structuredClone(document)
  for (const { place, how, key, value: given } of changes) {
    const value: unknown = structuredClone(given)
    const places: { readonly parent: Json; readonly key: string }[] = []
    const top: Json = { document: mutant }
    const walk = (parent: Json): void => {
      for (const each of Object.keys(parent)) {
        places.push({ parent, key: each })
        const child = parent[each]
        if (typeof child === 'object' && child !== null) walk(child as Json)
      }
    }
    walk(top)
    const { parent, key: at } = places.at(place % places.length) ?? { parent: top, key: 'document' }
    const target = parent[at]
    if (how === 'remove' && Array.isArray(parent)) parent.splice(Number(at), 1)
    else if (how === 'remove' && parent !== top) delete parent[at]
    else if (how === 'list') parent[at] = [target, value]
    else if (how === 'add' && typeof target === 'object' && target !== null && !Array.isArray(target))
      Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
    else parent[at] = value
    mutant = top['document']
  }
  return mutant
}
