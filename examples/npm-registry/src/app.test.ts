// The real npm publishes to a real Verdaccio through the gateway, and its job stores no token. With
// the token of a job, nothing else changes the registry.

import { createHash } from 'node:crypto'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canExchange, startRegistry } from './test-registry.ts'

type Registry = Awaited<ReturnType<typeof startRegistry>>
interface Packument {
  readonly versions: Readonly<Record<string, object>>
  readonly 'dist-tags': Readonly<Record<string, string>>
}

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.close())

const versions = async (name: string): Promise<unknown> => {
  const found = await registry.read(name)
  return typeof found === 'number' ? found : Object.keys((found as Packument).versions)
}

describe.skipIf(!canExchange)('npm 11.5 or newer', () => {
  test('a job publishes without a stored token, and anyone reads', async () => {
    expect((await registry.publish('@acme/shop', '1.0.0'))[1]).toContain('+ @acme/shop@1.0.0')
    expect(await versions('@acme/shop')).toEqual(['1.0.0'])
  })

  test('a job publishes a further version under another tag', async () => {
    expect((await registry.publish('@acme/shop', '1.1.0-rc.1', {}, ['--tag', 'next']))[0]).toBe(0)
    const { 'dist-tags': tags } = (await registry.read('@acme/shop')) as Packument
    expect(tags).toEqual({ latest: '1.0.0', next: '1.1.0-rc.1' })
  })

  test.each([
    ['another branch', '@acme/shop', { branch: 'dev' }],
    ['a package without a publisher', '@acme/kiosk', {}],
  ])('a job publishes nothing from or to %s', async (_, name, claims) => {
    const [code] = await registry.publish(name, '2.0.0', claims)
    expect(code).not.toBe(0)
    expect(await versions(name)).not.toContain('2.0.0')
  })

  const refused = '403 Forbidden - PUT'
  const permanent = 'A job publishes one version, with its tarball and a tag. It changes and removes nothing.'
  const readOnly = 'This registry is for npm install and npm publish only.'
  test.each<[string, string, string]>([
    ['unpublish @acme/shop@1.0.0 --force', '405 Method Not Allowed - PUT', readOnly],
    ['unpublish @acme/shop --force', '405 Method Not Allowed - DELETE', readOnly],
    ['deprecate @acme/shop@1.0.0 stale', refused, permanent],
    ['dist-tag add @acme/shop@1.1.0-rc.1 latest', '405 Method Not Allowed - PUT', readOnly],
    ['dist-tag rm @acme/shop next', '405 Method Not Allowed - DELETE', readOnly],
  ])('npm %s with the token of a job changes nothing, and npm prints why', async (command, status, reason) => {
    const before = await registry.read('@acme/shop')
    registry.signIn((await registry.exchange('@acme%2fshop')).token)
    const [code, output] = await registry.npm(command.split(' '))
    registry.signIn('')
    expect(code).not.toBe(0)
    expect(output).toContain(status)
    expect(output).toContain(reason)
    expect(await registry.read('@acme/shop')).toEqual(before)
  })
})

