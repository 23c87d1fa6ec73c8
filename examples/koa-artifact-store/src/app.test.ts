import { readFile } from 'node:fs/promises'
import { circleci, githubActions, gitlab } from '@jobpass/koa'
import { createTestIssuer, expectGuarded, expectRoute } from '@jobpass/testing/node'
import request from 'supertest'
import { afterAll, describe, expect, test } from 'vitest'
import { createApp } from './app.ts'

const github = await (await createTestIssuer(githubActions)).listen()
const lab = await (await createTestIssuer(gitlab)).listen()
const circle = await (await createTestIssuer(circleci)).listen()
afterAll(() => Promise.all([github.close(), lab.close(), circle.close()]))

const app = createApp({ githubActions: github.provider, gitlab: lab.provider, circleci: circle.provider })
const server = app.callback()
const aud = 'https://artifacts.acme.dev'
const upload = (token: string, content: string | Buffer = 'the shop') =>
  request(server)
    .put('/artifacts/shop.tgz')
    .auth(token, { type: 'bearer' })
    .type('application/octet-stream')
    .send(content)
const download = (token: string, name = 'shop.tgz') =>
  request(server).get(`/artifacts/${name}`).auth(token, { type: 'bearer' })

const main = await github.mint({ aud })
const pullRequest = await github.mint({ aud }, { trigger: 'pull_request' })

describe('jobs that may upload', () => {
  const v1 = 'refs/tags/v1.4.0'
  const cases: readonly [who: string, token: () => Promise<string>, builtFrom: string][] = [
    ['main on GitHub Actions', async () => main, 'acme/shop@refs/heads/main'],
    ['a release tag on GitHub Actions', () => github.mint({ aud }, { trigger: 'tag' }), `acme/shop@${v1}`],
    ['protected main on GitLab', () => lab.mint({ aud }), 'acme/shop@refs/heads/main'],
    [
      'a protected release tag on GitLab',
      () => lab.mint({ aud, ref: 'v1.4.0' }, { trigger: 'tag' }),
      `acme/shop@${v1}`,
    ],
    ['main on CircleCI', () => circle.mint({ aud }), 'github.com/acme/shop@refs/heads/main'],
    [
      'a release tag on CircleCI',
      () => circle.mint({ aud, 'oidc.circleci.com/vcs-ref': v1 }),
      `github.com/acme/shop@${v1}`,
    ],
  ]
  test.each(cases)('%s', async (_who, token, builtFrom) => {
    const response = await upload(await token())
    expect([response.status, response.body]).toEqual([201, { stored: 'shop.tgz', bytes: 8, builtFrom }])
  })
})

describe('jobs that may not upload', () => {
  const cases: readonly [who: string, token: () => Promise<string>][] = [
    ['another branch', () => github.mint({ aud, ref: 'refs/heads/v1' })],
    ['another tag', () => github.mint({ aud, ref: 'refs/tags/nightly' }, { trigger: 'tag' })],
    ['a tag that is below v', () => github.mint({ aud, ref: 'refs/tags/v1/x' }, { trigger: 'tag' })],
    ['another repository of the owner', () => github.mint({ aud, repository: 'acme/docs' })],
    ['a pull request, which may download', async () => pullRequest],
    ['pull_request_target, which may download', () => github.mint({ aud }, { trigger: 'pull_request_target' })],
    ['a merge request', () => lab.mint({ aud }, { trigger: 'merge_request' })],
    ['a tag that is not protected', () => lab.mint({ aud, ref_protected: 'false' }, { trigger: 'tag' })],
    ['a fork on CircleCI', () => circle.mint({ aud }, { trigger: 'fork' })],
    ['a rerun with SSH on CircleCI', () => circle.mint({ aud }, { trigger: 'ssh_rerun' })],
  ]
  test.each(cases)('%s', async (_who, token) => {
    const response = await upload(await token())
    expect([response.status, response.body.code]).toEqual([403, 'workload_forbidden'])
  })

  test('an upload over a megabyte is refused for every caller', async () => {
    const response = await upload(main, Buffer.alloc(1024 * 1024 + 1))
    expect(response.status).toBe(413)
  })
})

describe('jobs that may download', () => {
  test.each([
    ['another repository of the owner', () => github.mint({ aud, repository: 'acme/docs' })],
    ['a pull request', async () => pullRequest],
    ['a merge request', () => lab.mint({ aud }, { trigger: 'merge_request' })],
  ])('%s', async (_who, token) => {
    await upload(main)
    const response = await download(await token())
    expect([response.status, String(response.body)]).toEqual([200, 'the shop'])
    expect(response.headers['x-built-from']).toBe('acme/shop@refs/heads/main')
  })

  test('an artifact of a tag with non-ASCII characters can be downloaded', async () => {
    await upload(await github.mint({ aud, ref: 'refs/tags/v1-größe✓' }, { trigger: 'tag' }))
    const response = await download(main)
    expect(response.status).toBe(200)
    expect(response.headers['x-built-from']).toBe('acme/shop@refs/tags/v1-gr%C3%B6%C3%9Fe%E2%9C%93')
  })

  test('a missing artifact is a 404', async () => {
    expect((await download(main, 'unknown')).status).toBe(404)
  })

  test('another owner may not download', async () => {
    const token = await github.mint({ aud, repository: 'acne/shop', repository_owner_id: '666' })
    const response = await download(token)
    expect([response.status, response.body.code]).toEqual([403, 'workload_forbidden'])
  })
})

describe('routes without a guard', () => {
  test('the health check needs no token', async () => {
    const response = await request(server).get('/healthz')
    expect([response.status, response.text]).toEqual([200, 'ok'])
  })

  test('the preflight request of the dashboard needs no token', async () => {
    const response = await request(server)
      .options('/artifacts/shop.tgz')
      .set({ Origin: 'https://dashboard.acme.dev', 'Access-Control-Request-Method': 'GET' })
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-origin']).toBe('https://dashboard.acme.dev')
  })

  test('every other path needs a token', async () => {
    for (const path of ['/', '/nothing']) expect((await request(server).get(path)).status).toBe(401)
  })

  test('the route of uploads has a guard; every job that trust admits may download', async () => {
    const stranger = await github.mint({ aud, repository: 'acme/docs', repository_id: '1' })
    await expectGuarded(app, ['PUT /artifacts/shop.tgz'], { stranger })
    await expectRoute(app, 'GET /artifacts/shop.tgz', { refuses: ['no token'] })
  })
})

test.each(['github-actions.yml', 'gitlab-ci.yml', 'circleci-config.yml'])(
  'ci/%s requests the audience of the API',
  async (file) => {
    const text = await readFile(new URL(`../ci/${file}`, import.meta.url), 'utf8')
    expect(text).toContain(aud)
  },
)
