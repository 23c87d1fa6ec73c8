// `jobpass dev` as a program: its tokens, its lines in a real API, and its defences.

import type { IncomingMessage, RequestOptions } from 'node:http'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { compileFunction, Script } from 'node:vm'
import * as jobpass from '@jobpass/express'
import express from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'
import type { Running } from './running.ts'
import { converse, start } from './running.ts'
import { matchesSchema } from './schemas.ts'

let program: Program
let dev: Running
let port: number

beforeAll(async () => {
  program = await bundleProgram()
  dev = await start(program, ['dev', '--port', '0'], 'Ctrl-C ends this.')
  port = Number(/127\.0\.0\.1:(\d+)/.exec(dev.out)?.[1])
})
afterAll(async () => {
  await dev.stop('SIGTERM')
  program.remove()
})

const tokenOf = async (...args: readonly string[]): Promise<string> => {
  const { out, code } = await program.run(['dev', 'token', '--port', String(port), ...args])
  expect(code).toBe(0)
  return out.trim()
}

const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>

/** The lines for the API, as they are printed. */
const linesOf = (out: string): string => out.slice(out.indexOf('import {'), out.indexOf('\n\nPaste into a shell'))

test('an API with exactly the printed lines admits the usual job and no other', async () => {
  const app = express()
  const [imported = '', ...lines] = linesOf(dev.out).split('\n')
  const names = /^import \{ (.*) \} from '@jobpass\/express'$/.exec(imported)?.[1]?.split(', ') ?? []
  compileFunction(lines.join('\n'), ['app', ...names])(
    app,
    ...names.map((name) => (jobpass as Readonly<Record<string, unknown>>)[name]),
  )
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const call = (token: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/try`, {
      headers: { authorization: `Bearer ${token}` },
    })
  const allowed = await call(await tokenOf())
  const other = await call(await tokenOf('--branch', 'dev'))
  const pull = await call(await tokenOf('--job', 'pull_request'))
  server.close()
  expect(allowed.status).toBe(200)
  expect(await allowed.json()).toMatchObject({ repository: 'acme/shop', branch: 'main' })
  expect([other.status, pull.status]).toEqual([403, 403])
})

test('prints the command for the shell with its own port', () => {
  expect(dev.out).toContain(
    `curl -H "Authorization: Bearer $(jobpass dev token --port ${port})" http://localhost:3000/try`,
  )
})

test('a token has the branch, the event, the audience and the claims that were asked for', async () => {
  const claims = ['--claim', 'actor=mara', '--claim', 'run_number:=7', '--claim', 'note=a=b']
  const token = await tokenOf('--branch', 'x', '--event', 'schedule', '--audience', 'https://b.example', ...claims)
  expect(claimsOf(token)).toMatchObject({
    aud: 'https://b.example',
    ref: 'refs/heads/x',
    event_name: 'schedule',
    actor: 'mara',
    run_number: 7,
    note: 'a=b',
  })
})

test('prints a token and its claims as JSON that follows the schema', async () => {
  const answer = JSON.parse(await tokenOf('--job', 'tag', '--json')) as object
  await matchesSchema(program, 'dev-token', answer)
  expect(answer).toMatchObject({ claims: { ref: 'refs/tags/v1.4.0' } })
})

test.each([
  [['--job', 'pusch'], 3, "has no trigger 'pusch': push, tag"],
  [['--claim', 'repositry=x'], 3, "did you mean 'repository'?"],
  [['--claim', 'nothing'], 3, '--claim takes name=value or name:=json'],
  [['--claim', 'n:=x'], 3, '--claim n: after := comes JSON'],
  [['--port', '70000'], 3, 'takes a port, 0 to 65535, not "70000"'],
  [['--port', '9'], 4, 'no local issuer answers on port 9: start it with jobpass dev --port 9'],
] as const)('the arguments %j are answered with a reason', async (args, code, reason) => {
  const given: readonly string[] = args
  const run = await program.run(['dev', 'token', ...(given.includes('--port') ? [] : ['-p', String(port)]), ...args])
  expect(run.err).toContain(reason)
  expect([run.code, run.out]).toEqual([code, ''])
})

/** Sends a request with any headers, which `fetch` does not allow. */
async function send(options: RequestOptions, body?: string) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, ...options }, resolve)
      .once('error', reject)
      .end(body)
  })
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

const asJson = { 'content-type': 'application/json' }