describe('documents with the token of a job', () => {
  type Members = Record<string, unknown>
  interface Document extends Members {
    name: string
    versions: Record<string, Members>
    'dist-tags': Members
    _attachments: Record<string, unknown>
  }
  const tarball = Buffer.from('the bytes of a tarball')
  /** What npm sends to publish a version. */
  const publishing = (version: string, name = '@acme/shop'): Document => ({
    _id: name,
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { name, version, dist: { tarball: 'https://evil.example/a.tgz', integrity: 'sha512-a' } } },
    _attachments: { [`${name}-${version}.tgz`]: { data: tarball.toString('base64') } },
  })
  let token = ''
  const put = async (document: unknown, path = '@acme%2fshop'): Promise<readonly [number, string]> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const body = typeof document === 'string' ? document : JSON.stringify(document)
    const answer = await fetch(`${registry.gateway}/${path}`, { method: 'PUT', headers, body })
    const { error } = (await answer.json()) as { error?: string }
    return [answer.status, error ?? '']
  }
  beforeAll(async () => {
    token = (await registry.exchange('@acme%2fshop')).token
    await put(publishing('3.0.0'))
  })

  const changes: Readonly<Record<string, (document: Document) => unknown>> = {
    'the versions without one, as npm unpublish sends': (document) => ({ ...document, _attachments: undefined }),
    'a deprecation': (document) => ({ ...document, _attachments: {} }),
    'two versions': ({ versions, ...others }) => ({ ...others, versions: { ...versions, '3.0.0': {} } }),
    'no version': (document) => ({ ...document, versions: {} }),
    'two tarballs': ({ _attachments, ...document }) => ({
      ...document,
      _attachments: { ..._attachments, '@acme/shop-3.0.0.tgz': { data: 'YQ==' } },
    }),
    'two tags': (document) => ({ ...document, 'dist-tags': { ...document['dist-tags'], next: '3.1.0' } }),
    'no tag': (document) => ({ ...document, 'dist-tags': undefined }),
    'a star': () => ({ _id: '@acme/shop', _rev: '1', users: { evil: true } }),
    'a list': (document) => [document],
    nothing: () => ({}),
  }
  const mixtures: Readonly<Record<string, (document: Document) => unknown>> = {
    'the tag at another version': (document) => ({ ...document, 'dist-tags': { latest: '3.0.0' } }),
    'the tarball of another version': ({ _attachments, ...document }) => ({
      ...document,
      _attachments: { '@acme/shop-3.0.0.tgz': Object.values(_attachments)[0] },
    }),
    'a tarball with a path': ({ _attachments, ...document }) => ({
      ...document,
      _attachments: { '../shop-3.1.0.tgz': Object.values(_attachments)[0] },
    }),
    'another version in its manifest': (document) => ({
      ...document,
      versions: { '3.1.0': { ...document.versions['3.1.0'], version: '3.0.0' } },
    }),
  }
  const others: Readonly<Record<string, (document: Document) => unknown>> = {
    'the name of another package': (document) => ({ ...document, name: '@acme/second' }),
    'another package': () => publishing('3.1.0', '@acme/second'),
    'another package in its manifest': (document) => ({
      ...document,
      versions: { '3.1.0': { ...document.versions['3.1.0'], name: '@acme/second' } },
    }),
  }
  const malformed: Readonly<Record<string, (document: Document) => unknown>> = {
    'a tarball that is no text': (document) => ({ ...document, _attachments: { '@acme/shop-3.1.0.tgz': { data: 1 } } }),
    'no bytes': (document) => ({ ...document, _attachments: { '@acme/shop-3.1.0.tgz': {} } }),
    'a range as its version': () => publishing('^3.1.0'),
    'a version with a path': () => publishing('3.1.0-a/../../b'),
    'a tag that is no name': (document) => ({ ...document, 'dist-tags': { '../latest': '3.1.0' } }),
  }
  const rows = Object.entries({
    'A job publishes one version, with its tarball and a tag. It changes and removes nothing.': changes,
    'The version, the tag and the tarball do not belong together.': mixtures,
    'The document is not for @acme/shop.': others,
    'The version, the tag or the tarball is malformed.': malformed,
  }).flatMap(([reason, group]) => Object.entries(group).map(([what, change]) => [what, reason, change] as const))

  test.each(rows)('%s changes nothing: 403', async (_, reason, change) => {
    const before = [await registry.read('@acme/shop'), await registry.read('@acme/second')]
    expect(await put(change(publishing('3.1.0')))).toEqual([403, reason])
    expect([await registry.read('@acme/shop'), await registry.read('@acme/second')]).toEqual(before)
  })

  test('a version that exists stays as it is: 409', async () => {
    const before = await registry.read('@acme/shop')
    expect((await put(publishing('3.0.0')))[0]).toBe(409)
    expect(await registry.read('@acme/shop')).toEqual(before)
  })

  test('only the version, its tarball and its tag reach the registry, and the gateway computes the hashes', async () => {
    const more = { _rev: '9', users: { evil: true }, time: {}, maintainers: [], readme: 'evil', access: 'restricted' }
    const before = (await registry.read('@acme/shop')) as Packument
    expect(await put({ ...more, ...publishing('3.2.0') }, '%40acme%2Fshop/?write=true')).toEqual([201, ''])
    const { versions: found, ...after } = (await registry.read('@acme/shop')) as Packument
    expect(Object.keys(found)).toEqual([...Object.keys(before.versions), '3.2.0'])
    expect(after['dist-tags']).toEqual({ ...before['dist-tags'], latest: '3.2.0' })
    expect(after).not.toMatchObject({ users: { evil: true } })
    const { dist } = found['3.2.0'] as { dist: Record<string, string> }
    expect(dist).toEqual({
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      shasum: createHash('sha1').update(tarball).digest('hex'),
      tarball: `${registry.gateway}/@acme/shop/-/shop-3.2.0.tgz`,
    })
    const bytes = await (await fetch(dist['tarball'] ?? '')).arrayBuffer()
    expect(Buffer.from(bytes)).toEqual(tarball)
  })

  test.each([
    ['no JSON', '{', 400],
    ['more than 100 MB', JSON.stringify('a'.repeat(101 * 1024 * 1024)), 413],
  ])('%s is refused', async (_, body, status) => {
    expect(await put(body)).toEqual([status, 'The document is no JSON of at most 100mb.'])
  })

  test('a token for one package is refused at another, although its job may publish both', async () => {
    expect((await put(publishing('3.3.0', '@acme/second'), '@acme%2fsecond'))[0]).toBe(403)
    expect(await registry.read('@acme/second')).toBe(404)
  })

  test.each(['%20', '%09', '%0a', '+', '%2520'])('a name with %s in it is no second scope', async (space) => {
    expect(decodeJwt(token)['scope']).toBe('publish:%40acme%2Fshop')
    expect(await registry.exchange(`@acme%2fshop${space}publish:@acme%2fsecond`)).not.toHaveProperty('token')
  })

  test.each(['DELETE', 'POST', 'PATCH'])('%s is refused', async (method) => {
    const answer = await fetch(`${registry.gateway}/@acme%2fshop/-rev/1`, {
      method,
      headers: { authorization: `Bearer ${token}` },
    })
    expect(answer.status).toBe(405)
  })
})

test.each([
  ['no token', false],
  ['a CI token', true],
])('a request to publish with %s does not reach the registry', async (_, ci) => {
  const token = ci ? await registry.issuer.mint({ aud: 'npm:127.0.0.1' }) : undefined
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const response = await fetch(`${registry.gateway}/@acme%2fshop`, { method: 'PUT', headers, body: '{}' })
  expect(response.status).toBe(401)
})
