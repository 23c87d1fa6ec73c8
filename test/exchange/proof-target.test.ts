// S15, O14: the requests that a DPoP proof matches, over raw sockets, in every adapter.

import { viaExchange } from '@jobpass/exchange'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import * as onExpress from '@jobpass/express'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import { Router } from '@koa/router'
import express from 'express'
import { Hono } from 'hono'
import Koa from 'koa'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { api, apiOf, ask, issuer, service, shop } from './service.ts'

const pair = await generateKeyPair('ES256', { extractable: true })
const jwk = await exportJWK(pair.publicKey)
const running = await service()
const at = Math.floor(running.clock.now() / 1000)

async function proof(htm: string, htu: string, token?: string): Promise<string> {
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }
  return new SignJWT({ jti: randomUUID(), htm, htu, iat: at, ...ath })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .sign(pair.privateKey)
}

const { body } = await ask(running.exchange, {}, { dpop: [await proof('POST', `${issuer}/token`)] })
const token = String(body['access_token'])
const verifier = apiOf(running, {}, { dpop: { origin: api } })
const rule = viaExchange(shop, { scope: 'publish' })

const apps: Readonly<Record<string, () => RequestListener>> = {
  Express: () => {
    const app = express()
    app.use(onExpress.workloadAuth(verifier as never))
    for (const area of ['admin', 'public'])
      app.get(`/${area}/*rest`, onExpress.requireWorkload(rule), (_req, res) => void res.send(area))
    return app
  },
  Koa: () => {
    const app = new Koa()
    app.use(onKoa.workloadAuth(verifier as never))
    const router = new Router()
    for (const area of ['admin', 'public'])
      router.get(`/${area}/{*rest}`, onKoa.requireWorkload(rule), (ctx) => {
        ctx.body = area
      })
    app.use(router.routes())
    return app.callback()
  },
  Hono: () => {
    const app = new Hono()
    app.use(onHono.workloadAuth(verifier as never))
    for (const area of ['admin', 'public']) app.get(`/${area}/*`, onHono.requireWorkload(rule), (c) => c.text(area))
    return getRequestListener(app.fetch, { overrideGlobalObjects: false })
  },
}

const servers: Server[] = []
afterAll(() => servers.forEach((server) => server.closeAllConnections() ?? server.close()))

/** Sends a request target unmodified; HTTP clients would normalize it. */
async function send(port: number, target: string, htu: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const lines = [`GET ${target} HTTP/1.1`, 'Host: api.acme.dev', `Authorization: DPoP ${token}`]
  socket.write([...lines, `DPoP: ${await proof('GET', htu, token)}`, 'Connection: close', '', ''].join('\r\n'))
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  const code = /"code":"(\w+)"/.exec(answer)?.[1]
  const status = /^HTTP\/1.1 (\d+)/.exec(answer)?.[1]
  return (
    code ?? (status === '200' ? (/\b(admin|public)\b/.exec(answer.split('\r\n\r\n')[1] ?? '')?.[0] ?? '') : `${status}`)
  )
}

const crooked = [
  '/admin/../public/x',
  '/admin/%2e%2e/public/x',
  '/admin/.%2E/public/x',
  '/admin/%2e./public/x',
  '/admin/./../public/x',
  '/admin/..\\public/x',
  '/admin\\..\\public/x',
  'http://api.acme.dev/admin/../public/x',
  '/admin/../public/x?y=1',
]

const equal: readonly (readonly [string, string])[] = [
  ['/public/x', `${api}/public/x`],
  ['/public/x?y=1', `${api}/public/x`],
  ['/public/x', `${api}/public/x?y=1#z`],
  ['/public/~x', `${api}/public/%7Ex`],
  ['/public/%7ex', `${api}/public/~x`],
  ['/public/%c3%bc', `${api}/public/%C3%BC`],
  ['/public/x', 'HTTPS://API.ACME.DEV:443/public/x'],
  ['/public/x', `${api}/public/y/../x`],
]
const different: readonly (readonly [string, string])[] = [
  ['/public/x', `${api}/public/y`],
  ['/public/a%2Fb', `${api}/public/a/b`],
  ['/public/X', `${api}/public/x`],
  ['/public/x', `${api}/public/x/`],
  ['/public/x', 'https://other.acme.dev/public/x'],
  ['/public/x', `http://api.acme.dev/public/x`],
  ['/public/x', `${api}\\public\\x`],
  ['/public/x', `${api}/public/\tx`],
]

describe.each(Object.entries(apps))('%s', async (name, make) => {
  const server = createServer(make()).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  test.each(crooked)('S15: a proof for /public/x opens nothing below /admin at %s', async (target) => {
    // Fetch API requests have a normalized URL, and Hono routes by that URL.
    const routedAs = name === 'Hono' ? ['public', 'proof_invalid', '400'] : ['proof_invalid']
    expect(routedAs).toContain(await send(port, target, `${api}/public/x`))
    expect(await send(port, target, `${api}${target}`)).not.toBe('admin')
  })

  test.each(equal)('O14: the URL %s matches a proof for %s', async (target, htu) => {
    expect(await send(port, target, htu)).toBe('public')
  })

  test.each(different)('the URL %s does not match a proof for %s', async (target, htu) => {
    expect(await send(port, target, htu)).toBe('proof_invalid')
  })
})
