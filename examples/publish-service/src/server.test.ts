// The registry on a real PostgreSQL server, which runs transactions concurrently; PGlite does not.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { githubActions, gitlab } from '@jobpass/express'
import { postgresPublishers } from '@jobpass/publishers'
import { createTestIssuer } from '@jobpass/testing'
import request from 'supertest'
import type { Response } from 'supertest'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from './app.ts'
import type { Database } from './database.ts'
import { openServer } from './database.ts'
import { claimProject } from './projects.ts'
import { maxFiles, releasesIn } from './releases.ts'
import { settingsPage } from './settings.ts'
import { createTestCluster } from './test-cluster.ts'
import { createTokenService, issuer } from './token-service.ts'

const calls = 40
const clock = {
  now: () => Date.UTC(2026, 8, 1),
  after: (milliseconds: number, callback: () => void) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}
const github = await createTestIssuer(githubActions, { clock })
const gitlabCom = await createTestIssuer(gitlab, { clock })
const atGitHub = { issuer: github.issuer, ownerId: '1234567' } as const

const cluster = createTestCluster()
afterAll(() => cluster?.remove())

/** The registry on a database, over HTTP, with helpers for tests. */
async function open(db: Database) {
  const service = await createTokenService({
    store: await postgresPublishers(db, { claimProject }),
    github: githubActions.at(github.issuer, { fetch: github.fetch }),
    gitlab: gitlab.at(gitlabCom.issuer, { fetch: gitlabCom.fetch }),
    clock,
  })
  const settings = settingsPage({
    db,
    publishers: service.publishers,
    origin: 'https://packages.example',
    secret: 'a secret of at least 32 characters',
    accountOf: () => 'acme',
  })
  const server = createServer(createApp(releasesIn(db, clock), service, settings)).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { publishers } = service
  const api = request(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const exchange = (job: string, project = 'shop') =>
    api
      .post('/auth/token')
      .type('form')
      .send({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        subject_token: job,
        scope: `publish:${project}`,
      })
  const job = (claims = {}) => github.mint({ aud: issuer, ...claims })
  const tokenFor = async (project: string, claims = {}): Promise<string> =>
    (await exchange(await job(claims), project).expect(200)).body.access_token
  const begin = (token: string, project = 'shop', version = '1.0.0') =>
    api.post(`/projects/${project}/uploads`).auth(token, { type: 'bearer' }).send({ version })
  const put = (id: string, token: string, name: string) =>
    api
      .put(`/projects/shop/uploads/${id}/files/${name}`)
      .auth(token, { type: 'bearer' })
      .set('Content-Type', 'application/octet-stream')
      .send(Buffer.from('bytes'))
  const finish = (id: string, token: string) =>
    api.post(`/projects/shop/uploads/${id}/publish`).auth(token, { type: 'bearer' })
  await db.query('truncate projects, jobpass_publishers, jobpass_publisher_records, uploads, files')
  await publishers.add({ account: 'acme', project: 'shop', ...atGitHub, repositoryId: '74205118' })
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await db.close()
  }
  return { api, db, publishers, exchange, job, tokenFor, begin, put, finish, close }
}

const outcome = ({ status, body }: Response) => (body.code === undefined ? status : `${status} ${body.code}`)
const tally = async (asked: readonly PromiseLike<Response>[]) => {
  const counts: Record<string, number> = {}
  for (const answer of await Promise.all(asked)) counts[outcome(answer)] = (counts[outcome(answer)] ?? 0) + 1
  return counts
}

