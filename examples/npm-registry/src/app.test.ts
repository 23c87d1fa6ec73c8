// The real npm publishes to a real Verdaccio through the gateway, and its job stores no token.

import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createTestIssuer } from '@jobpass/testing/node'
import { githubActions } from '@jobpass/express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from './app.ts'

const [major = 0, minor = 0] = execFileSync('npm', ['--version'], { encoding: 'utf8' }).split('.').map(Number)
const canExchange = major > 11 || (major === 11 && minor >= 5)

const folder = mkdtempSync(join(tmpdir(), 'npm-registry-'))
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
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A free port, for a program that cannot choose one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Verdaccio as its own program. It trusts the gateway, and nothing else can reach it. */
async function startVerdaccio(): Promise<string> {
  const config = join(folder, 'config.yaml')
  writeFileSync(
    config,
    `storage: ${join(folder, 'storage')}
uplinks: {}
packages: { '**': { access: $all, publish: $all } }
auth: { htpasswd: { file: ${join(folder, 'htpasswd')}, max_users: -1 } }
web: { enable: false }
log: { type: stdout, format: json, level: warn }
`,
  )
  const main = createRequire(import.meta.url).resolve('verdaccio/package.json')
  const url = `http://127.0.0.1:${await freePort()}`
  const program = join(dirname(main), 'bin/verdaccio')
  const child = spawn(process.execPath, [program, '--config', config, '--listen', url], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  closing.push(() => child.kill())
  await once(child.stdout, 'data')
  return url
}

describe.skipIf(!canExchange)('npm 11.5 or newer', () => {
  let gateway = ''
  let issuer: Awaited<ReturnType<typeof listeningIssuer>>
  const listeningIssuer = async () => (await createTestIssuer(githubActions)).listen()

  beforeAll(async () => {
    issuer = await listeningIssuer()
    closing.push(() => issuer.close())
    const server = createServer()
    gateway = await listen(server)
    const trusting = issuer.provider({ ownerId: '1234567', repositoryId: '74205118', branch: 'main' })
    server.on(
      'request',
      await createApp({
        url: gateway,
        upstream: new URL(await startVerdaccio()),
        publishers: new Map([['@acme/shop', trusting]]),
        github: issuer.provider,
        insecureLoopback: true,
      }),
    )
  }, 60_000)

  const publish = async (
    name: string,
    version: string,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<readonly [code: number, output: string]> => {
    const job = await issuer.startJob(claims)
    const project = join(folder, `${name.replaceAll(/\W/g, '-')}-${version}`)
    mkdirSync(project, { recursive: true })
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name, version, publishConfig: { access: 'public' } }))
    writeFileSync(join(project, 'index.js'), `export const version = '${version}'\n`)
    const { PATH = '', HOME = folder } = process.env
    const env = {
      PATH,
      HOME,
      npm_config_cache: join(folder, 'cache'),
      npm_config_userconfig: join(folder, 'npmrc'),
      ...job.env,
    }
    return new Promise((resolve) => {
      execFile('npm', ['publish', '--registry', `${gateway}/`], { cwd: project, env }, (failure, stdout, stderr) => {
        resolve([failure === null ? 0 : Number(failure.code), stdout + stderr])
      })
    })
  }
  const versions = async (name: string): Promise<unknown> => {
    const response = await fetch(`${gateway}/${encodeURIComponent(name)}`)
    return response.status === 200
      ? Object.keys(((await response.json()) as { versions: object }).versions)
      : response.status
  }

  test('a job publishes without a stored token, and anyone reads', async () => {
    expect((await publish('@acme/shop', '1.0.0', {}))[1]).toContain('+ @acme/shop@1.0.0')
    expect(await versions('@acme/shop')).toEqual(['1.0.0'])
  }, 60_000)

  test.each([
    ['another branch', '@acme/shop', { branch: 'dev' }],
    ['a package without a publisher', '@acme/kiosk', {}],
  ])(
    'a job publishes nothing from or to %s',
    async (_, name, claims) => {
      const [code] = await publish(name, '2.0.0', claims)
      expect(code).not.toBe(0)
      expect(await versions(name)).not.toContain('2.0.0')
    },
    60_000,
  )

  test.each([
    ['no token', false],
    ['a CI token', true],
  ])('a request to publish with %s does not reach the registry', async (_, ci) => {
    const token = ci ? await issuer.mint({ aud: 'npm:127.0.0.1' }) : undefined
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
    const response = await fetch(`${gateway}/@acme%2fshop`, { method: 'PUT', headers, body: '{}' })
    expect(response.status).toBe(401)
  })

  test.each(['DELETE', 'POST', 'PATCH'])('%s is refused: nothing is unpublished', async (method) => {
    const response = await fetch(`${gateway}/@acme%2fshop/-rev/1`, { method })
    expect(response.status).toBe(405)
    expect(await versions('@acme/shop')).toEqual(['1.0.0'])
  })
})
