// The interceptor for undici, with the real agent, against a real server.

import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jobInterceptor } from '@jobpass/client/undici'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { Agent, request } from 'undici'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'

const audience = 'https://api.acme.dev'
const seen: unknown[] = []
let server: Server
let origin: string
let token: string
beforeAll(async () => {
  token = await (await createTestIssuer(githubActions)).mint({ aud: audience })
  server = createServer((incoming, response) => {
    seen.push([incoming.method, incoming.url, incoming.headers.authorization, incoming.headers['x-one']])
    response.end('done')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())
afterEach(() => {
  vi.unstubAllEnvs()
  seen.length = 0
})

const dispatcher = () => new Agent().compose(jobInterceptor({ audience, origin, insecureLoopback: true }))

test.each([
  ['an object', { 'x-one': '1' }],
  ['a list', ['x-one', '1']],
  ['entries', new Headers({ 'x-one': '1' })],
] as const)('a request with headers as %s carries them, and the token of the job', async (_, headers) => {
  vi.stubEnv('JOBPASS_ID_TOKEN', token)
  const answer = await request(`${origin}/deploy?x=1`, {
    method: 'POST',
    headers: headers as never,
    dispatcher: dispatcher(),
  })
  expect(await answer.body.text()).toBe('done')
  expect(seen).toEqual([['POST', '/deploy?x=1', `Bearer ${token}`, '1']])
})

test('a request to another origin fails, and nothing is sent', async () => {
  vi.stubEnv('JOBPASS_ID_TOKEN', token)
  await expect(
    request(`${origin.replace('127.0.0.1', 'localhost')}/deploy`, { dispatcher: dispatcher() }),
  ).rejects.toThrow('goes to another address')
  expect(seen).toEqual([])
})

test('a request with a header authorization of its own fails, and nothing is sent', async () => {
  vi.stubEnv('JOBPASS_ID_TOKEN', token)
  const headers = { Authorization: 'Basic x' }
  await expect(request(`${origin}/deploy`, { headers, dispatcher: dispatcher() })).rejects.toThrow('itself')
  expect(seen).toEqual([])
})

test('a request without a token for the API fails with the reason, and nothing is sent', async () => {
  vi.stubEnv('JOBPASS_ID_TOKEN', token)
  const other = { audience: 'https://other.acme.dev', origin, insecureLoopback: true }
  const failing = new Agent().compose(jobInterceptor(other))
  await expect(request(`${origin}/deploy`, { dispatcher: failing })).rejects.toThrow(
    'its token is for https://api.acme.dev, and not for https://other.acme.dev',
  )
  expect(seen).toEqual([])
})
