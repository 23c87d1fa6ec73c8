import { createVerifier, githubActions } from '@jobpass/core'
import type { EndpointAnswer, EndpointRequest } from '@jobpass/core'
import { readResourceMetadata, resourceMetadata } from './resource-metadata.ts'
import type { ResourceMetadata } from './resource-metadata.ts'
import { describe, expect, test } from 'vitest'

const resource = 'https://api.acme.dev'
const request = (path: string, method = 'GET'): EndpointRequest => ({
  method,
  path,
  headers: () => [],
  body: () => Promise.reject(new Error('the body must not be read')),
})

describe('the metadata document', () => {
  test('contains every option, under the names of RFC 9728 §2', () => {
    const metadata: ResourceMetadata = {
      resource: 'https://api.acme.dev/v1',
      authorizationServers: ['https://auth.acme.dev', 'https://auth.acme.dev/tenants/1'],
      scopes: ['deploy', 'https://api.acme.dev/read'],
      name: 'Deploy API',
      documentation: 'https://docs.acme.dev/api?lang=en#auth',
      dpop: { algorithms: ['ES256', 'EdDSA'], required: true },
    }
    const { status, headers, body } = resourceMetadata(metadata).answer(
      request('/.well-known/oauth-protected-resource/v1'),
    ) as EndpointAnswer

    expect({ status, headers }).toEqual({
      status: 200,
      headers: {
        'Content-Type': 'application/json',
        'Cache-Control': 'max-age=3600',
        'Access-Control-Allow-Origin': '*',
      },
    })
    expect(JSON.parse(body)).toEqual({
      resource: 'https://api.acme.dev/v1',
      authorization_servers: ['https://auth.acme.dev', 'https://auth.acme.dev/tenants/1'],
      scopes_supported: ['deploy', 'https://api.acme.dev/read'],
      bearer_methods_supported: ['header'],
      resource_name: 'Deploy API',
      resource_documentation: 'https://docs.acme.dev/api?lang=en#auth',
      dpop_signing_alg_values_supported: ['ES256', 'EdDSA'],
      dpop_bound_access_tokens_required: true,
    })
  })

  test('omits members without a value', () => {
    expect(readResourceMetadata({ resource }).members).toEqual({ resource, bearer_methods_supported: ['header'] })
    expect(readResourceMetadata({ resource, dpop: { required: false } }).members).toEqual({
      resource,
      bearer_methods_supported: ['header'],
      dpop_bound_access_tokens_required: false,
    })
  })

  test('the option of a verifier has its scopes', () => {
    expect(resourceMetadata({ resource, scopes: ['deploy', 'publish'] }).scopes).toEqual(['deploy', 'publish'])
    expect(resourceMetadata({ resource })).not.toHaveProperty('scopes')
  })

  test('does not change when the options object changes later', () => {
    const scopes = ['deploy']
    const endpoint = resourceMetadata({ resource, scopes })
    scopes.push('everything')
    const { body } = endpoint.answer(request('/.well-known/oauth-protected-resource')) as EndpointAnswer
    expect(JSON.parse(body)).toMatchObject({ scopes_supported: ['deploy'] })
  })
})

describe('the URL of the document (RFC 9728 §3.1)', () => {
  test.each([
    ['https://api.acme.dev', 'https://api.acme.dev/.well-known/oauth-protected-resource'],
    ['https://api.acme.dev/', 'https://api.acme.dev/.well-known/oauth-protected-resource'],
    ['https://api.acme.dev:8443/v1', 'https://api.acme.dev:8443/.well-known/oauth-protected-resource/v1'],
    ['https://api.acme.dev/v1/', 'https://api.acme.dev/.well-known/oauth-protected-resource/v1/'],
    ['https://api.acme.dev/%C3%BC', 'https://api.acme.dev/.well-known/oauth-protected-resource/%C3%BC'],
  ])('the metadata of %s is at %s', (name, url) => {
    expect(readResourceMetadata({ resource: name }).url).toBe(url)
    expect(resourceMetadata({ resource: name }).answer(request(new URL(url).pathname))).toMatchObject({ status: 200 })
  })

  test('lesson I9: every 401 of a verifier names the URL, and repeats nothing of the request', async () => {
    const verifier = createVerifier({
      audience: resource,
      trust: githubActions({ ownerId: '1234567' }),
      resourceMetadata: resourceMetadata({ resource }),
    })
    const challenges: unknown[] = []
    for (const value of [undefined, 'Basic eA==', 'Bearer x', 'Bearer eyJhIjoiLCBiPVwiIn0.e30.eA'])
      await verifier
        .authorize(value)
        .catch((error: { headers: Record<string, string> }) => challenges.push(error.headers['WWW-Authenticate']))
    const end = 'resource_metadata="https://api.acme.dev/.well-known/oauth-protected-resource"'

    expect(challenges).toEqual([
      `Bearer realm="jobpass", ${end}`,
      `Bearer realm="jobpass", ${end}`,
      `Bearer realm="jobpass", error="invalid_token", error_description="The token is not a well-formed signed JWT.", ${end}`,
      `Bearer realm="jobpass", error="invalid_token", error_description="The token is not a well-formed signed JWT.", ${end}`,
    ])
  })
})

