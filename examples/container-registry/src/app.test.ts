// A real client of registries (skopeo) pushes to a real registry (distribution), with a CI token as
// its password.

import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createVerifier, githubActions } from '@jobpass/express'
import { createTestIssuer } from '@jobpass/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from './app.ts'
import { registryKey } from './registry-key.ts'

const has = (program: string, flag = '--version'): boolean => spawnSync(program, [flag]).status === 0
const canPush = has('skopeo') && has('docker-registry', '--help') && has('openssl', 'version')

const folder = mkdtempSync(join(tmpdir(), 'container-registry-'))
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(resolve)
      }),
  )
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const service = 'images.acme.dev'
const issuerOfTokens = 'https://images.acme.dev/auth'

/** The registry as its own program, with the certificate of the key. */
async function startRegistry(realm: string): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`
  writeFileSync(
    join(folder, 'config.yml'),
    `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${join(folder, 'storage')} } }
http: { addr: "${address}", secret: not-shared }
auth:
  token: { realm: "http://${realm}/token", service: ${service}, issuer: "${issuerOfTokens}", rootcertbundle: ${join(folder, 'cert.pem')} }
`,
  )
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  closing.push(() => child.kill())
  for (;;) {
    const answer = await fetch(`http://${address}/v2/`).catch(() => undefined)
    if (answer?.status === 401) return address
    if (child.exitCode !== null) throw new Error('the registry ended')
  }
}

/** A smallest image: one empty layer (https://github.com/opencontainers/image-spec). */
function makeImage(): string {
  const image = join(folder, 'image')
  mkdirSync(join(image, 'blobs/sha256'), { recursive: true })
  const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
  const blob = (mediaType: string, bytes: Buffer | string): object => {
    writeFileSync(join(image, 'blobs/sha256', sha256(bytes)), bytes)
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: Buffer.byteLength(bytes) }
  }
  const type = (name: string): string => `application/vnd.oci.image.${name}`
  const tar = Buffer.alloc(1024)
  const layer = blob(type('layer.v1.tar+gzip'), gzipSync(tar))
  const rootfs = { type: 'layers', diff_ids: [`sha256:${sha256(tar)}`] }
  const config = blob(
    type('config.v1+json'),
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs, config: {} }),
  )
  const manifest = blob(type('manifest.v1+json'), JSON.stringify({ schemaVersion: 2, config, layers: [layer] }))
  writeFileSync(join(image, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }))
  writeFileSync(join(image, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  return image
}

describe.skipIf(!canPush)('skopeo and the registry of Debian', () => {
  let [registry, endpoint, image] = ['', '', '']
  let mint: (claims?: Readonly<Record<string, unknown>>) => Promise<string>

  beforeAll(async () => {
    const key = join(folder, 'key.pem')
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key]
    const certificate = [
      'req',
      '-x509',
      ...curve,
      '-days',
      '1',
      '-subj',
      '/CN=registry',
      '-out',
      join(folder, 'cert.pem'),
    ]
    execFileSync('openssl', certificate, { stdio: 'ignore' })
    const issuer = await createTestIssuer(githubActions)
    mint = (claims) => issuer.mint({ aud: service, ...claims })
    const main = githubActions({ ownerId: '1234567', repositoryId: '74205118', branch: 'main' })
    const app = createApp({
      issuer: issuerOfTokens,
      service,
      verifier: createVerifier({
        audience: service,
        trust: githubActions({ ownerId: '1234567' }),
        fetch: issuer.fetch,
      }),
      publishers: new Map([['acme/shop', main]]),
      key: registryKey(createPrivateKey(readFileSync(key))),
    })
    endpoint = await listen(createServer(app))
    registry = await startRegistry(endpoint)
    image = makeImage()
  })

  const skopeo = (...args: readonly string[]): Promise<readonly [code: number, output: string]> =>
    new Promise((resolve) => {
      execFile(
        'skopeo',
        ['--insecure-policy', ...args],
        { env: { PATH: process.env['PATH'] ?? '', HOME: folder } },
        (failure, stdout, stderr) => {
          resolve([failure === null ? 0 : Number(failure.code), stdout + stderr])
        },
      )
    })
  const push = (repository: string, token: string): ReturnType<typeof skopeo> =>
    skopeo(
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds',
      `ci:${token}`,
      `oci:${image}`,
      `docker://${registry}/${repository}:1.0.0`,
    )
  const inspect = (repository: string, ...credentials: readonly string[]): ReturnType<typeof skopeo> =>
    skopeo('inspect', '--raw', '--tls-verify=false', ...credentials, `docker://${registry}/${repository}:1.0.0`)

  test('a job pushes an image, and another job of the owner pulls it', async () => {
    const [code, output] = await push('acme/shop', await mint())
    expect([code, output]).toEqual([0, expect.stringContaining('Writing manifest')])
    const other = await mint({ repository_id: '99', sub: 'repo:acme@1234567/other@99:ref:refs/heads/main' })
    const [pulled, manifest] = await inspect('acme/shop', '--creds', `ci:${other}`)
    expect([pulled, JSON.parse(manifest)]).toMatchObject([0, { schemaVersion: 2 }])
  })

  test.each<[string, string, () => Promise<string>]>([
    [
      'another branch',
      'acme/shop',
      () => mint({ ref: 'refs/heads/dev', sub: 'repo:acme@1234567/shop@74205118:ref:refs/heads/dev' }),
    ],
    ['a repository without a rule', 'acme/kiosk', () => mint()],
    [
      'a job of another owner',
      'acme/shop',
      () => mint({ repository_owner_id: '7', sub: 'repo:acme@7/shop@74205118:ref:refs/heads/main' }),
    ],
    ['a token for another service', 'acme/shop', () => mint({ aud: 'https://api.acme.dev' })],
    ['no token', 'acme/shop', async () => 'password'],
  ])('a push is refused: %s', async (_, repository, make) => {
    const [code, output] = await push(repository, await make())
    expect([code, output]).toEqual([1, expect.stringMatching(/denied|unauthorized|forbidden/i)])
  })

  test('a client without credentials pulls nothing', async () => {
    expect((await inspect('acme/shop'))[0]).toBe(1)
  })

  test('docker login: a request without a scope says whether the credentials are good', async () => {
    const login = (token: string): Promise<Response> =>
      fetch(`http://${endpoint}/token?account=ci&client_id=docker&offline_token=true&service=${service}`, {
        headers: { authorization: `Basic ${Buffer.from(`ci:${token}`).toString('base64')}` },
      })
    const good = await login(await mint())
    expect([good.status, await good.json()]).toMatchObject([200, { expires_in: 300 }])
    const bad = await login('x')
    expect([bad.status, bad.headers.get('www-authenticate')]).toEqual([401, `Basic realm="${service}"`])
  })
})
