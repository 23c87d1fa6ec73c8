import { readFile } from 'node:fs/promises'
import { getRequestListener } from '@hono/node-server'
import { circleci, githubActions, gitlab } from '@jobpass/hono'
import { createTestIssuer, expectGuarded } from '@jobpass/testing/node'
import request from 'supertest'
import { afterAll, describe, expect, test } from 'vitest'
import { createApp } from './app.ts'
import worker from './worker.ts'

const github = await (await createTestIssuer(githubActions)).listen()
const lab = await (await createTestIssuer(gitlab)).listen()
const circle = await (await createTestIssuer(circleci)).listen()
afterAll(() => Promise.all([github.close(), lab.close(), circle.close()]))

const app = createApp({ githubActions: github.provider, gitlab: lab.provider, circleci: circle.provider })
const server = getRequestListener(app.fetch, { overrideGlobalObjects: false })
const aud = 'https://deploy.acme.dev'
const deploy = (to: string, token: string) => request(server).post(`/deploy/${to}`).auth(token, { type: 'bearer' })

const context = 'oidc.circleci.com/context-ids'
type Case = readonly [who: string, to: 'staging' | 'production', token: () => Promise<string>]

describe('jobs that may deploy', () => {
  const cases: readonly Case[] = [
    ['main on GitHub Actions', 'staging', () => github.mint({ aud })],
    ['main on GitLab', 'staging', () => lab.mint({ aud })],
    ['main on CircleCI', 'staging', () => circle.mint({ aud, [context]: [] })],
    ['the production environment', 'production', () => github.mint({ aud }, { trigger: 'environment' })],
    ['the protected environment', 'production', () => lab.mint({ aud }, { trigger: 'environment' })],
    ['main with the context', 'production', () => circle.mint({ aud })],
  ]
  test.each(cases)('%s to %s', async (_who, to, token) => {
    const response = await deploy(to, await token())
    expect(response.status).toBe(200)
    expect(response.body).toMatchObject({ branch: 'main', to })
  })

  test('the handler knows the commit', async () => {
    const response = await deploy('staging', await github.mint({ aud, sha: 'c0ffee' }))
    expect(response.body).toEqual({ deployed: 'acme/shop', branch: 'main', commit: 'c0ffee', to: 'staging' })
  })
})

describe('jobs that may not deploy', () => {
  const next = 'refs/heads/next'
  const unprotected = { aud, environment_protected: 'false' }
  const cases: readonly Case[] = [
    ['another branch', 'staging', () => github.mint({ aud, ref: next })],
    ['pull_request_target', 'staging', () => github.mint({ aud }, { trigger: 'pull_request_target' })],
    ['workflow_run', 'staging', () => github.mint({ aud }, { trigger: 'workflow_run' })],
    ['a merge request', 'staging', () => lab.mint({ aud }, { trigger: 'merge_request' })],
    ['a rerun with SSH', 'staging', () => circle.mint({ aud }, { trigger: 'ssh_rerun' })],
    ['main without an environment', 'production', () => github.mint({ aud })],
    ['another environment', 'production', () => github.mint({ aud, environment: 'staging' })],
    [
      'the environment on another branch',
      'production',
      () => github.mint({ aud, ref: next, environment: 'production' }),
    ],
    ['an unprotected environment', 'production', () => lab.mint(unprotected, { trigger: 'environment' })],
    ['another context', 'production', () => circle.mint({ aud, [context]: ['00000000-0000-4000-8000-000000000000'] })],
    ['no context', 'production', () => circle.mint({ aud, [context]: [] })],
  ]
  test.each(cases)('%s to %s', async (_who, to, token) => {
    const response = await deploy(to, await token())
    expect([response.status, response.body.code]).toEqual([403, 'workload_forbidden'])
  })
})

describe('routes without a guard', () => {
  test('the health check needs no token', async () => {
    const response = await request(server).get('/healthz')
    expect([response.status, response.text]).toEqual([200, 'ok'])
  })

  test('the preflight request of the dashboard needs no token', async () => {
    const response = await request(server).options('/deploy/staging').set('Origin', 'https://dashboard.acme.dev')
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-origin']).toBe('https://dashboard.acme.dev')
  })

  test('every other path needs a token', async () => {
    for (const path of ['/', '/nothing']) expect((await request(server).get(path)).status).toBe(401)
  })

  test('every path of the Worker needs a token', async () => {
    for (const path of ['/deploy/staging', '/deploy/production', '/nothing'])
      expect((await worker.request(path, { method: 'POST' })).status).toBe(401)
  })

  test('the routes that deploy have guards', async () => {
    const stranger = await github.mint({ aud, ref: 'refs/heads/next' })
    await expectGuarded(app, ['POST /deploy/staging', 'POST /deploy/production'], { stranger })
  })
})

test.each(['github-actions.yml', 'gitlab-ci.yml', 'circleci-config.yml'])(
  'ci/%s requests the audience of the API',
  async (file) => {
    const text = await readFile(new URL(`../ci/${file}`, import.meta.url), 'utf8')
    expect(text).toContain(aud)
  },
)
