// The example publish-service is killed in the middle of an upload, and started again.

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as sendRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { githubActions, gitlab } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createTestCluster } from '../../examples/publish-service/src/test-cluster.ts'
import { freePort } from '../replay/redis-server.ts'

const issuer = 'https://packages.example/auth'
const program = fileURLToPath(new URL('../../examples/publish-service/src/main.ts', import.meta.url))
const preload = new URL('../exchange/issuer-documents.ts', import.meta.url).href

const github = await createTestIssuer(githubActions)
const gitlabCom = await createTestIssuer(gitlab)
const documents: Record<string, unknown> = {}
for (const { issuer: url, fetch: read } of [github, gitlabCom]) {
  const configuration = `${url}/.well-known/openid-configuration`
  const discovery = (await (await read(configuration)).json()) as { jwks_uri: string }
  documents[configuration] = discovery
  documents[discovery.jwks_uri] = await (await read(discovery.jwks_uri)).json()
}
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const shared = {
  SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  DOCUMENTS: JSON.stringify(documents),
}

const cluster = createTestCluster()
const folder = mkdtempSync(join(tmpdir(), 'publish-kill-'))
afterAll(() => {
  cluster?.remove()
  rmSync(folder, { recursive: true, force: true })
})

let child: ChildProcess | undefined
afterEach(() => void child?.kill('SIGKILL'))

/** Starts the registry, and waits until it listens. */
async function startRegistry(database: NodeJS.ProcessEnv): Promise<string> {
  const port = await freePort()
  child = fork(program, {
    env: { ...process.env, ...shared, ...database, PORT: String(port) },
    execArgv: ['--conditions=@jobpass/source', '--import', 'tsx', '--import', preload],
    silent: true,
  })
  let output = ''
  child.stderr?.on('data', (text: Buffer) => (output += text.toString()))
  await new Promise<void>((resolve, reject) => {
    child?.stdout?.on('data', (text: Buffer) => void (text.includes('listens') && resolve()))
    child?.once('exit', () => reject(new Error(output)))
  })
  return `http://127.0.0.1:${port}`
}

/** Kills the registry, so that it does nothing more. */
async function kill(): Promise<void> {
  const ended = child && once(child, 'exit')
  child?.kill('SIGKILL')
  await ended
}

async function call(
  address: string,
  path: string,
  token: string,
  init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> } = {},
) {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/octet-stream', ...init.headers }
  const response = await fetch(address + path, { method: 'POST', ...init, headers })
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> }
}

async function exchange(address: string, job: string, project: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: job,
    scope: `publish:${project}`,
  })
  const response = await fetch(`${address}/auth/token`, { method: 'POST', body })
  return ((await response.json()) as { readonly access_token: string }).access_token
}

const begin = (address: string, project: string, token: string) =>
  call(address, `/projects/${project}/uploads`, token, {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ version: '1.0.0' }),
  })

/** Sends the head and a part of a body, and no more. Resolves when the part was sent. */
async function sendPart(address: string, path: string, token: string): Promise<void> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Length': '1000', Expect: '100-continue' }
  const upload = sendRequest(address + path, { method: 'PUT', headers })
  upload.on('error', () => {})
  upload.flushHeaders()
  await once(upload, 'continue')
  await new Promise<void>((resolve) => upload.write('half', () => resolve()))
}

const databases: readonly (readonly [string, NodeJS.ProcessEnv | undefined])[] = [
  ['PGlite', { DATA_DIR: join(folder, 'data') }],
  ['PostgreSQL (skipped if it is not installed)', cluster && { DATABASE_URL: cluster.url('read committed') }],
]

describe.each(databases)('%s', (_, database) => {
  test.skipIf(database === undefined)(
    'an upload goes on after a kill, without the file that was on its way, and is published once',
    async () => {
      let address = await startRegistry(database ?? {})
      const release = {
        environment: 'release',
        workflow_ref: 'acme/shop/.github/workflows/release.yml@refs/heads/main',
      }
      const token = await exchange(address, await github.mint({ aud: issuer, ...release }), 'shop')
      const { id } = (await begin(address, 'shop', token)).body
      const files = `/projects/shop/uploads/${String(id)}/files`
      expect(await call(address, `${files}/whole.tgz`, token, { method: 'PUT', body: 'whole' })).toMatchObject({
        status: 200,
      })
      await sendPart(address, `${files}/half.tgz`, token)
      await kill()

      address = await startRegistry(database ?? {})
      expect(await (await fetch(`${address}/projects/shop`)).json()).toEqual({ project: 'shop', releases: [] })
      expect(await call(address, `${files}/other.tgz`, token, { method: 'PUT', body: 'other' })).toMatchObject({
        status: 200,
      })
      const publish = () => call(address, `/projects/shop/uploads/${String(id)}/publish`, token)
      expect([(await publish()).status, (await publish()).status]).toEqual([200, 409])
      expect(await (await fetch(`${address}/projects/shop`)).json()).toMatchObject({
        releases: [{ version: '1.0.0', files: [{ name: 'other.tgz' }, { name: 'whole.tgz' }] }],
      })
      await kill()
    },
  )

  test.skipIf(database === undefined)(
    'a first upload that is killed has bound its repository or nothing, and the job goes on',
    async () => {
      let address = await startRegistry(database ?? {})
      const job = await gitlabCom.mint({ aud: issuer, project_id: '501', project_path: 'acme/kiosk' })
      const token = await exchange(address, job, 'kiosk')
      const first = begin(address, 'kiosk', token).catch(() => undefined)
      // The kill meets the call at another point in each run of this test; the outcome is the same.
      await Promise.race([first, new Promise((resolve) => setImmediate(resolve))])
      await kill()
      await first

      address = await startRegistry(database ?? {})
      expect((await begin(address, 'kiosk', token)).status).toBe(201)
      const other = await gitlabCom.mint({ aud: issuer, project_id: '502', project_path: 'acme/kiosk' })
      expect(await exchange(address, other, 'kiosk')).toBeUndefined()
      await kill()
    },
  )
})
