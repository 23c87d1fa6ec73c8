import { describe, expect, test } from 'vitest'
import { checkFetchUrl, checkIssuer, fitsTemplate, isLoopback, tenantFields } from './issuer.ts'
import { dnsLabel, hasShape, uuid } from './value-shape.ts'

describe('checkIssuer', () => {
  test.each([
    'https://gitlab.com',
    'https://gitlab.acme.dev:8443',
    'https://git.acme.dev/_services/token',
    'https://token.actions.githubusercontent.com/acme-corp',
    'https://ci.acme.dev/', // a slash is part of the name: spelled as the token spells it
    'https://[2001:db8::1]:8443/x',
    'https://GitLab.com',
    'https://gitlab.com:443',
    'https://jenkins.tidewater.example/oidc/job/My%20Team',
    'https://jenkins.tidewater.example/oidc/job/R%26D/job/web',
    'https://gitlab.com/%61',
  ])('checkIssuer takes %s unchanged', (issuer) => {
    expect(checkIssuer(issuer, false)).toBe(issuer)
  })

  test.each([
    ['HTTPS://gitlab.com', 'https://gitlab.com'],
    ['https://gitlab.com:0443', 'https://gitlab.com'],
    ['https://user@gitlab.com', 'https://gitlab.com'],
    ['https://user:secret@gitlab.com', 'https://gitlab.com'],
    ['https://gitlab.com?x=1', 'https://gitlab.com'],
    ['https://gitlab.com#x', 'https://gitlab.com'],
    ['https://gitlab.com?', 'https://gitlab.com'],
    ['https://gitlab.com#', 'https://gitlab.com'],
    [' https://gitlab.com', 'https://gitlab.com'],
    ['https://gitlab.com\n', 'https://gitlab.com'],
    ['https://git\tlab.com', 'https://gitlab.com'],
    ['https:\\\\gitlab.com', 'https://gitlab.com'],
    ['https:gitlab.com', 'https://gitlab.com'],
    ['https://gitlab.com/a/../b', 'https://gitlab.com/b'],
    ['https://gitlab.com/./a', 'https://gitlab.com/a'],
    ['https://gitlab.com/%2e%2e/a', 'https://gitlab.com/a'],
    ['https://gitlab.com//a', 'https://gitlab.com/a'],
    ['https://gitlab.com/a//', 'https://gitlab.com/a/'],
    [`https://gitlab.com/${'a'.repeat(240)}`, `https://gitlab.com/${'a'.repeat(240)}`.slice(0, 100)],
  ])('attack E10: checkIssuer refuses %j and offers %s', (issuer, right) => {
    expect(() => checkIssuer(issuer, false)).toThrow(TypeError)
    expect(() => checkIssuer(issuer, false)).toThrow(JSON.stringify(right))
  })

  test.each([
    ['an escaped slash', 'https://oidc.circleci.com%2Forg'],
    ['a look-alike letter', 'https://gitl\u0430b.com'],
    ['a template', 'https://oidc.circleci.com/org/{ownerId}'],
  ])('attack E10: checkIssuer refuses %s', (_, issuer) => {
    expect(() => checkIssuer(issuer, false)).toThrow(TypeError)
  })

  test.each([
    [undefined],
    [null],
    [''],
    ['gitlab.com'],
    ['//gitlab.com'],
    [7],
    [['https://gitlab.com']],
    [new URL('https://gitlab.com')],
  ])('checkIssuer refuses %j, which is not a URL', (issuer) => {
    expect(() => checkIssuer(issuer, false)).toThrow("The issuer must be a URL such as 'https://gitlab.acme.dev'")
  })

  test.each([
    'http://gitlab.com',
    'http://127.0.0.1:3000',
    'ftp://gitlab.com',
    'file:///etc',
    'javascript:alert(1)',
    'data:,x',
  ])('lesson D13: checkIssuer refuses %s', (issuer) => {
    expect(() => checkIssuer(issuer, false)).toThrow('must be https:')
  })

  test.each(['http://127.0.0.1:3000', 'http://127.9.8.7', 'http://localhost:8080', 'http://[::1]:1'])(
    'checkIssuer takes %s with insecureLoopback',
    (issuer) => {
      expect(checkIssuer(issuer, true)).toBe(issuer)
    },
  )

  test.each([
    'http://gitlab.com',
    'http://localhost.acme.dev',
    'http://127.0.0.1.acme.dev',
    'http://0.0.0.0',
    'http://10.0.0.1',
    'http://[::2]',
    'http://169.254.169.254',
    'ftp://127.0.0.1',
    'ws://localhost',
  ])('lesson D13: checkIssuer refuses %s even with insecureLoopback', (issuer) => {
    expect(() => checkIssuer(issuer, true)).toThrow('must be https:')
  })

  test.each(['http://127.1', 'http://2130706433', 'http://0x7f.1'])(
    'checkIssuer refuses the odd spelling %s',
    (issuer) => {
      expect(() => checkIssuer(issuer, true)).toThrow('"http://127.0.0.1"')
    },
  )
})

