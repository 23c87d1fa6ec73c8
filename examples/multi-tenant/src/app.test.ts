import { readFile } from 'node:fs/promises'
import { githubActions } from '@jobpass/express'
import { createTestIssuer, expectGuarded } from '@jobpass/testing'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp, githubs } from './app.ts'
import type { Project } from './projects.ts'
import { openProjects } from './projects.ts'

// The real issuer strings, since rows hold them, with keys of our own behind them.
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

/** The claims of a job that a row means. */
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

describe('who may release a project', () => {
  test.each([
    ['acme-shop', jobOf(acme, 'acme/shop')],
    ['zebra-site', jobOf(zebra, 'zebra/site')],
    ['acme-shop', jobOf(acme, 'renamed/shop')],
  ])('%s: its own repository, whatever it is called', async (project, job) => {
    const response = await release(project, await dotCom.mint(job))
    expect(response.status).toBe(201)
    expect(response.body).toMatchObject({ project, repository: job.repository })
  })
})

describe('who may not', () => {
  const refused = async (project: string, token: string) => {
    const { status, body } = await release(project, token)
    expect([status, body.code]).toEqual([403, 'workload_forbidden'])
    return body
  }

  test('a repository whose owner has no project here', async () => {
    await refused('acme-shop', await dotCom.mint({ ...jobOf(acme, 'acme/shop'), repository_owner_id: '666' }))
  })

  test('another branch, and its owner reads why', async () => {
    const body = await refused('acme-shop', await dotCom.mint({ ...jobOf(acme, 'acme/shop'), ref: 'refs/heads/next' }))
    expect(body.checks).toEqual([{ field: 'branch', operator: 'equals', actual: 'next' }])
  })

  test('a pull request', async () => {
    await refused('acme-shop', await dotCom.mint({ aud }, { trigger: 'pull_request_target' }))
  })

  test('another repository of the same owner', async () => {
    await refused('acme-shop', await dotCom.mint({ ...jobOf(acme, 'acme/docs'), repository_id: '1' }))
  })

  test('another tenant, who reads the same as if the project did not exist', async () => {
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

  test('a stranger, who cannot tell known projects from unknown ones either', async () => {
    const token = await dotCom.mint({ ...jobOf(acme, 'eve/shop'), repository_owner_id: '666', repository_id: '1' })
    const [known, unknown] = [await release('acme-shop', token), await release('no-such-project', token)]
    expect(known.status).toBe(403)
    expect(unknown.text).toBe(known.text)
  })

  test('SQL', async () => {
    await refused(encodeURIComponent("x' or '1' = '1"), await dotCom.mint(jobOf(acme, 'acme/shop')))
  })
})

describe('another issuer that repeats every id and every name', () => {
  const job = jobOf(acme, 'acme/shop')

  test('is a stranger, though it is trusted', async () => {
    const response = await release('acme-shop', await bigCorp.mint(job))
    expect([response.status, response.body.code]).toEqual([403, 'workload_forbidden'])
    expect(response.body).not.toHaveProperty('checks')
  })

  test('is a stranger to that project, even as a tenant with the same ids', async () => {
    await projects.add('bigcorp-shop', { ...acme, issuer: bigCorp.issuer })
    const [theirs, ours] = [await bigCorp.mint(job), await dotCom.mint(job)]
    expect((await release('bigcorp-shop', theirs)).status).toBe(201)
    expect((await release('acme-shop', ours)).status).toBe(201)
    expect((await release('acme-shop', theirs)).status).toBe(403)
    expect((await release('bigcorp-shop', ours)).status).toBe(403)
  })

  test('is nobody when it is not trusted', async () => {
    const eve = await createTestIssuer(githubActions, { issuer: 'https://git.eve.example/_services/token' })
    const response = await release('acme-shop', await eve.mint(job))
    expect([response.status, response.body.code]).toEqual([401, 'issuer_untrusted'])
    expect(eve.fetched).toEqual([])
  })

  test('cannot lend its signature to the first', async () => {
    const response = await release('acme-shop', await bigCorp.mint({ ...job, iss: dotCom.issuer }))
    expect(response.status).toBe(401)
    expect(response.body.code).toBe('key_unknown')
  })
})

test('answers 503 when the database is out of reach: nobody gets in, and nobody is called a stranger', async () => {
  const down = createApp({ ...projects, find: () => Promise.reject(new Error('out of reach')) }, issuers)
  const token = await dotCom.mint(jobOf(acme, 'acme/shop'))
  const response = await request(down).post('/projects/acme-shop/releases').auth(token, { type: 'bearer' })
  expect([response.status, response.body.code]).toEqual([503, 'resolver_unavailable'])
})

describe('what is open', () => {
  test('the health check', async () => {
    const response = await request(app).get('/healthz')
    expect([response.status, response.text]).toEqual([200, 'ok'])
  })

  test('the preflight of the web app', async () => {
    const response = await request(app)
      .options('/projects/acme-shop/releases')
      .set('Origin', 'https://app.releases.example')
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-origin']).toBe('https://app.releases.example')
  })

  test('nothing else', () => expectGuarded(app, ['POST /projects/acme-shop/releases', 'GET /']))
})

test('ci/github-actions.yml asks for our audience', async () => {
  expect(await readFile(new URL('../ci/github-actions.yml', import.meta.url), 'utf8')).toContain(aud)
})
