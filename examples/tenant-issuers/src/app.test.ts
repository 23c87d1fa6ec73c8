import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { githubActions, gitlab } from '@jobpass/express'
import { createTestIssuer } from '@jobpass/testing'
import request from 'supertest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from './app.ts'
import type { Tenant } from './tenants.ts'
import { openTenants } from './tenants.ts'

const aud = 'https://api.reports.example'
let now = Date.now()
const clock = { now: () => now, after: () => () => {} }

// The servers of two customers, with the same ids on both.
const acme = await createTestIssuer(gitlab, { issuer: 'https://gitlab.acme.example', clock })
const globex = await createTestIssuer(githubActions, { issuer: 'https://git.globex.example/_services/token', clock })
const jobOfAcme = { aud, namespace_id: '7', project_id: '70' }
const jobOfGlobex = { aud, repository_owner_id: '7', repository_id: '70' }

const fetched: string[] = []
const network: typeof fetch = async (input, init) => {
  fetched.push(String(input))
  return [acme, globex].find(({ issuer }) => String(input).startsWith(issuer))?.fetch(input, init) ?? Response.error()
}

const tenants = await openTenants()
const rows: readonly Tenant[] = [
  { id: 'acme', platform: 'gitlab', issuer: acme.issuer, ownerId: '7' },
  { id: 'globex', platform: 'github', issuer: globex.issuer, ownerId: '7' },
]
const app = createApp(tenants, { fetch: network, clock })
const report = (token: string) => request(app).post('/reports').auth(token, { type: 'bearer' })

beforeAll(() => Promise.all(rows.map((row) => tenants.add(row))))
afterAll(() => tenants.close())

test('a job of each customer’s server is known as that customer’s', async () => {
  expect((await report(await acme.mint(jobOfAcme))).body).toMatchObject({ tenant: 'acme' })
  expect((await report(await globex.mint(jobOfGlobex))).body).toMatchObject({ tenant: 'globex' })
})

test('a job of another group on the same server is refused', async () => {
  const { status, body } = await report(await acme.mint({ ...jobOfAcme, namespace_id: '8' }))
  expect([status, body.code]).toEqual([403, 'workload_forbidden'])
})

test('a server of no customer is refused, and nothing is fetched from it', async () => {
  const evil = await createTestIssuer(gitlab, { issuer: 'https://gitlab.evil.example', clock })
  fetched.length = 0
  const { status, body } = await report(await evil.mint(jobOfAcme))
  expect([status, body.code, fetched]).toEqual([401, 'issuer_untrusted', []])
})

test('a server cannot speak in the name of another', async () => {
  const { status, body } = await report(await acme.mint({ ...jobOfAcme, iss: globex.issuer }))
  expect([status, body.code]).toEqual([401, 'key_unknown'])
})

test('a customer who left is out within five minutes', async () => {
  const token = await acme.mint(jobOfAcme)
  expect((await report(token)).status).toBe(201)
  await tenants.remove('acme')
  now += 300_000
  const { status, body } = await report(token)
  expect([status, body.code]).toEqual([401, 'issuer_untrusted'])
})

test('the program starts with its own rows, and refuses a call without a token', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const args = ['--conditions=@jobpass/source', '--import', 'tsx', main]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (line: string) => {
        const [found] = /http:\/\/127\.0\.0\.1:[1-9]\d*/.exec(line) ?? []
        if (found !== undefined) resolve(found)
      })
      child.once('exit', () => reject(new Error('it ended')))
    })
    const response = await fetch(`${url}/reports`, { method: 'POST' })
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'token_missing' }])
  } finally {
    child.kill()
  }
})
