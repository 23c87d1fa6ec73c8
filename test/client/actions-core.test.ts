// `getToken` and the real `@actions/core` call the same endpoint. Both send the same requests, and
// get the same token or fail.

import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as actions from '@actions/core'
import { createClient } from '@jobpass/client'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'

const audience = 'https://api.acme.dev/ci?x=1&y=ü'
let token: string
beforeAll(async () => {
  token = await (await createTestIssuer(githubActions)).mint({ aud: audience })
})

const servers: Server[] = []
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  for (const server of servers.splice(0)) server.close()
})

type Answer = readonly [status: number, body: string]

/** An endpoint with these answers, the last one for ever, and the requests that it saw. */
async function endpoint(answers: readonly Answer[]) {
  const seen: unknown[] = []
  const server = createServer(({ method, url, headers }, response) => {
    const [status, body] = answers[Math.min(seen.length, answers.length - 1)] as Answer
    seen.push([method, url, headers.authorization, headers.accept])
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/idtoken/9c/1?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-secret',
  }
  return { env, seen }
}

const outcome = (call: Promise<string>): Promise<string> => call.catch(() => 'failed')

/** What the real package gets, and sends. */
async function byActions(answers: readonly Answer[]) {
  const { env, seen } = await endpoint(answers)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const printed: unknown[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => printed.push(String(line).trim()) > 0)
  const given = await outcome(actions.getIDToken(audience))
  vi.restoreAllMocks()
  return { given, seen, masked: printed.filter((line) => String(line).startsWith('::add-mask::')) }
}

/** The same for ours, whose pauses take no time. */
async function byClient(answers: readonly Answer[]) {
  const { env, seen } = await endpoint(answers)
  const masked: string[] = []
  const clock = {
    now: () => Date.now(),
    sleep: (milliseconds: number) => (milliseconds === 30_000 ? new Promise<void>(() => {}) : Promise.resolve()),
  }
  const client = createClient({ env, clock, print: (line) => void masked.push(line) })
  const given = await outcome(client.getToken({ audience }).then((got) => got.token))
  return { given, seen, masked }
}

test.each([
  ['gives a token', [[200, 'TOKEN']]],
  [
    'is overloaded once',
    [
      [503, '{}'],
      [200, 'TOKEN'],
    ],
  ],
  [
    'is behind a gateway that fails twice',
    [
      [502, ''],
      [504, ''],
      [200, 'TOKEN'],
    ],
  ],
  ['refuses the job', [[403, '{"message":"no permission"}']]],
  ['does not know the job', [[401, '{}']]],
  ['does not understand', [[400, '{}']]],
  ['is not there', [[404, '']]],
  ['answers without a token', [[200, '{}']]],
] as const)('where the endpoint %s, both get the same, by the same requests', async (_, given) => {
  const answers = given.map(([status, body]): Answer => [
    status,
    body === 'TOKEN' ? JSON.stringify({ value: token }) : body,
  ])
  const [theirs, ours] = [await byActions(answers), await byClient(answers)]
  expect(ours).toEqual(theirs)
  expect(ours.given).toBe(given.some(([, body]) => body === 'TOKEN') ? token : 'failed')
})

test('without the permission, both fail and send nothing', async () => {
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', '')
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_TOKEN', '')
  expect(await outcome(actions.getIDToken(audience))).toBe('failed')
  const env = { GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }
  const error: unknown = await createClient({ env })
    .getToken({ audience })
    .catch((reason: unknown) => reason)
  expect((error as Error).message).toContain("Add 'permissions: id-token: write' to the job")
})