describe.skipIf(cluster === undefined)('PostgreSQL (skipped if initdb and pg_ctl are not installed)', () => {
  const server = cluster as NonNullable<typeof cluster>

  describe.each(['read committed', 'repeatable read', 'serializable'])('O7: of 40 concurrent calls at %s', (level) => {
    let registry: Awaited<ReturnType<typeof open>>
    beforeEach(async () => {
      const db = await openServer(server.url(level))
      expect((await db.query('show transaction_isolation')).rows).toEqual([{ transaction_isolation: level }])
      registry = await open(db)
      return () => registry.close()
    })

    test('O7: only as many calls add a file as a release may have', async () => {
      const { tokenFor, begin, put, finish } = registry
      const token = await tokenFor('shop')
      const { id } = (await begin(token).expect(201)).body
      const counts = await tally(Array.from({ length: calls }, (_, index) => put(id, token, `file-${index}`)))
      expect(counts).toEqual({ 200: maxFiles, '409 too_many_files': calls - maxFiles })
      await finish(id, token).expect(200)
    })

    test('O7: one call publishes a version, although each has its own upload', async () => {
      const { tokenFor, begin, put, finish } = registry
      const token = await tokenFor('shop')
      const ids = await Promise.all(Array.from({ length: calls }, async () => (await begin(token).expect(201)).body.id))
      await Promise.all(ids.map((id) => put(id, token, 'shop.tgz').expect(200)))
      const counts = await tally(ids.map((each) => finish(each, token)))
      expect(counts).toEqual({ 200: 1, '409 version_exists': calls - 1 })
    })

    test('O7: one call binds a pending publisher, although each has its own repository', async () => {
      const { publishers, tokenFor, begin } = registry
      await publishers.addPending({ account: 'acme', project: 'kiosk', ...atGitHub, repository: 'acme/kiosk' })
      const tokens = await Promise.all(
        Array.from({ length: calls }, (_, index) =>
          tokenFor('kiosk', { repository: 'acme/kiosk', repository_id: String(500 + index) }),
        ),
      )
      const counts = await tally(tokens.map((token) => begin(token, 'kiosk')))
      expect(counts).toEqual({ 201: 1, '403 workload_forbidden': calls - 1 })
      expect(await publishers.list({ project: 'kiosk', account: 'acme' })).toMatchObject([
        { lastUsedAt: expect.any(Date) },
      ])
    })

    test('O7: no call binds a repository that another account names, too', async () => {
      const { api, publishers, tokenFor, begin } = registry
      const pending = { project: 'kiosk', ...atGitHub, repository: 'acme/kiosk' }
      await publishers.addPending({ ...pending, account: 'acme' })
      const tokens = await Promise.all(
        Array.from({ length: calls }, () => tokenFor('kiosk', { repository: 'acme/kiosk', repository_id: '501' })),
      )
      await publishers.addPending({ ...pending, account: 'eve' })
      expect(await tally(tokens.map((token) => begin(token, 'kiosk')))).toEqual({ '403 workload_forbidden': calls })
      await api.get('/projects/kiosk').expect(404)
    })

    test('O7: the project of a first call is never of an account that is added meanwhile', async () => {
      const { db, publishers, tokenFor, begin } = registry
      const pending = { project: 'kiosk', ...atGitHub, repository: 'acme/kiosk' }
      await publishers.addPending({ ...pending, account: 'acme' })
      const tokens = await Promise.all(
        Array.from({ length: calls }, () => tokenFor('kiosk', { repository: 'acme/kiosk', repository_id: '501' })),
      )
      const [counts] = await Promise.all([
        tally(tokens.map((token) => begin(token, 'kiosk'))),
        publishers.addPending({ ...pending, account: 'eve' }),
      ])
      expect(['201', '403 workload_forbidden']).toEqual(expect.arrayContaining(Object.keys(counts)))
      const { rows } = await db.query(`select account from projects where name = 'kiosk' and account <> 'acme'`)
      expect(rows).toEqual([])
    })
  })

  test('O7: processes that start at the same time create the tables once', async () => {
    const opened = await Promise.all([1, 2, 3, 4].map(() => openServer(server.url('serializable'))))
    await Promise.all(opened.map((db) => db.close()))
  })

  test('O7: calls are answered 503 while the server is down, and succeed when it is back', async () => {
    const registry = await open(await openServer(server.url('read committed')))
    const { api, exchange, job, tokenFor, begin, put, finish } = registry
    const token = await tokenFor('shop')
    const { id } = (await begin(token).expect(201)).body
    const waiting = await job({ jti: 'waiting' })
    server.kill()
    for (const round of ['on connections that were lost', 'on new ones']) {
      const read = await api.get('/projects/shop')
      expect([round, outcome(read), read.headers['retry-after']]).toEqual([round, '503 database_unavailable', '5'])
      expect(read.headers['content-type']).toContain('application/problem+json')
      expect(outcome(await api.get('/projects/shop/releases/1.0.0/a'))).toBe('503 database_unavailable')
      expect(outcome(await exchange(waiting))).toMatch(/^503 /)
      expect(outcome(await api.get('/settings/publishers/shop').set('Cookie', 'session=of-ada'))).toBe(503)
      expect(outcome(await begin(token))).toBe('503 resolver_unavailable')
      expect(outcome(await put(id, token, 'a'))).toBe('503 resolver_unavailable')
      expect(outcome(await finish(id, token))).toBe('503 resolver_unavailable')
    }
    server.start()
    await exchange(waiting).expect(200)
    await put(id, token, 'a').expect(200)
    await finish(id, token).expect(200)
    await api.get('/projects/shop').expect(200)
    await registry.close()
  })
})
