// Tokens that are bound to the client's certificate (RFC 8705), which a proxy passes in a header.

import { execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { serviceTokens, viaExchange } from '@jobpass/exchange'
import type { CertificateOptions } from '@jobpass/exchange'
import type { WorkloadAuthError } from '@jobpass/core'
import * as onHono from '@jobpass/hono'
import * as fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { api, ask, ciToken, claimsOf, issuer, publish, service, shop } from './service.ts'
import { githubActions } from '@jobpass/core'

/** A certificate of its own, by openssl. */
function makeCertificate(name: string): X509Certificate {
  const made = execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      '/dev/null',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  return new X509Certificate(made)
}

const [mine, other] = [makeCertificate('job'), makeCertificate('other')]
const thumbprint = createHash('sha256').update(mine.raw).digest('base64url')

/** What each proxy writes for a certificate, by its documentation. */
const written: Readonly<Record<CertificateOptions['format'], (certificate: X509Certificate) => string>> = {
  rfc9440: ({ raw }) => `:${raw.toString('base64')}:`,
  pem: (certificate) => encodeURIComponent(certificate.toString()),
  sha256: ({ fingerprint256 }) => fingerprint256.replaceAll(':', '').toLowerCase(),
  xfcc: ({ fingerprint256 }) =>
    `By=spiffe://acme.dev/auth;Hash=${fingerprint256.replaceAll(':', '').toLowerCase()};Subject="CN=job, OU=\\"ci\\"";URI=`,
}
const formats = Object.keys(written) as readonly CertificateOptions['format'][]

const certificate: CertificateOptions = { header: 'Client-Cert', format: 'rfc9440' }
const showing = (value: string): Readonly<Record<string, readonly string[]>> => ({ 'client-cert': [value] })
const header = written.rfc9440

describe.each(formats)('a certificate in the form %s', (format) => {
  test('binds the token to its thumbprint', async () => {
    const { exchange, records } = await service({ certificate: { header: 'client-cert', format } })
    const { status, body } = await ask(exchange, {}, showing(written[format](mine)))
    expect([status, body['token_type']]).toEqual([200, 'Bearer'])
    expect(claimsOf(body['access_token'])['cnf']).toEqual({ 'x5t#S256': thumbprint })
    expect(records).toMatchObject([{ outcome: 'issuing', certificate: thumbprint }])
  })

  test.each([
    ['other text', 'x'],
    ['a certificate cut short', written[format](mine).slice(0, 20)],
    ['two of them in one value', `${written[format](mine)},${written[format](other)}`],
  ])('is refused when it is %s', async (_, value) => {
    const { exchange } = await service({ certificate: { header: 'client-cert', format } })
    const { status, body } = await ask(exchange, {}, showing(value))
    expect([status, body['error']]).toEqual([400, 'invalid_request'])
  })
})

test('the AWS load balancer leaves plus, equals and slash as they are, and is read as well', async () => {
  const escaped = encodeURIComponent(mine.toString())
    .replaceAll('%2B', '+')
    .replaceAll('%3D', '=')
    .replaceAll('%2F', '/')
  const { exchange } = await service({ certificate: { header: 'client-cert', format: 'pem' } })
  const { body } = await ask(exchange, {}, showing(escaped))
  expect(claimsOf(body['access_token'])['cnf']).toEqual({ 'x5t#S256': thumbprint })
})

/** The binding of a token that is requested with a header; `'refused'` if the header is refused. */
const boundBy = async (format: CertificateOptions['format'], value: string): Promise<unknown> => {
  const { exchange } = await service({ certificate: { header: 'client-cert', format } })
  const { status, body } = await ask(exchange, {}, showing(value))
  return status === 200 ? claimsOf(body['access_token'])['cnf'] : 'refused'
}

describe('a chain of certificates, as AWS load balancers pass it on (X-Amzn-Mtls-Clientcert)', () => {
  const chainOf = (...parts: readonly string[]): string => encodeURIComponent(parts.join(''))

  test('stands for its first certificate, which is that of the client', async () => {
    const bound = { 'x5t#S256': thumbprint }
    expect(await boundBy('pem', chainOf(String(mine), String(other)))).toEqual(bound)
    expect(await boundBy('pem', chainOf(String(mine), '\n', String(other), String(other)))).toEqual(bound)
  })

  test.each([
    ['other text between the certificates', chainOf(String(mine), 'x', String(other))],
    ['other text before them', chainOf('x', String(mine), String(other))],
    ['other text after them', chainOf(String(mine), String(other), 'x')],
    ['a certificate that is cut short', chainOf(String(mine), String(other).slice(0, -20))],
    ['two values of a header', `${chainOf(String(other))}, ${chainOf(String(mine))}`],
  ])('is refused with %s', async (_, value) => {
    expect(await boundBy('pem', value)).toBe('refused')
  })
})

describe('the header of Envoy', () => {
  const [own, foreign] = [mine, other].map(({ fingerprint256 }) => fingerprint256.replaceAll(':', '').toLowerCase())
  const bound = { 'x5t#S256': thumbprint }

  test.each<[string, string, unknown]>([
    ['the hash alone', `Hash=${own}`, bound],
    ['a quoted hash', `By=spiffe://a;Hash="${own}"`, bound],
    ['another spelling of the name', `by=spiffe://a;HASH=${own}`, bound],
    ['a hash in a quoted subject', `Subject="CN=x;Hash=${foreign};O=y";Hash=${own}`, bound],
    ['a hash in a subject with quotation marks', `Subject="CN=\\"x\\";Hash=${foreign};O=y";Hash=${own}`, bound],
    ['only a hash in a quoted subject', `Subject="CN=x;Hash=${own};O=y"`, 'refused'],
    ['a hash behind a comma in a subject', `Subject="CN=x,Hash=${foreign}";Hash=${own}`, bound],
    ['two hashes', `Hash=${foreign};Hash=${own}`, 'refused'],
    ['one hash twice', `Hash=${own};Hash=${own}`, 'refused'],
    ['two hops', `Hash=${own},Hash=${foreign}`, 'refused'],
    ['a mark that opens and does not close', `Subject="CN=x;Hash=${own}`, 'refused'],
    ['a mark inside a value', `Subject=CN="x";Hash=${own}`, 'refused'],
    ['text behind a quoted value', `Subject="CN=x"y;Hash=${own}`, 'refused'],
    ['a value without a name', `${own};Hash=${own}`, 'refused'],
    ['no hash', 'By=spiffe://a;URI=spiffe://b', 'refused'],
    ['a hash that is too short', `Hash=${own?.slice(2)}`, 'refused'],
  ])('with %s', async (_, value, expected) => {
    expect(await boundBy('xfcc', value)).toEqual(expected)
  })

  test('names the certificate of the connection, whatever the subject of the certificate says', async () => {
    const piece = fc.constantFrom('Hash=', String(foreign), ';', ',', '"', '\\', '=', 'CN=x', ' ')
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        // Envoy escapes quotation marks and backslashes.
        const subject = `Subject="${pieces.join('').replaceAll(/["\\]/g, String.raw`\$&`)}"`
        const values = [`${subject};Hash=${own}`, `Hash=${own};${subject};URI=`]
        for (const value of values) expect(await boundBy('xfcc', value)).toEqual(bound)
      }),
      { numRuns: 100 },
    )
  })
})

