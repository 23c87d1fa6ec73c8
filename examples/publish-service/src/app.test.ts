import { readFile } from 'node:fs/promises'
import { generateKeyPairSync } from 'node:crypto'
import { githubActions, gitlab } from '@jobpass/express'
import type { NewPublisher } from '@jobpass/publishers'
import { postgresPublishers } from '@jobpass/publishers'
import { createTestIssuer, expectGuarded } from '@jobpass/testing'
import request from 'supertest'
import type { Response } from 'supertest'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp, maxFileSize } from './app.ts'
import { openDatabase } from './database.ts'
import { claimProject } from './projects.ts'
import { maxFiles, releasesIn } from './releases.ts'
import { settingsPage } from './settings.ts'
import { api, createTokenService, issuer } from './token-service.ts'

const start = Date.UTC(2026, 8, 1)
const day = 24 * 60 * 60 * 1000
let time = start
const clock = {
  now: () => time,
  after: (milliseconds: number, callback: () => void) => {
    const timer = setTimeout(callback, milliseconds)
    return () => clearTimeout(timer)
  },
}

// The real issuer URLs, because rows contain them, with local keys behind them.
const github = await createTestIssuer(githubActions, { clock })
const gitlabCom = await createTestIssuer(gitlab, { clock })
const db = await openDatabase()
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const service = await createTokenService({
  store: await postgresPublishers(db, { claimProject }),
  keys: [{ algorithm: 'ES256', privateKey: privateKey.export({ format: 'jwk' }) }],
  github: githubActions.at(github.issuer, { fetch: github.fetch }),
  gitlab: gitlab.at(gitlabCom.issuer, { fetch: gitlabCom.fetch }),
  clock,
})
const { publishers } = service
const settings = settingsPage({
  db,
  publishers,
  origin: 'https://packages.example',
  secret: 'a secret of at least 32 characters',
  accountOf: (session) => ({ 'of-ada': 'acme', 'of-eve': 'evil' })[session],
})
const app = createApp(releasesIn(db, clock), service, settings)

const atGitHub = { issuer: github.issuer, ownerId: '1234567' } as const
const atGitLab = { issuer: gitlabCom.issuer, ownerId: '99' } as const

/** Adds a publisher of a project, which is created. */
const add = (project: string, publisher: Omit<NewPublisher, 'project' | 'account'>) =>
  publishers.add({ account: 'acme', project, ...publisher })

beforeEach(async () => {
  time = start
  await db.query('truncate projects, jobpass_publishers, jobpass_publisher_records, uploads, files')
  await add('shop', { ...atGitHub, repositoryId: '74205118' })
  await add('site', { ...atGitLab, repositoryId: '48120077' })
})
afterAll(() => db.close())

type Claims = Readonly<Record<string, unknown>>

/** CI tokens of the repository with the id, whatever its name. */
const githubJob = (claims: Claims = {}) => github.mint({ aud: issuer, ...claims })
const gitlabJob = (claims: Claims = {}) => gitlabCom.mint({ aud: issuer, ...claims })

const exchange = (ciToken: string, scope: string) =>
  request(app).post('/auth/token').type('form').send({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: ciToken,
    scope,
  })

/** A token of the registry, for one project. */
const tokenFor = async (project: string, ciToken: string | Promise<string>): Promise<string> => {
  const response = await exchange(await ciToken, `publish:${project}`)
  expect([response.status, response.body.scope]).toEqual([200, `publish:${project}`])
  return response.body.access_token
}

const begin = (project: string, token: string, version: unknown = '1.0.0') =>
  request(app).post(`/projects/${project}/uploads`).auth(token, { type: 'bearer' }).send({ version })
const put = (project: string, id: string, token: string, name = 'shop.tgz', bytes: Uint8Array = Buffer.from('bytes')) =>
  request(app)
    .put(`/projects/${project}/uploads/${id}/files/${name}`)
    .auth(token, { type: 'bearer' })
    .set('Content-Type', 'application/octet-stream')
    .send(bytes)