describe('invalid options of resourceMetadata()', () => {
  test.each<[string, unknown, string]>([
    ['no object', 'https://api.acme.dev', 'resourceMetadata must be an object'],
    ['no resource', {}, "resource is missing: name this API, such as 'https://api.acme.dev'"],
    ['an unknown member', { resource, scope: ['a'] }, "did you mean 'scopes'?"],
    ['a member without a value', { resource, name: undefined }, "'name' is undefined: leave the key out"],
    ['http', { resource: 'http://api.acme.dev' }, 'must be an https: URL'],
    ['http on loopback without insecureLoopback', { resource: 'http://127.0.0.1:3000' }, 'must be an https: URL'],
    ['http elsewhere', { resource: 'http://api.acme.dev', insecureLoopback: true }, 'must be an https: URL'],
    [
      'insecureLoopback of another value',
      { resource, insecureLoopback: false },
      'insecureLoopback is true, or left out',
    ],
    ['a name that is no URL', { resource: 'api.acme.dev' }, 'must be an https: URL'],
    ['user info', { resource: 'https://u:p@api.acme.dev' }, 'without user info'],
    ['a query', { resource: 'https://api.acme.dev/?a' }, 'without query and fragment: "https://api.acme.dev/"'],
    ['an empty query', { resource: 'https://api.acme.dev?' }, 'without query and fragment'],
    ['a fragment', { resource: 'https://api.acme.dev/#a' }, 'without query and fragment'],
    ['capitals', { resource: 'https://API.acme.dev' }, 'spelled as browsers do'],
    ['a default port', { resource: 'https://api.acme.dev:443' }, 'spelled as browsers do'],
    ['dots', { resource: 'https://api.acme.dev/a/../b' }, '"https://api.acme.dev/b"'],
    ['a quote', { resource: 'https://api.acme.dev/"a' }, '"https://api.acme.dev/%22a"'],
    ['a line break', { resource: 'https://api.acme.dev/a\r\nb' }, '"https://api.acme.dev/ab"'],
    ['letters beyond ASCII', { resource: 'https://api.acme.dev/ü' }, '%C3%BC'],
    ['an empty list', { resource, authorizationServers: [] }, 'authorizationServers is a list that is not empty'],
    ['one text for a list', { resource, scopes: 'deploy' }, 'scopes is a list'],
    ['an issuer of http', { resource, authorizationServers: ['http://auth.acme.dev'] }, 'must be https:'],
    ['an issuer with a query', { resource, authorizationServers: ['https://auth.acme.dev?a'] }, 'must be spelled'],
    ['a scope with a space', { resource, scopes: ['a b'] }, 'printable ASCII without space'],
    ['a scope with a quote', { resource, scopes: ['a"b'] }, 'printable ASCII without space'],
    ['an empty scope', { resource, scopes: [''] }, 'printable ASCII without space'],
    ['a list with a hole', { resource, scopes: [, 'a'] }, 'printable ASCII without space'], // oxlint-disable-line no-sparse-arrays
    ['an empty name', { resource, name: ' ' }, "name is a text, such as 'Deploy API'"],
    ['a page of http', { resource, documentation: 'http://docs.acme.dev' }, 'documentation must be an https: URL'],
    ['dpop that says nothing', { resource, dpop: {} }, 'resourceMetadata.dpop says nothing'],
    ['dpop of another form', { resource, dpop: true }, 'resourceMetadata.dpop must be an object'],
    ['a symmetric algorithm', { resource, dpop: { algorithms: ['HS256'] } }, 'not "HS256"'],
    ['no algorithm', { resource, dpop: { algorithms: ['none'] } }, 'dpop.algorithms are of RS256'],
    ['required of another type', { resource, dpop: { required: 'yes' } }, 'required must be true or false'],
  ])('resourceMetadata() throws a TypeError that says what to write: %s', (_, given, message) => {
    const make = (): unknown => resourceMetadata(given as ResourceMetadata)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test('lesson B3: resourceMetadata() does not read inherited options', () => {
    const inherited = Object.create(Object.assign(Object.create(null) as object, { resource })) as ResourceMetadata
    expect(() => resourceMetadata(inherited)).toThrow(TypeError)
  })

  test.each([[{ resource }], ['https://api.acme.dev'], [{ url: 'no URL' }], [{ url: 'https://api.acme.dev/"' }], [{}]])(
    'a verifier refuses %j as resourceMetadata: only the result of resourceMetadata() is valid',
    (given) => {
      const make = (): unknown =>
        createVerifier({
          audience: resource,
          trust: githubActions({ ownerId: '1' }),
          resourceMetadata: given as { url: string },
        })
      expect(make).toThrow(TypeError)
      expect(make).toThrow('resourceMetadata takes what resourceMetadata() of @jobpass/exchange makes')
    },
  )
})
