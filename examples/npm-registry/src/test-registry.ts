/** For tests: a real Verdaccio, the gateway in front of it, and the real npm. */

import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { githubActions } from '@jobpass/express'
import { createTestIssuer } from '@jobpass/testing/node'
import { createApp } from './app.ts'

const [major = 0, minor = 0] = execFileSync('npm', ['--version'], { encoding: 'utf8' }).split('.').map(Number)
/** Whether npm exchanges tokens. */
export const canExchange: boolean = major > 11 || (major === 11 && minor >= 5)

type Claims = Readonly<Record<string, unknown>>
type Result = readonly [code: number, output: string]

/** Starts a gateway for two packages of one repository. */
export async function startRegistry() {
  const folder = mkdtempSync(join(tmpdir(), 'npm-registry-'))
  const verdaccio = await startVerdaccio(folder)
  const issuer = await (await createTestIssuer(githubActions)).listen()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const rule = issuer.provider({ ownerId: '1234567', repositoryId: '74205118', branch: 'main' })
  server.on(
    'request',
    await createApp({
      url: gateway,
      upstream: new URL(verdaccio.url),
      publishers: new Map([
        ['@acme/shop', rule],
        ['@acme/second', rule],
      ]),
      github: issuer.provider,
      insecureLoopback: true,
    }),
  )

  const userConfig = join(folder, 'npmrc')
  /** Runs npm, as a job with the environment does. */
  const npm = (args: readonly string[], cwd = folder, env: Readonly<Record<string, string>> = {}): Promise<Result> => {
    const { PATH = '', HOME = folder } = process.env
    const own = { PATH, HOME, npm_config_cache: join(folder, 'cache'), npm_config_userconfig: userConfig }
    return new Promise((resolve) => {
      const options = { cwd, env: { ...own, ...env } }
      execFile('npm', [...args, '--registry', `${gateway}/`], options, (failure, stdout, stderr) => {
        resolve([failure === null ? 0 : Number(failure.code), stdout + stderr])
      })
    })
  }
  /** The answer to a job that exchanges its token for one of a package. */
  const exchange = async (path: string): Promise<{ readonly token: string }> => {
    const token = await issuer.mint({ aud: 'npm:127.0.0.1' })
    const answer = await fetch(`${gateway}/-/npm/v1/oidc/token/exchange/package/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    return (await answer.json()) as { token: string }
  }
  return {
    gateway,
    issuer,
    npm,
    exchange,
    /** Publishes a package with npm, in a job with the claims. */
    publish: async (name: string, version: string, claims: Claims = {}, args: readonly string[] = []) => {
      const job = await issuer.startJob(claims)
      const project = join(folder, `${name.replaceAll(/\W/g, '-')}-${version}`)
      mkdirSync(project, { recursive: true })
      const manifest = { name, version, publishConfig: { access: 'public' } }
      writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
      writeFileSync(join(project, 'index.js'), `export const version = '${version}'\n`)
      return npm(['publish', ...args], project, job.env)
    },
    /** Signs npm in with a token of a job. */
    signIn: (token: string) => writeFileSync(userConfig, `${gateway.replace('http:', '')}/:_authToken=${token}\n`),
    /** The package as the registry keeps it, or the status. */
    read: async (name: string): Promise<unknown> => {
      const answer = await fetch(`${gateway}/${encodeURIComponent(name)}`)
      return answer.status === 200 ? answer.json() : answer.status
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await issuer.close()
      verdaccio.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Verdaccio as its own program. It trusts the gateway, and nothing else can reach it. */
async function startVerdaccio(folder: string) {
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
  await once(child.stdout, 'data')
  child.stdout.resume()
  return { url, stop: () => child.kill() }
}

/** A free port, for a program that cannot choose one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
