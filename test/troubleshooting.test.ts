// docs/troubleshooting.md shows the log line of each kind of problem. These are the lines that its
// hook really writes, behind a real server, for tokens of real jobs; only ports differ.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { KeyEvent } from '@jobpass/express'
import {
  azureDevops,
  explain,
  githubActions,
  gitlab,
  errorCodes,
  requireWorkload,
  workloadAuth,
} from '@jobpass/express'
import express from 'express'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ProxyAgent, fetch as undiciFetch } from 'undici'
import { claimsWith, clockAt, fetchKeys, githubPush, gitlabPush, now, signToken } from '@jobpass/testing/internal'

const page = readFileSync(new URL('../docs/troubleshooting.md', import.meta.url), 'utf8')
const organization = '6c1b2a3d-4e5f-4061-8273-849506a7b8c9'
const hosted = ['https://token.actions.githubusercontent.com', 'https://vstoken.dev.azure.com']
const servers: Server[] = []
const lines: string[] = []
let send: (authorization: string | undefined, headers?: Record<string, string>) => Promise<string>
let issuers: { readonly privateCa: string; readonly closed: string; readonly proxied: string; readonly unknown: string }

async function start(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  servers.push(server)
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  const pem = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048 })
  const privateCa = await start(
    createTlsServer({ key: pem.private, cert: pem.cert }, (_, response) => response.end('{}')),
  )
  const closing = createServer()
  const closed = await start(closing)
  await new Promise((resolve) => closing.close(resolve))
  const proxy = createServer().on('connect', (_, socket) =>
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
  )
  const dispatcher = new ProxyAgent(`http://127.0.0.1:${await start(proxy)}`)
  issuers = {
    privateCa: `https://localhost:${privateCa}`,
    closed: `https://127.0.0.1:${closed}`,
    proxied: 'https://gitlab.acme.dev',
    unknown: 'https://gitlab.invalid',
  }
  const viaProxy = ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch
  const published = fetchKeys()
  const app = express()
  // Middleware, such as a tracing agent, that rewrites the header.
  app.use((req, _, next) => {
    if (req.headers['x-rewrite'] !== undefined) req.headers.authorization = 'Bearer rewritten'
    next()
  })
  app.use(
    workloadAuth({
      audience: 'https://api.acme.dev',
      trust: [
        githubActions({ ownerId: '1234567' }),
        azureDevops({ ownerId: organization }, { audience: 'api://AzureADTokenExchange', sharedAudience: 'accepted' }),
        gitlab.at(issuers.privateCa)({ ownerId: '99' }),
        gitlab.at(issuers.closed)({ ownerId: '99' }),
        gitlab.at(issuers.unknown)({ ownerId: '99' }),
        gitlab.at(issuers.proxied, { fetch: viaProxy })({ ownerId: '99' }),
      ],
      clock: {
        ...clockAt(now),
        after: (milliseconds, fire) => {
          const timer = setTimeout(fire, milliseconds)
          return () => clearTimeout(timer)
        },
      },
      fetch: (input, init) =>
        hosted.some((host) => String(input).startsWith(host)) ? published(input, init) : fetch(input, init),
      onWarning: () => {},
      onVerdict: (event) => {
        if (!event.allowed) lines.push(explain(event, { level: 'full' }))
      },
    }),
  )
  app.post('/deploy', requireWorkload(githubActions({ repository: 'acme/shop', branch: 'main' })), (_, res) => {
    res.end()
  })
  const port = await start(createServer(app as RequestListener))
  send = async (authorization, headers = {}) => {
    lines.length = 0
    await fetch(`http://127.0.0.1:${port}/deploy`, {
      method: 'POST',
      headers: { ...headers, ...(authorization !== undefined && { authorization }) },
    })
    return lines.join('\n').replaceAll(/(localhost|127\.0\.0\.1):\d+/g, '$1:8443')
  }
})
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const github = (changes: Readonly<Record<string, unknown>>): string =>
  `Bearer ${signToken(claimsWith(githubPush, changes))}`
const lab = (iss: string): string => `Bearer ${signToken(claimsWith(gitlabPush, { iss }))}`
const withoutSignature = (token: string): string =>
  `${token.slice(0, token.lastIndexOf('.'))}.SIGNATURE_REMOVED_BY_GOOGLE`

/** The token of a service connection, from test/providers/payloads. */
const serviceConnection = (): string =>
  `Bearer ${signToken({
    jti: '7853837a-fb2d-413a-8cf1-0426d763a2c7',
    sub: 'sc://acme/payments/deploy-connection',
    aud: 'api://AzureADTokenExchange',
    iss: `https://vstoken.dev.azure.com/${organization}`,
    nbf: now - 60,
    iat: now - 60,
    exp: now + 540,
  })}`

/** The first line of the first code block below a heading of the page. */
function lineBelow(heading: string): string {
  const section = page.split(`### ${heading}\n`)[1] ?? ''
  return /```text\n(.*)\n```/.exec(section)?.[1] ?? `nothing below "${heading}"`
}

test.each<[string, () => Promise<string>]>([
  ['Wrong audience', () => send(github({ aud: 'sts.amazonaws.com' }))],
  ['No audience', () => send(github({ aud: undefined }))],
  ['Enterprise issuer', () => send(github({ iss: 'https://token.actions.githubusercontent.com/acme-inc' }))],
  ['Private CA', () => send(lab(issuers.privateCa))],
  ['Closed port', () => send(lab(issuers.closed))],
  ['Unknown name', () => send(lab(issuers.unknown))],
  ['Proxy', () => send(lab(issuers.proxied))],
  ['Expired', () => send(github({ iat: now - 900, nbf: now - 900, exp: now - 600 }))],
  ['Wrong branch', () => send(github({ ref: 'refs/heads/Main', sub: 'custom' }))],
  ['No token in the job', () => send('Bearer null')],
  ['Another kind of token', () => send(serviceConnection())],
  ['Rewritten header', () => send(github({}), { 'x-rewrite': '1' })],
  ['Stripped signature', () => send(withoutSignature(github({})))],
])('%s: the page shows the line that the hook writes', async (heading, trouble) => {
  const line = (await trouble()).replace('EAI_AGAIN', 'ENOTFOUND')
  expect(lineBelow(heading)).toBe(line)
  expect(line.split('\n')).toHaveLength(1)
})

test('the page has every code and every key event', () => {
  const events: Readonly<Record<KeyEvent['event'], true>> = {
    fetched: true,
    failed: true,
    restored: true,
    unknown: true,
  }
  for (const name of [...Object.keys(errorCodes), ...Object.keys(events)]) expect(page).toContain(`| \`${name}\``)
})