test('a request without a certificate gets a bearer token, unless the grant requires one', async () => {
  const free = await service({ certificate })
  for (const headers of [{}, showing('')])
    expect(claimsOf((await ask(free.exchange, {}, headers)).body['access_token'])['cnf']).toBeUndefined()
  const strict = await service({ certificate, grants: [{ ...publish, certificate: 'required' }] })
  const subject_token = ciToken()
  const { status, body } = await ask(strict.exchange, { subject_token })
  expect([status, body['error']]).toEqual([400, 'invalid_request'])
  expect((await ask(strict.exchange, { subject_token }, showing(header(mine)))).status).toBe(200)
})

test('two headers are refused, since one of them is from the client', async () => {
  const { exchange } = await service({ certificate })
  const { status, body } = await ask(exchange, {}, { 'client-cert': [header(mine), header(other)] })
  expect([status, body['error']]).toEqual([400, 'invalid_request'])
})

test('an exchange without the option does not read the header', async () => {
  const { exchange } = await service()
  const { body } = await ask(exchange, {}, showing(header(mine)))
  expect(claimsOf(body['access_token'])['cnf']).toBeUndefined()
})

test('the metadata says that tokens are bound to certificates (RFC 8705 §3.3)', async () => {
  const documentOf = async (options: Parameters<typeof service>[0]): Promise<unknown> => {
    const { exchange } = await service(options)
    return (await exchange.fetch(`${new URL(issuer).origin}/.well-known/oauth-authorization-server`)).json()
  }
  expect(await documentOf({ certificate })).toMatchObject({ tls_client_certificate_bound_access_tokens: true })
  expect(await documentOf({})).not.toHaveProperty('tls_client_certificate_bound_access_tokens')
})