const finish = (project: string, id: string, token: string) =>
  request(app).post(`/projects/${project}/uploads/${id}/publish`).auth(token, { type: 'bearer' })
const show = async (project: string) => (await request(app).get(`/projects/${project}`)).body

const outcome = ({ status, body }: Response) => (body.code === undefined ? status : [status, body.code])
const forbidden = [403, 'workload_forbidden']

/** A complete release, in three calls. */
const publish = async (project: string, token: string, version = '1.0.0'): Promise<void> => {
  const { id } = (await begin(project, token, version).expect(201)).body
  await put(project, id, token).expect(200)
  await finish(project, id, token).expect(200)
}

describe('a release, from the CI token to the download', () => {
  test.each([
    ['GitHub', 'shop', githubJob],
    ['GitLab', 'site', gitlabJob],
  ])('of %s', async (_, project, job) => {
    const token = await tokenFor(project, job())
    const { id } = (await begin(project, token).expect(201)).body
    await put(project, id, token, 'a.tgz').expect(200)
    await put(project, id, token, 'b.tgz', Buffer.from([0, 255])).expect(200)
    // Atomic: nothing is visible until the release is finished.
    expect(await show(project)).toEqual({ project, releases: [] })
    await request(app).get(`/projects/${project}/releases/1.0.0/a.tgz`).expect(404)
    await finish(project, id, token).expect(200, { version: '1.0.0' })
    const { releases } = await show(project)
    expect(releases).toMatchObject([{ version: '1.0.0', files: [{ name: 'a.tgz' }, { name: 'b.tgz' }] }])
    const { body, headers } = await request(app).get(`/projects/${project}/releases/1.0.0/b.tgz`).expect(200)
    expect(body).toEqual(Buffer.from([0, 255]))
    expect(headers['content-disposition']).toBe('attachment; filename=b.tgz')
  })

  test('a repository that was renamed still publishes', async () => {
    await publish('shop', await tokenFor('shop', githubJob({ repository: 'acme/store' })))
  })

  test('a revoked token no longer works', async () => {
    const token = await tokenFor('shop', githubJob())
    await request(app).post('/auth/revoke').type('form').send({ token }).expect(200)
    expect(outcome(await begin('shop', token))).toEqual([401, 'token_revoked'])
  })

  test('a token is valid for 15 minutes', async () => {
    const token = await tokenFor('shop', githubJob())
    time += 16 * 60 * 1000
    expect(outcome(await begin('shop', token))).toEqual([401, 'token_expired'])
  })
})

describe('jobs that get no token', () => {
  const refused = async (ciToken: Promise<string>, scope = 'publish:shop') => {
    const { status, body } = await exchange(await ciToken, scope)
    return [status, body.error]
  }

  test('a stranger’s repository gets no token', async () => {
    const stranger = { repository: 'eve/shop', repository_owner_id: '666', repository_id: '667' }
    expect(await refused(githubJob(stranger))).toEqual([400, 'unauthorized_client'])
  })

  test('the same name under another owner id, registered by someone else, gets no token', async () => {
    expect(await refused(githubJob({ repository_owner_id: '666', repository_id: '667' }))).toEqual([
      400,
      'unauthorized_client',
    ])
  })

  test('another repository with the same name and owner gets no token', async () => {
    expect(await refused(githubJob({ repository_id: '667' }))).toEqual([400, 'unauthorized_client'])
  })

  test('the same ids at another issuer get no token', async () => {
    const twin = gitlabJob({ namespace_id: '1234567', project_id: '74205118' })
    expect(await refused(twin)).toEqual([400, 'unauthorized_client'])
  })

  test('a transferred repository gets no token until its new owner is added', async () => {
    expect(await refused(githubJob({ repository_owner_id: '8080' }))).toEqual([400, 'unauthorized_client'])
    await add('shop', { ...atGitHub, ownerId: '8080', repositoryId: '74205118' })
    await tokenFor('shop', githubJob({ repository_owner_id: '8080' }))
    expect(await refused(githubJob())).toEqual([400, 'unauthorized_client'])
  })

  test('a pull request gets no token', async () => {
    const job = github.mint({ aud: issuer }, { trigger: 'pull_request_target' })
    expect(await refused(job)).toEqual([400, 'unauthorized_client'])
  })

  test('a request for someone else’s project, or for none, gets no token', async () => {
    expect(await refused(githubJob(), 'publish:site')).toEqual([400, 'invalid_scope'])
    expect(await refused(githubJob(), 'publish:none')).toEqual([400, 'invalid_scope'])
    expect(await refused(githubJob(), '')).toEqual([400, 'invalid_scope'])
  })

  test('a CI token that was exchanged before gets no second token', async () => {
    const job = await githubJob()
    await tokenFor('shop', job)
    expect(await refused(Promise.resolve(job))).toEqual([400, 'invalid_request'])
  })
})

