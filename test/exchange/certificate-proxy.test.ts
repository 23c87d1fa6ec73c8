// Tokens that are bound to the client's certificate (RFC 8705), behind a real nginx that ends TLS
// with the directives of the guide.

import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { OutgoingHttpHeaders, Server } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { githubActions } from '@jobpass/core'
import { serviceTokens, viaExchange } from '@jobpass/exchange'
import type { CertificateOptions } from '@jobpass/exchange'
import * as onExpress from '@jobpass/express'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksOf } from '../documentation/pages.ts'
import { answers, commands, nginxFolders } from '../forward-auth/rig.ts'
import { hasNginx } from '../replay/nginx.ts'
import { freePort } from '../replay/redis-server.ts'
import { api, ciToken, claimsOf, issuer, jwtBearer, service, shop } from './service.ts'

const certificate: CertificateOptions = { header: 'client-cert', format: 'pem' }
const directives = blocksOf('docs/guides/exchange.md').find(({ code }) => code.includes('$ssl_client_escaped_cert'))

/** A certificate and its key. */
interface Identity {
  readonly cert: string
  readonly key: string
}

/** Makes a certificate in a folder, which needs no authority. */
function makeIdentity(folder: string, name: string): Identity {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  const args = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj'.split(' ')
  execFileSync('openssl', [...args, `/CN=${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') }
}

const thumbprintOf = ({ cert }: Identity): string =>
  createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url')

describe.runIf(hasNginx)('behind nginx', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
  const [job, thief] = [makeIdentity(folder, 'job'), makeIdentity(folder, 'thief')]
  const forged = encodeURIComponent(job.cert)
  let port = 0
  let server: Server
  let nginx: ChildProcess

  beforeAll(async () => {
    const { exchange, clock } = await service({ certificate })
    const app = express()
    app.use(onExpress.endpoints(exchange))
    const trust = serviceTokens(issuer, { jobs: githubActions, fetch: exchange.fetch, certificate })
    app.use(onExpress.workloadAuth({ audience: api, trust, clock, onWarning: () => {} }))
    app.put('/packages', onExpress.requireWorkload(viaExchange(shop, { scope: 'publish' })), (_, res) => {
      res.json({ code: 'allowed' })
    })
    server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    makeIdentity(folder, 'server')
    port = await freePort()
    writeFileSync(
      join(folder, 'nginx.conf'),
      `events {}
       http {
         access_log off; ${nginxFolders}
         server {
           listen 127.0.0.1:${port} ssl; ssl_certificate server.pem; ssl_certificate_key server.key;
           ${directives?.code}
           location / { proxy_pass http://127.0.0.1:${(server.address() as AddressInfo).port}; }
         }
       }`,
    )
    nginx = spawn('nginx', commands.nginx(folder), { stdio: 'ignore' })
    while (!(await answers(port))) if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`)
  })
  afterAll(async () => {
    const ended = once(nginx, 'exit')
    nginx.kill('SIGTERM')
    await ended
    server.close()
    rmSync(folder, { recursive: true })
  })

  /** Sends a request with a client certificate, or without one. */
  async function send(
    target: { readonly path: string; readonly method: string; readonly body?: string },
    identity: Identity | undefined,
    headers: OutgoingHttpHeaders,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { path, method, body } = target
    const tls = { rejectUnauthorized: false, agent: false, ...identity }
    const sent = request({ host: '127.0.0.1', port, path, method, headers, ...tls })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [NodeJS.ReadableStream]
    return JSON.parse(await text(answer)) as Readonly<Record<string, unknown>>
  }

  /** A token for a client, by the grant that OAuth libraries use. */
  async function tokenFor(identity: Identity | undefined, headers: OutgoingHttpHeaders = {}): Promise<string> {
    const body = new URLSearchParams({ grant_type: jwtBearer, assertion: ciToken(), scope: 'publish' }).toString()
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
    const answer = await send({ path: '/token', method: 'POST', body }, identity, { ...headers, ...form })
    return String(answer['access_token'])
  }

  test('a token is bound to the certificate of the connection, and to none without one', async () => {
    expect(claimsOf(await tokenFor(job))['cnf']).toEqual({ 'x5t#S256': thumbprintOf(job) })
    expect(claimsOf(await tokenFor(undefined))['cnf']).toBeUndefined()
  })

  const spoofs: readonly (readonly [string, OutgoingHttpHeaders])[] = [
    ['the header', { 'Client-Cert': forged }],
    ['the header, spelled with an underscore', { Client_Cert: forged }],
    ['the header twice', { 'client-cert': [forged, forged] }],
  ]

  test.each(spoofs)('a client that sends %s is bound to its own certificate only', async (_, headers) => {
    expect(claimsOf(await tokenFor(undefined, headers))['cnf']).toBeUndefined()
    expect(claimsOf(await tokenFor(thief, headers))['cnf']).toEqual({ 'x5t#S256': thumbprintOf(thief) })
  })

  test.each(spoofs)('a thief of the token who sends %s is refused by the API', async (_, headers) => {
    const authorization = `Bearer ${await tokenFor(job)}`
    const put = { path: '/packages', method: 'PUT' }
    expect(await send(put, job, { authorization })).toEqual({ code: 'allowed' })
    for (const identity of [undefined, thief])
      expect(await send(put, identity, { authorization, ...headers })).toMatchObject({ code: 'certificate_mismatch' })
  })
})