describe('at an API', () => {
  /** An API that accepts tokens that are bound to a certificate, or one that does not. */
  const apiWith = async (options: { readonly certificate?: CertificateOptions }) => {
    const running = await service({ certificate })
    const bound = String((await ask(running.exchange, {}, showing(header(mine)))).body['access_token'])
    const plain = String((await ask(running.exchange)).body['access_token'])
    const app = new Hono()
    const tokens = serviceTokens(issuer, { jobs: githubActions, fetch: running.exchange.fetch, ...options })
    app.use(onHono.workloadAuth({ audience: api, trust: tokens, clock: running.clock, onWarning: () => {} }))
    app.put('/packages', onHono.requireWorkload(viaExchange(shop, { scope: 'publish' })), (c) => c.text('put'))
    return async (token: 'bound' | 'plain', headers: Readonly<Record<string, string>>, scheme = 'Bearer') => {
      const authorization = `${scheme} ${token === 'bound' ? bound : plain}`
      const response = await app.request('/packages', { method: 'PUT', headers: { authorization, ...headers } })
      return response.status === 200 ? 200 : [response.status, ((await response.json()) as WorkloadAuthError).code]
    }
  }
  const own = { 'client-cert': header(mine) }

  test('the holder of the certificate presents its token as a bearer token', async () => {
    const call = await apiWith({ certificate })
    expect(await call('bound', own)).toBe(200)
    expect(await call('plain', own)).toBe(200)
    expect(await call('plain', {})).toBe(200)
  })

  test.each<[string, Readonly<Record<string, string>>]>([
    ['another certificate', { 'client-cert': header(other) }],
    ['no certificate', {}],
    ['an empty header', { 'client-cert': '' }],
    ['a header that no proxy writes', { 'client-cert': 'invalid' }],
    ['its own certificate and another', { 'client-cert': `${header(mine)}, ${header(other)}` }],
    ['its own certificate in another header', { 'x-client-cert': header(mine) }],
  ])('a thief with %s is refused with 401 certificate_mismatch', async (_, headers) => {
    expect(await (await apiWith({ certificate }))('bound', headers)).toEqual([401, 'certificate_mismatch'])
  })

  test('a bound token is refused under the DPoP scheme', async () => {
    expect(await (await apiWith({ certificate }))('bound', own, 'DPoP')).toEqual([401, 'token_missing'])
  })

  test('an API that reads no certificates refuses bound tokens', async () => {
    expect(await (await apiWith({}))('bound', own)).toEqual([401, 'scheme_mismatch'])
  })
})

test.each<[string, unknown, string]>([
  ['no header', { format: 'pem' }, 'header is the name of a header'],
  ['a header with a space in its name', { header: 'a b', format: 'pem' }, 'header is the name of a header'],
  ['no format', { header: 'client-cert' }, 'format is one of rfc9440, pem, sha256, xfcc'],
  ['a format of Object.prototype', { header: 'client-cert', format: 'constructor' }, 'format is one of'],
  ['an unknown option', { ...certificate, trust: true }, "has no 'trust'"],
])('%s is a TypeError for the exchange and for an API', async (_, options, message) => {
  const given = options as CertificateOptions
  await expect(service({ certificate: given })).rejects.toThrow(message)
  expect(() => serviceTokens(issuer, { jobs: githubActions, certificate: given })).toThrow(message)
})
