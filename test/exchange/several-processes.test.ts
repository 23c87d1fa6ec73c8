// O1: the program of the exchange's README, verbatim, in four processes behind one Redis.

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createVerifier, githubActions, memoryReplayStore } from '@jobpass/core'
import type { ExchangeOptions } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import { createTestIssuer } from '@jobpass/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, installed, startRedis, stop } from '../replay/redis-server.ts'
import { api, ask, issuer, jwtType, publish, tokenExchange } from './service.ts'

const readme = readFileSync(new URL('../../packages/exchange/README.md', import.meta.url), 'utf8')
const program = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? ''
const folder = fileURLToPath(new URL('.readme/', import.meta.url))

describe.runIf(installed)('the program of the README in four processes', () => {
  const children: ChildProcess[] = []
  const ports: number[] = []
  let mint: () => Promise<string>

  beforeAll(async () => {
    const github = await createTestIssuer(githubActions)
    mint = () => github.mint({ aud: issuer })
    const configuration = `${github.issuer}/.well-known/openid-configuration`
    const discovery = (await (await github.fetch(configuration)).json()) as { jwks_uri: string }
    const jwks: unknown = await (await github.fetch(discovery.jwks_uri)).json()
    const redisPort = await freePort()
    children.push(await startRedis(redisPort))
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const shared = {
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      DOCUMENTS: JSON.stringify({ [configuration]: discovery, [discovery.jwks_uri]: jwks }),
    }
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}program.ts`, program)
    const preload = new URL('issuer-documents.ts', import.meta.url).href
    for (let count = 0; count < 4; count++) {
      const port = await freePort()
      const child = fork(`${folder}program.ts`, {
        env: { ...process.env, ...shared, PORT: String(port) },
        execArgv: ['--conditions=@jobpass/source', '--import', 'tsx', '--import', preload],
        silent: true,
      })
      child.stdout?.resume()
      child.stderr?.resume()
      children.push(child)
      ports.push(port)
    }
    for (const port of ports) await listening(port)
  })
  afterAll(async () => {
    for (const child of children.toReversed()) await stop(child)
    rmSync(folder, { recursive: true, force: true })
  })

  async function listening(port: number): Promise<void> {
    for (;;) {
      const dead = children.find(({ exitCode }) => exitCode !== null)
      if (dead !== undefined) throw new Error('the program of the README ended')
      const answer = await fetch(`http://127.0.0.1:${port}/jwks`).catch(() => undefined)
      if (answer?.ok) return void (await answer.arrayBuffer())
    }
  }

  const post = (index: number, path: string, form: Readonly<Record<string, string>>): Promise<Response> =>
    fetch(`http://127.0.0.1:${ports[index % 4]}${path}`, { method: 'POST', body: new URLSearchParams(form) })
  const exchange = async (index: number, token: string): Promise<Record<string, unknown>> => {
    const form = { grant_type: tokenExchange, subject_token_type: jwtType, scope: 'publish' }
    return (await post(index, '/token', { ...form, subject_token: token })).json() as Promise<Record<string, unknown>>
  }
  const put = async (index: number, token: unknown): Promise<unknown> => {
    const headers = { authorization: `Bearer ${String(token)}` }
    const answer = await fetch(`http://127.0.0.1:${ports[index % 4]}/packages/shop`, { method: 'PUT', headers })
    return answer.ok ? answer.status : ((await answer.json()) as { code: string }).code
  }
  const each = [0, 1, 2, 3]

  test('O1: a CI token is exchanged once across all processes', async () => {
    const token = await mint()
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => exchange(index, token)))
    expect(answers.filter((answer) => 'access_token' in answer)).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'token_replayed')).toHaveLength(39)
  })

  test('O1: a token issued by one process is accepted by all', async () => {
    for (const process of each) {
      const { access_token } = await exchange(process, await mint())
      expect(await Promise.all(each.map((index) => put(index, access_token)))).toEqual([200, 200, 200, 200])
    }
  })

  test('O1: a token revoked at one process is refused by all', async () => {
    const { access_token } = await exchange(0, await mint())
    expect((await post(1, '/revoke', { token: String(access_token) })).status).toBe(200)
    const revoked = 'token_revoked'
    expect(await Promise.all(each.map((index) => put(index, access_token)))).toEqual(each.map(() => revoked))
  })

  test('O1: all processes publish the same keys', async () => {
    const texts = await Promise.all(ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/jwks`)).text()))
    expect(new Set(texts).size).toBe(1)
  })
})

describe('options for one and several processes', () => {
  const trust = githubActions({ ownerId: '1234567' })
  const make = (store: { perProcess?: boolean }, changes: Partial<ExchangeOptions> = {}) =>
    createExchange({
      issuer,
      verifier: createVerifier({
        audience: issuer,
        trust,
        replay: { store: { ...memoryReplayStore(), ...store } },
        onWarning: () => {},
      }),
      grants: [{ ...publish, audience: api }],
      ...changes,
    })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = [{ privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }]

  test.each<[string, () => Promise<unknown>, string]>([
    ['a store of one process', () => make({}, { keys }), 'write singleProcess: true'],
    ['a store of one process and no keys', () => make({}), 'write singleProcess: true'],
    ['no keys', () => make({ perProcess: false }), 'keys, the same in every process'],
    [
      'singleProcess: false',
      () => make({ perProcess: false }, { keys, singleProcess: false as never }),
      'singleProcess is true, or left out',
    ],
  ])('O1: createExchange() rejects with %s', async (_, start, message) => {
    await expect(start()).rejects.toThrow(TypeError)
    await expect(start()).rejects.toThrow(message)
  })

  test('O1: a single process works with an in-memory store, and generates its key', async () => {
    const exchange = await make({}, { singleProcess: true })
    const { keys: published } = (await (await exchange.fetch(`${issuer}/jwks`)).json()) as { keys: object[] }
    expect(published).toMatchObject([{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' }])
    expect((await ask(exchange, { subject_token: 'a.b.c' })).body['code']).toBe('token_malformed')
  })
})
