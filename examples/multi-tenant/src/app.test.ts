import { readFile } from 'node:fs/promises'
import { githubActions } from '@jobpass/express'
import { createTestIssuer, expectGuarded } from '@jobpass/testing'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp, githubs } from './app.ts'
import type { Project } from './projects.ts'
import { openProjects } from './projects.ts'

// The real issuer URLs, because rows contain them, with local keys behind them.
const [dotCom, bigCorp] = await Promise.all(githubs.map((github) => createTestIssuer(github)))
if (dotCom === undefined || bigCorp === undefined) throw new Error('two issuers are trusted')
const projects = await openProjects()
const issuers = [dotCom, bigCorp].map(({ issuer, fetch }) => githubActions.at(issuer, { fetch }))
const app = createApp(projects, issuers)

const aud = 'https://api.releases.example'
const acme = { issuer: dotCom.issuer, ownerId: '1234567', repositoryId: '74205118', branch: 'main' }
const zebra = { issuer: dotCom.issuer, ownerId: '8080', repositoryId: '9090', branch: 'release' }
const release = (project: string, token: string) =>
  request(app).post(`/projects/${project}/releases`).auth(token, { type: 'bearer' })

/** Claims of a job that matches a row. */
const jobOf = ({ ownerId, repositoryId, branch }: Project, repository: string) => ({
  aud,
  repository,
  repository_owner_id: ownerId,
  repository_id: repositoryId,
  ref: `refs/heads/${branch}`,
})

beforeAll(async () => {
  await projects.add('acme-shop', acme)
  await projects.add('zebra-site', zebra)
})
afterAll(() => projects.close())

describe('jobs that may release a project', () => {
  test.each([
    ['acme-shop', jobOf(acme, 'acme/shop')],
    ['zebra-site', jobOf(zebra, 'zebra/site')],
    ['acme-shop', jobOf(acme, 'renamed/shop')],
  ])('the repository of project %s may release it, whatever its name', async (project, job) => {
    const response = await release(project, await dotCom.mint(job))
    expect(response.status).toBe(201)
    expect(response.body).toMatchObject({ project, repository: job.repository })
  })
})

describe('jobs that may not release a project', () => {
  const refused = async (project: string, token: string) => {
    const { status, body } = await release(project, token)
    expect([status, body.code]).toEqual([403, 'workload_forbidden'])
    return body
  }

  test('a repository whose owner has no project is refused', async () => {
    await refused('acme-shop', await dotCom.mint({ ...jobOf(acme, 'acme/shop'), repository_owner_id: '666' }))
  })

  test('another branch is refused, with an explanation for its owner', async () => {
    const body = await refused('acme-shop', await dotCom.mint({ ...jobOf(acme, 'acme/shop'), ref: 'refs/heads/next' }))
    expect(body.checks).toEqual([{ field: 'branch', operator: 'equals', actual: 'next' }])
  })

  test('a pull request is refused', async () => {
    await refused('acme-shop', await dotCom.mint({ aud }, { trigger: 'pull_request_target' }))
  })

  test('another repository of the same owner is refused', async () => {
    await refused('acme-shop', await dotCom.mint({ ...jobOf(acme, 'acme/docs'), repository_id: '1' }))
  })

  test('another tenant gets the same answer as for a project that does not exist', async () => {
    const token = await dotCom.mint(jobOf(zebra, 'zebra/site'))
    const foreign = await release('acme-shop', token)
    const unknown = await release('no-such-project', token)
    expect(foreign.status).toBe(403)
    expect(unknown.status).toBe(403)
    expect(unknown.text).toBe(foreign.text)
    const { date: _, ...headers } = foreign.headers
    expect(unknown.headers).toMatchObject(headers)
    expect(foreign.body).not.toHaveProperty('checks')
  })

  test('a stranger cannot distinguish existing projects from others', async () => {
    const token = await dotCom.mint({ ...jobOf(acme, 'eve/shop'), repository_owner_id: '666', repository_id: '1' })
    const [known, unknown] = [await release('acme-shop', token), await release('no-such-project', token)]
    expect(known.status).toBe(403)
    expect(unknown.text).toBe(known.text)
  })

  test('SQL in a project name is refused', async () => {
    await refused(encodeURIComponent("x' or '1' = '1"), await dotCom.mint(jobOf(acme, 'acme/shop')))
  })
})

describe('another issuer with the same ids and names', () => {
  const job = jobOf(acme, 'acme/shop')

  test('a job of another trusted issuer is refused', async () => {
    const response = await release('acme-shop', await bigCorp.mint(job))
    expect([response.status, response.body.code]).toEqual([403, 'workload_forbidden'])
    expect(response.body).not.toHaveProperty('checks')
  })

  test('a job of another issuer is refused even if its owner is a tenant with the same ids', async () => {
    await projects.add('bigcorp-shop', { ...acme, issuer: bigCorp.issuer })
    const [theirs, ours] = [await bigCorp.mint(job), await dotCom.mint(job)]
    expect((await release('bigcorp-shop', theirs)).status).toBe(201)
    expect((await release('acme-shop', ours)).status).toBe(201)
    expect((await release('acme-shop', theirs)).status).toBe(403)
    expect((await release('bigcorp-shop', ours)).status).toBe(403)
  })

  test('a token of an untrusted issuer is refused', async () => {
    const eve = await createTestIssuer(githubActions, { issuer: 'https://git.eve.example/_services/token' })
    const response = await release('acme-shop', await eve.mint(job))
    expect([response.status, response.body.code]).toEqual([401, 'issuer_untrusted'])
    expect(eve.fetched).toEqual([])
  })

  test('a signature of one issuer is refused in the name of another', async () => {
    const response = await release('acme-shop', await bigCorp.mint({ ...job, iss: dotCom.issuer }))
    expect(response.status).toBe(401)
    expect(response.body.code).toBe('key_unknown')
  })
})

test('an unreachable database is a 503: no caller is admitted, and none is refused as forbidden', async () => {
  const down = createApp({ ...projects, find: () => Promise.reject(new Error('out of reach')) }, issuers)
  const token = await dotCom.mint(jobOf(acme, 'acme/shop'))
  const response = await request(down).post('/projects/acme-shop/releases').auth(token, { type: 'bearer' })
  expect([response.status, response.body.code]).toEqual([503, 'resolver_unavailable'])
})

describe('routes without a guard', () => {
  test('the health check needs no token', async () => {
    const response = await request(app).get('/healthz')
    expect([response.status, response.text]).toEqual([200, 'ok'])
  })

  test('the preflight request of the web app needs no token', async () => {
    const response = await request(app)
      .options('/projects/acme-shop/releases')
      .set('Origin', 'https://app.releases.example')
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-origin']).toBe('https://app.releases.example')
  })

  test('every other path needs a token', async () => {
    for (const path of ['/', '/nothing']) expect((await request(app).get(path)).status).toBe(401)
  })

  test('the route that releases has a guard', async () => {
    const stranger = await dotCom.mint(jobOf(zebra, 'zebra/site'))
    await expectGuarded(app, ['POST /projects/acme-shop/releases'], { stranger })
  })
})

test('ci/github-actions.yml requests the audience of the API', async () => {
  expect(await readFile(new URL('../ci/github-actions.yml', import.meta.url), 'utf8')).toContain(aud)
})