describe('conditions of a publisher', () => {
  test.each([
    [
      'release.yml of a tag',
      { workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/tags/v1', ref: 'refs/tags/v1', ref_type: 'tag' },
      200,
    ],
    [
      'whatever the repository is called',
      { workflow_ref: 'acme/store/.github/workflows/release.yml@refs/heads/main', repository: 'acme/store' },
      200,
    ],
    ['another file', { workflow_ref: 'acme/shop/.github/workflows/ci.yml@refs/heads/main' }, 400],
    ['the file of another branch', { workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/x' }, 400],
    ['the file of another repository', { workflow_ref: 'eve/shop/.github/workflows/release.yml@refs/heads/main' }, 400],
  ])('GitHub, workflow: %s', async (_, claims, status) => {
    await add('docs', { ...atGitHub, repositoryId: '8', workflowFile: '.github/workflows/release.yml' })
    expect((await exchange(await githubJob({ repository_id: '8', ...claims }), 'publish:docs')).status).toBe(status)
  })

  test.each([
    ['the file', 'gitlab.com/acme/shop//ci/release.yml@refs/heads/main', 200],
    ['another file', 'gitlab.com/acme/shop//release.yml@refs/heads/main', 400],
    ['no file of the project', null, 400],
  ])('GitLab, workflow: %s', async (_, workflow, status) => {
    await add('docs', { ...atGitLab, repositoryId: '8', workflowFile: 'ci/release.yml' })
    const job = await gitlabJob({ project_id: '8', ci_config_ref_uri: workflow })
    expect((await exchange(job, 'publish:docs')).status).toBe(status)
  })

  test('environment: the named one, and on GitLab only if it is protected', async () => {
    await add('docs', { ...atGitHub, repositoryId: '8', environment: 'release' })
    await add('blog', { ...atGitLab, repositoryId: '8', environment: 'release' })
    const status = async (project: string, job: Promise<string>) =>
      (await exchange(await job, `publish:${project}`)).status
    expect(await status('docs', githubJob({ repository_id: '8', environment: 'release' }))).toBe(200)
    expect(await status('docs', githubJob({ repository_id: '8', environment: 'test' }))).toBe(400)
    expect(await status('docs', githubJob({ repository_id: '8' }))).toBe(400)
    const gitlabWith = (environment_protected: string) =>
      gitlabJob({ project_id: '8', environment: 'release', environment_protected })
    expect(await status('blog', gitlabWith('true'))).toBe(200)
    expect(await status('blog', gitlabWith('false'))).toBe(400)
  })
})

describe('callers that may not publish', () => {
  test('a CI token cannot publish before it is exchanged', async () => {
    expect(outcome(await begin('shop', await githubJob()))).toEqual([401, 'issuer_untrusted'])
    expect(outcome(await begin('shop', await githubJob({ aud: api })))).toEqual([401, 'issuer_untrusted'])
  })

  test('a token for one project cannot publish another', async () => {
    const token = await tokenFor('site', gitlabJob())
    expect(outcome(await begin('shop', token))).toEqual(forbidden)
    expect(outcome(await begin('none', token))).toEqual(forbidden)
  })

  test('a token for one project cannot publish another of the same repository, in any of the calls', async () => {
    await add('docs', { ...atGitHub, repositoryId: '74205118' })
    const [shop, docs] = [await tokenFor('shop', githubJob()), await tokenFor('docs', githubJob())]
    const { id } = (await begin('docs', docs).expect(201)).body
    expect(outcome(await begin('docs', shop))).toEqual(forbidden)
    expect(outcome(await put('docs', id, shop))).toEqual(forbidden)
    expect(outcome(await finish('docs', id, shop))).toEqual(forbidden)
    // Nor through its own project: an upload belongs to one project.
    expect(outcome(await put('shop', id, shop))).toEqual([404, 'upload_unknown'])
    expect(outcome(await finish('shop', id, shop))).toEqual([404, 'upload_unknown'])
    const both = (await exchange(await githubJob(), 'publish:shop publish:docs')).body.access_token
    await publish('shop', both)
    await publish('docs', both)
  })

  test('a publisher that was removed cannot publish', async () => {
    const token = await tokenFor('shop', githubJob())
    await db.query(`delete from jobpass_publishers where project = 'shop'`)
    expect(outcome(await begin('shop', token))).toEqual(forbidden)
  })

  test('another run cannot use the upload of this one', async () => {
    const [ours, theirs] = [await tokenFor('shop', githubJob()), await tokenFor('shop', githubJob({ run_id: '2' }))]
    const { id } = (await begin('shop', ours).expect(201)).body
    expect(outcome(await put('shop', id, theirs))).toEqual([404, 'upload_unknown'])
  })

  test('the routes that publish have guards', async () => {
    const routes = ['POST /projects/docs/uploads', 'PUT /projects/docs/uploads/1/files/a']
    const stranger = await tokenFor('shop', githubJob())
    await expectGuarded(app, [...routes, 'POST /projects/docs/uploads/1/publish'], { stranger })
  })
})

describe('a pending publisher', () => {
  const pending = { account: 'acme', project: 'kiosk', ...atGitHub, repository: 'Acme/Kiosk' }
  const job = (id: string, claims: Claims = {}) => githubJob({ repository: 'acme/kiosk', repository_id: id, ...claims })
  const bound = async () => {
    const rows = await publishers.list({ project: 'kiosk', account: 'acme' })
    return rows.flatMap(({ repositoryId }) => repositoryId ?? [])
  }

  test('a pending publisher is bound by the first upload, which creates the project; then the id counts, not the name', async () => {
    await publishers.addPending(pending)
    const token = await tokenFor('kiosk', job('501'))
    await request(app).get('/projects/kiosk').expect(404)
    await publish('kiosk', token)
    expect(await bound()).toEqual(['501'])
    // The renamed repository still publishes; another one with the old name does not.
    await publish('kiosk', await tokenFor('kiosk', job('501', { repository: 'acme/booth' })), '1.0.1')
    expect((await exchange(await job('502'), 'publish:kiosk')).body.error).toBe('unauthorized_client')
  })

  test('a pending publisher works the same for GitLab', async () => {
    await publishers.addPending({ account: 'acme', project: 'kiosk', ...atGitLab, repository: 'acme/kiosk' })
    const at = (id: string, path = 'acme/kiosk') => gitlabJob({ project_id: id, project_path: path })
    await publish('kiosk', await tokenFor('kiosk', at('501')))
    await publish('kiosk', await tokenFor('kiosk', at('501', 'acme/booth')), '1.0.1')
    expect((await exchange(await at('502'), 'publish:kiosk')).body.error).toBe('unauthorized_client')
  })

  test('a pending publisher is not bound by an exchange, refused or not', async () => {
    await publishers.addPending(pending)
    await exchange(await job('501'), 'publish:nothing')
    await tokenFor('kiosk', job('501'))
    expect(await bound()).toEqual([])
    await publish('kiosk', await tokenFor('kiosk', job('502')))
    expect(await bound()).toEqual(['502'])
  })

  test.each([
    ['of another owner', { repository_owner_id: '666' }],
    ['of another name', { repository: 'acme/other' }],
    ['with another workflow', { workflow_ref: 'acme/kiosk/.github/workflows/ci.yml@refs/heads/main' }],
  ])('a pending publisher admits no repository %s', async (_, claims) => {
    await publishers.addPending({ ...pending, workflowFile: '.github/workflows/release.yml' })
    expect((await exchange(await job('501', claims), 'publish:kiosk')).body.error).toBe('unauthorized_client')
  })

  test('a pending publisher is bound only by a token for its own project', async () => {
    await publishers.addPending(pending)
    await publishers.addPending({ ...pending, project: 'stand' })
    expect(outcome(await begin('kiosk', await tokenFor('stand', job('501'))))).toEqual(forbidden)
    expect(await bound()).toEqual([])
  })

  test('a pending publisher expires after 30 days unless it is renewed', async () => {
    await publishers.addPending(pending)
    time = start + 30 * day - 1000
    const [used, late] = [await tokenFor('kiosk', job('501')), await tokenFor('kiosk', job('502'))]
    time = start + 30 * day
    expect((await exchange(await job('503'), 'publish:kiosk')).body.error).toBe('unauthorized_client')
    expect(outcome(await begin('kiosk', late))).toEqual(forbidden)
    await publishers.addPending(pending)
    await publish('kiosk', used)
  })

  test('a pending publisher binds one of several concurrent callers', async () => {
    await publishers.addPending(pending)
    const ids = ['501', '502', '503', '504', '505']
    const tokens = await Promise.all(ids.map((id) => tokenFor('kiosk', job(id))))
    const outcomes = (await Promise.all(tokens.map((token) => begin('kiosk', token)))).map(outcome)
    expect(outcomes.filter((each) => each === 201)).toHaveLength(1)
    expect(outcomes.filter((each) => each !== 201)).toEqual([forbidden, forbidden, forbidden, forbidden])
    expect(await bound()).toEqual([ids[outcomes.indexOf(201)]])
  })

  test('a pending publisher admits two concurrent jobs of one repository', async () => {
    await publishers.addPending(pending)
    const tokens = await Promise.all(['501', '501'].map((id) => tokenFor('kiosk', job(id))))
    const outcomes = (await Promise.all(tokens.map((token) => begin('kiosk', token)))).map(outcome)
    expect(outcomes).toEqual([201, 201])
    expect(await bound()).toEqual(['501'])
  })

  test('a pending publisher is void if another account claimed the name first', async () => {
    await publishers.addPending(pending)
    await publishers.addPending({ ...pending, account: 'zebra', ownerId: '8080', repository: 'zebra/kiosk' })
    const ours = await tokenFor('kiosk', job('501'))
    const theirs = await tokenFor(
      'kiosk',
      githubJob({ repository: 'zebra/kiosk', repository_owner_id: '8080', repository_id: '9' }),
    )
    const outcomes = (await Promise.all([begin('kiosk', theirs), begin('kiosk', ours)])).map(outcome)
    expect(outcomes).toEqual(expect.arrayContaining([201, forbidden]))
    expect(await bound()).toHaveLength(1)
  })

  test('a pending publisher adds a repository to an existing project of its own account', async () => {
    await publishers.addPending({ ...pending, project: 'shop' })
    await publishers.addPending({ ...pending, account: 'eve', project: 'shop', ownerId: '666', repository: 'eve/shop' })
    await publish('shop', await tokenFor('shop', job('501')))
    // The pending publishers of others are void now.
    const eve = { repository: 'eve/shop', repository_owner_id: '666', repository_id: '667' }
    expect((await exchange(await githubJob(eve), 'publish:shop')).body.error).toBe('unauthorized_client')
    await publish('shop', await tokenFor('shop', githubJob()), '1.0.1')
  })
})

describe('the settings page', () => {
  const visit = (project: string, session: string) =>
    request(app).get(`/settings/publishers/${project}`).set('Cookie', `session=${session}`)

  test('the account of a project sees its publishers, and jobs that were refused', async () => {
    await add('docs', { ...atGitHub, repositoryId: '8', environment: 'release' })
    await exchange(await githubJob({ repository_id: '8', environment: 'test' }), 'publish:docs')
    const { status, text } = await visit('docs', 'of-ada')
    expect(status).toBe(200)
    expect(text.replaceAll(/<[^>]+>|\s+/g, ' ').replaceAll(/ +/g, ' ')).toContain(
      'Environment must be release , not test',
    )
  })

  test('of two accounts that name one repository nobody gets the project, and both pages say why', async () => {
    const add = async (session: string, fields: Readonly<Record<string, string>>): Promise<void> => {
      const { text } = await visit('turbo', session)
      const token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? ''
      await request(app)
        .post('/settings/publishers/turbo')
        .set({ Cookie: `session=${session}`, Origin: 'https://packages.example' })
        .type('form')
        .send({ token, action: 'add', ...atGitHub, repository: 'acme/shop', ...fields })
        .expect(303)
    }
    await add('of-eve', {})
    const early = await tokenFor('turbo', githubJob({ environment: 'release' }))
    await add('of-ada', { environment: 'release' })
    const late = await exchange(await githubJob({ environment: 'release' }), 'publish:turbo')
    expect([late.status, late.body.error, late.body.code]).toEqual([400, 'unauthorized_client', 'workload_forbidden'])
    expect(outcome(await begin('turbo', early))).toEqual(forbidden)
    await request(app).get('/projects/turbo').expect(404)
    for (const session of ['of-eve', 'of-ada'])
      expect((await visit('turbo', session)).text).toContain('Other accounts name this repository for this project')
  })

  test('a token that was refused for another project leaves no record there', async () => {
    await exchange(await githubJob(), 'publish:site')
    expect(await publishers.records({ project: 'site', account: 'acme' }, 'refused')).toEqual([])
  })

  test.each([
    ['a project of another account', 'shop', 'of-eve', 404],
    ['a free name', 'unclaimed', 'of-eve', 200],
    ['a visitor who is not signed in', 'shop', 'none', 404],
  ])('%s', async (_, project, session, status) => {
    expect((await visit(project, session)).status).toBe(status)
  })
})

describe('an upload', () => {
  const opened = async () => {
    const token = await tokenFor('shop', githubJob())
    const { id } = (await begin('shop', token).expect(201)).body as { readonly id: string }
    return { token, id }
  }

  test('a finished upload is immutable', async () => {
    const { token, id } = await opened()
    await put('shop', id, token).expect(200)
    await finish('shop', id, token).expect(200)
    const before = await show('shop')
    const refused = [409, 'version_exists']
    expect(outcome(await put('shop', id, token, 'shop.tgz', Buffer.from('other')))).toEqual(refused)
    expect(outcome(await put('shop', id, token, 'more.tgz'))).toEqual(refused)
    expect(outcome(await finish('shop', id, token))).toEqual(refused)
    expect(outcome(await begin('shop', token))).toEqual(refused)
    expect(await show('shop')).toEqual(before)
  })

  test('one of two uploads of the same version is published, even concurrently', async () => {
    const uploads = await Promise.all([opened(), opened()])
    await Promise.all(uploads.map(({ id, token }) => put('shop', id, token).expect(200)))
    const outcomes = (await Promise.all(uploads.map(({ id, token }) => finish('shop', id, token)))).map(outcome)
    expect(outcomes).toEqual(expect.arrayContaining([200, [409, 'version_exists']]))
    expect((await show('shop')).releases).toHaveLength(1)
  })

  test('an open upload accepts a file a second time', async () => {
    const { token, id } = await opened()
    await put('shop', id, token, 'a', Buffer.from('one')).expect(200)
    await put('shop', id, token, 'a', Buffer.from('two')).expect(200)
    await finish('shop', id, token).expect(200)
    expect((await request(app).get('/projects/shop/releases/1.0.0/a')).body).toEqual(Buffer.from('two'))
  })

  test.each(['..%2f..%2fetc%2fpasswd', '%2e%2e', '.hidden', 'a%00', 'a%5cb', 'a%0ab', 'a%20b', '-rf', 'a'.repeat(101)])(
    'an upload refuses a file named %s',
    async (name) => {
      const { token, id } = await opened()
      // Sent unmodified: clients normalize paths.
      expect(outcome(await put('shop', id, token, name))).toEqual([400, 'file_name_malformed'])
    },
  )

  test('an upload refuses no file, an empty, large or encoded one, and too many', async () => {
    const { token, id } = await opened()
    expect(outcome(await finish('shop', id, token))).toEqual([409, 'release_empty'])
    expect(outcome(await put('shop', id, token, 'a', Buffer.alloc(0)))).toEqual([400, 'file_empty'])
    expect(outcome(await put('shop', id, token, 'a', Buffer.alloc(maxFileSize + 1)))).toEqual([413, 'body_too_large'])
    const zipped = put('shop', id, token, 'a').set('Content-Encoding', 'gzip')
    expect(outcome(await zipped)).toEqual([415, 'encoding_unsupported'])
    await put('shop', id, token, 'a', Buffer.alloc(maxFileSize)).expect(200)
    for (let count = 1; count < maxFiles; count++) await put('shop', id, token, `file-${count}`).expect(200)
    expect(outcome(await put('shop', id, token, 'one-more'))).toEqual([409, 'too_many_files'])
    await finish('shop', id, token).expect(200)
    expect((await show('shop')).releases[0].files).toHaveLength(maxFiles)
  })

  test.each([undefined, 1, '', '../1', 'v 1', "1' or '1' = '1", '1'.repeat(65)])(
    'an upload refuses the version %s',
    async (version) => {
      const token = await tokenFor('shop', githubJob())
      const sent = request(app).post('/projects/shop/uploads').auth(token, { type: 'bearer' }).send({ version })
      expect(outcome(await sent)).toEqual([400, 'version_malformed'])
    },
  )

  test('an upload is started by small JSON only', async () => {
    const token = await tokenFor('shop', githubJob())
    expect(outcome(await begin('shop', token, '1'.repeat(2000)))).toEqual([413, 'body_too_large'])
    const sent = request(app).post('/projects/shop/uploads').auth(token, { type: 'bearer' }).type('json')
    expect(outcome(await sent.send('{"version'))).toEqual([400, 'request_malformed'])
  })

  test('an upload is addressed by its id only', async () => {
    const { token } = await opened()
    for (const id of ['1', 'x%27', '%00', crypto.randomUUID()])
      expect(outcome(await put('shop', id, token))).toEqual([404, 'upload_unknown'])
  })
})

test.each(['%00', '..%2fshop', "x'%20or%20'1'='1", 'Shop', 'a'.repeat(64)])(
  'the project name %s is refused',
  async (name) => {
    expect(outcome(await request(app).get(`/projects/${name}`))).toEqual([404, 'project_unknown'])
    expect(outcome(await begin(name, await tokenFor('shop', githubJob())))).toEqual([404, 'project_unknown'])
  },
)

describe('the CI files to copy', () => {
  test.each(['github-actions.yml', 'gitlab-ci.yml'])('ci/%s uses the names of the registry', async (file) => {
    const text = await readFile(new URL(`../ci/${file}`, import.meta.url), 'utf8')
    for (const name of [`${api}\n`, issuer, 'scope=publish:$PROJECT']) expect(text).toContain(name)
  })
})
