import { readFile } from 'node:fs/promises'
import { circleci, githubActions, gitlab } from '@jobpass/express'
import { createTestIssuer, expectGuarded } from '@jobpass/testing/node'
import request from 'supertest'
import { afterAll, describe, expect, test } from 'vitest'
import { createApp } from './app.ts'

// Real keys, signatures and HTTP, but no network: the app trusts issuers on loopback instead of the
// real ones.
const github = await (await createTestIssuer(githubActions)).listen()
const lab = await (await createTestIssuer(gitlab)).listen()
const circle = await (await createTestIssuer(circleci)).listen()
afterAll(() => Promise.all([github.close(), lab.close(), circle.close()]))

const app = createApp({ githubActions: github.provider, gitlab: lab.provider, circleci: circle.provider })
const aud = 'https://deploy.acme.dev'
const deploy = (token: string) => request(app).post('/deploy').auth(token, { type: 'bearer' })

describe('jobs that may deploy', () => {
  test('main on GitHub Actions may deploy', async () => {
    const response = await deploy(await github.mint({ aud }))
    expect(response.status).toBe(200)
    expect(response.body).toEqual({
      deployed: 'acme/shop',
      branch: 'main',
      commit: '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310',
      by: 'mara-holt',
    })
  })

  test('main on GitLab may deploy if it is protected', async () => {
    const response = await deploy(await lab.mint({ aud }))
    expect(response.status).toBe(200)
    expect(response.body).toMatchObject({ deployed: 'acme/shop', branch: 'main', by: 'ines.vale' })
  })

  test('main on CircleCI may deploy', async () => {
    const response = await deploy(await circle.mint({ aud }))
    expect(response.status).toBe(200)
    const commit = '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310'
    expect(response.body).toEqual({ deployed: 'github.com/acme/shop', branch: 'main', commit })
  })
})

describe('jobs that may not deploy', () => {
  const strangers = { repository: 'acme-shop/shop', repository_id: '555', repository_owner_id: '666' }
  const fork = 'oidc.circleci.com/vcs-origin'
  const cases: readonly [who: string, token: () => Promise<string>, status: number, code: string][] = [
    ['another branch', () => github.mint({ aud, ref: 'refs/heads/next' }), 403, 'workload_forbidden'],
    ['a tag called main', () => github.mint({ aud, ref: 'refs/tags/main' }), 403, 'workload_forbidden'],
    ['another repository', () => github.mint({ aud, repository: 'acme/docs' }), 403, 'workload_forbidden'],
    ['another owner', () => github.mint({ aud, ...strangers }), 403, 'workload_forbidden'],
    ['a pull request', () => github.mint({ aud }, { trigger: 'pull_request' }), 403, 'workload_forbidden'],
    ['pull_request_target', () => github.mint({ aud }, { trigger: 'pull_request_target' }), 403, 'workload_forbidden'],
    ['issue_comment', () => github.mint({ aud }, { trigger: 'issue_comment' }), 403, 'workload_forbidden'],
    ['a fork on GitLab', () => lab.mint({ aud }, { trigger: 'fork_merge_request' }), 403, 'workload_forbidden'],
    ['an unprotected main', () => lab.mint({ aud, ref_protected: 'false' }), 403, 'workload_forbidden'],
    ['a fork on CircleCI', () => circle.mint({ aud, [fork]: 'github.com/eve/shop' }), 403, 'workload_forbidden'],
    ['a token for another API', () => github.mint({ aud: 'https://other.example' }), 401, 'audience_mismatch'],
    ['an expired token', () => github.mint({ aud }, { issuedAt: 1_700_000_000 }), 401, 'token_expired'],
    ['no JWT', () => Promise.resolve('secret'), 401, 'token_malformed'],
  ]
  test.each(cases)('%s may not deploy', async (_who, token, status, code) => {
    const response = await deploy(await token())
    expect([response.status, response.body.code]).toEqual([status, code])
  })
})

describe('routes without a guard', () => {
  test('the health check needs no token', async () => {
    const response = await request(app).get('/healthz')
    expect([response.status, response.text]).toEqual([200, 'ok'])
  })

  test('the preflight request of the dashboard needs no token', async () => {
    const response = await request(app).options('/deploy').set('Origin', 'https://dashboard.acme.dev')
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-origin']).toBe('https://dashboard.acme.dev')
  })

  test('every other path needs a token', async () => {
    for (const path of ['/', '/deploy', '/nothing']) expect((await request(app).get(path)).status).toBe(401)
  })

  test('the route that deploys has a guard', async () => {
    await expectGuarded(app, ['POST /deploy'], { stranger: await github.mint({ aud, ref: 'refs/heads/next' }) })
  })
})

test.each(['github-actions.yml', 'gitlab-ci.yml', 'circleci-config.yml'])(
  'ci/%s requests the audience of the API',
  async (file) => {
    const text = await readFile(new URL(`../ci/${file}`, import.meta.url), 'utf8')
    expect(text).toContain(aud)
  },
)