describe('the defences', () => {
  test.each([
    ['the host of a name that was rebound', { host: 'evil.example' }],
    ['the right name with another port', { host: '127.0.0.1:1' }],
    ['the origin of another site', { origin: 'https://evil.example' }],
    ['the origin of another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['the origin of a sandboxed page', { origin: 'null' }],
    ['a request that a browser marks as cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['a request that a browser marks as of another port', { 'sec-fetch-site': 'same-site' }],
  ])('%s gets no token', async (_, headers) => {
    const answer = await send({ method: 'POST', path: '/tokens', headers: { ...asJson, ...headers } }, '{}')
    expect(answer.status).toBe(403)
    expect(answer.body).not.toContain('eyJ')
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  test('a form cannot ask for a token, and a preflight gets no permission', async () => {
    const form = await send({ method: 'POST', path: '/tokens', headers: { 'content-type': 'text/plain' } }, '{}')
    expect(form.status).toBe(415)
    const preflight = await send({ method: 'OPTIONS', path: '/tokens', headers: { origin: 'https://evil.example' } })
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([403, undefined])
  })

  test.each([
    ['no JSON', '{', 400],
    ['no object', '[]', 400],
    ['an unknown member', '{"jobs":"push"}', 400],
    ['a job that is not text', '{"job":7}', 400],
    ['claims that are a list', '{"claims":[]}', 400],
    ['more than 64 KiB', JSON.stringify({ audience: 'a'.repeat(70_000) }), 413],
  ])('a request with %s is refused with a message', async (_, body, status) => {
    const answer = await send({ method: 'POST', path: '/tokens', headers: asJson }, body)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.any(String) as string })
  })
})

describe('the page', () => {
  test('has a button for each job, and nothing from elsewhere', async () => {
    const page = await send({ path: '/' })
    expect(page.status).toBe(200)
    expect(page.body).toContain('<button type="button" data-job="pull_request">pull_request</button>')
    expect(page.body).not.toMatch(/(?:src|href)="(?!\/page\.)|<script>|style=/)
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
  })

  test.each([
    ['/page.js', 'text/javascript'],
    ['/page.css', 'text/css'],
  ])('%s is a file of the same server', async (path, type) => {
    const { status, headers } = await send({ path })
    expect([status, headers['content-type']]).toEqual([200, `${type}; charset=utf-8`])
  })

  test('gets a token as its script does, with the origin of the page', async () => {
    const { body: code } = await send({ path: '/page.js' })
    expect(() => new Script(code)).not.toThrow()
    expect(code).toContain("fetch('/tokens'")
    const headers = { ...asJson, origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' }
    const { status, body } = await send({ method: 'POST', path: '/tokens', headers }, '{"job":"schedule"}')
    expect([status, JSON.parse(body)]).toMatchObject([200, { claims: { event_name: 'schedule' } }])
  })

  test.each([
    ['POST', '/', 405],
    ['GET', '/tokens', 405],
    ['GET', '/nowhere', 404],
  ])('%s %s is answered with %i', async (method, path, status) => {
    expect((await send({ method, path })).status).toBe(status)
  })
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with 0, and frees its port', async (signal) => {
  const other = await start(program, ['dev', 'gitlab', '--port', '0'], 'Ctrl-C ends this.')
  const its = Number(/127\.0\.0\.1:(\d+)/.exec(other.out)?.[1])
  expect(other.out).toContain("import { gitlab, requireWorkload, workloadAuth } from '@jobpass/express'")
  expect(await other.stop(signal)).toBe(0)
  await expect(fetch(`http://127.0.0.1:${its}/`)).rejects.toThrow('fetch failed')
})

test('a port that is in use, and a platform that does not exist, are answered with a reason', async () => {
  const taken = await program.run(['dev', '--port', String(port)])
  expect([taken.code, taken.out]).toEqual([3, ''])
  expect(taken.err).toContain(`port ${port} of 127.0.0.1 is in use: choose another with --port`)
  const unknown = await program.run(['dev', 'githubactions'])
  expect([unknown.code, unknown.err]).toEqual([
    3,
    'jobpass: there is no platform githubactions; did you mean github-actions?\n',
  ])
})

test.skipIf(!hasTerminals)('a terminal of 20 columns shows a token as a pipe gets it', async () => {
  const args = ['dev', 'token', '--port', String(port), '--claim', 'jti=one']
  const { out, code } = await program.runInTerminal(args, { columns: 20, env: { NO_COLOR: '1' } })
  expect(code).toBe(0)
  expect(claimsOf(out.trim())).toMatchObject({ jti: 'one' })
})

test.skipIf(!hasTerminals)('in a terminal of 20 columns, Ctrl-C ends it with 0', async () => {
  const { out, code } = await converse(program, ['dev', '--port', '0'], [['Ctrl-C ends this.', '\u0003']], 20)
  expect(code).toBe(0)
  expect(out).toContain('\u001b[1mJobs on GitHub Actions\u001b[22m')
  expect(out).toContain("const ci = githubActions.at('http://127.0.0.1:")
})