test.each([
  ['127.0.0.1', true],
  ['127.255.0.1', true],
  ['127.10.200.30', true],
  ['127.0.0.100', true],
  ['x127.0.0.1', false],
  ['localhost', true],
  ['[::1]', true],
  ['128.0.0.1', false],
  ['127.0.0.1.evil.example', false],
  ['xlocalhost', false],
])('isLoopback(%j): %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})

describe('checkFetchUrl', () => {
  test('checkFetchUrl takes https, with path and query', () => {
    expect(checkFetchUrl('jwks_uri', 'https://keys.acme.dev/jwks?v=2', false).href).toBe(
      'https://keys.acme.dev/jwks?v=2',
    )
  })

  test.each([
    ['http://keys.acme.dev', false],
    ['http://keys.acme.dev', true],
    ['http://127.0.0.1/jwks', false],
    ['https://user:pass@keys.acme.dev', false],
    ['https://user@keys.acme.dev', false],
    ['https://:pass@keys.acme.dev', false],
    ['file:///jwks.json', true],
    ['ftp://127.0.0.1/jwks', true],
    ['jwks', true],
    [new URL('https://keys.acme.dev'), false],
    ['/jwks', false],
    [undefined, false],
    [{ href: 'https://keys.acme.dev' }, false],
  ])('checkFetchUrl refuses %j', (value, insecure) => {
    expect(() => checkFetchUrl('jwks_uri', value, insecure)).toThrow('jwks_uri must be an https: URL without user info')
  })

  test('checkFetchUrl takes http on loopback with insecureLoopback', () => {
    expect(checkFetchUrl('jwks_uri', 'http://127.0.0.1:9/jwks', true).port).toBe('9')
  })
})

describe('issuer templates', () => {
  test('tenantFields finds the tenant field', () => {
    expect(tenantFields('https://oidc.circleci.com/org/{ownerId}')).toEqual(['ownerId'])
    expect(tenantFields('https://gitlab.com')).toEqual([])
  })

  test.each([
    ['https://{owner}.ci.dev/oidc', 'https://acme.ci.dev/oidc', true],
    ['https://{owner}.ci.dev/oidc', 'https://.ci.dev/oidc', false],
    ['https://{owner}.ci.dev/oidc', 'https://acme.ci.dev/oidc/', false],
    ['https://ci.dev/org/{owner}', 'https://ci.dev/org/a', true],
    ['https://ci.dev/org/{owner}', 'https://ci.dev/org/', false],
    ['https://ci.dev/org/{owner}', 'https://ci.dev/org/a/b', false],
    ['https://ci.dev/org/{owner}', 'https://ci.dev', false],
  ])('fitsTemplate(%s, %s) is %s', (template, issuer, expected) => {
    expect(fitsTemplate(template, issuer)).toBe(expected)
  })

  test.each([
    [uuid, '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22', true],
    [uuid, '3F0C6C2E-6F2A-4B7E-9A51-0D8A4D0C1B22', false],
    [uuid, '3f0c6c2e6f2a4b7e9a510d8a4d0c1b22', false],
    [uuid, '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22\n', false],
    [uuid, '../3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22', false],
    [dnsLabel, 'acme-2', true],
    [dnsLabel, 'a', true],
    [dnsLabel, 'a'.repeat(63), true],
    [dnsLabel, 'a'.repeat(64), false],
    [dnsLabel, '-acme', false],
    [dnsLabel, 'acme-', false],
    [dnsLabel, 'Acme', false],
    [dnsLabel, 'acme.evil', false],
    [dnsLabel, 'acme/x', false],
    [dnsLabel, 'acme@evil', false],
    [dnsLabel, '', false],
  ] as const)('lesson D2: a value of shape %s like %j: %s', (shape, tenant, expected) => {
    expect(hasShape(tenant, shape)).toBe(expected)
  })
})
