// The step of the build file, as GitHub runs it: bash, the real curl and jq, over TLS.

import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { githubActions } from '@jobpass/express'
import { postgresPublishers } from '@jobpass/publishers'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { createApp } from './app.ts'
import { openDatabase } from './database.ts'
import { claimProject } from './projects.ts'
import { releasesIn } from './releases.ts'
import { settingsPage } from './settings.ts'
import { createTokenService } from './token-service.ts'

const programs = [
  ['curl', '--version'],
  ['jq', '--version'],
  ['openssl', 'version'],
]
const present = programs.every(([name = '', flag = '']) => spawnSync(name, [flag]).status === 0)

const folder = mkdtempSync(join(tmpdir(), 'publish-'))
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
afterAll(async () => {
  for (const close of closing.toReversed()) await close()
})

interface Workflow {
  readonly jobs: { readonly publish: { readonly steps: readonly Step[] } }
}
interface Step {
  readonly name?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

/** The registry on a port of this machine, as https://packages.example for curl. */
async function startRegistry() {
  const issuer = await (await createTestIssuer(githubActions)).listen()
  closing.push(() => issuer.close())
  const db = await openDatabase()
  closing.push(() => db.close())
  const store = await postgresPublishers(db, { claimProject })
  const service = await createTokenService({ store, github: issuer.provider })
  const { publishers } = service
  await publishers.add({
    account: 'acme',
    project: 'shop',
    issuer: issuer.issuer,
    ownerId: '1234567',
    repositoryId: '74205118',
  })
  const settings = settingsPage({
    db,
    publishers,
    origin: 'https://packages.example',
    secret: 'a secret of at least 32 characters',
    accountOf: () => undefined,
  })
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=packages.example', '-addext', 'subjectAltName=DNS:packages.example']
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...names], {
    stdio: 'ignore',
  })
  const server = createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    createApp(releasesIn(db, Date), service, settings),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(resolve)
      }),
  )
  const { port } = server.address() as AddressInfo
  writeFileSync(join(folder, '.curlrc'), `connect-to = "packages.example:443:127.0.0.1:${port}"\ncacert = "${cert}"\n`)
  return issuer
}

test.skipIf(!present)(
  'the step publishes a release with curl, and another branch is refused with the reason',
  async () => {
    const issuer = await startRegistry()
    const workflow = parse(readFileSync(new URL('../ci/github-actions.yml', import.meta.url), 'utf8')) as Workflow
    const step = workflow.jobs.publish.steps.find(({ name }) => name === 'Publish')
    mkdirSync(join(folder, 'dist'))
    writeFileSync(join(folder, 'dist/shop.tgz'), 'bytes of the release')
    const run = async (version: string, claims: Readonly<Record<string, unknown>>) => {
      const job = await issuer.startJob(claims)
      const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...job.env, ...step?.env, GITHUB_REF_NAME: version }
      return new Promise<readonly [code: number, output: string]>((resolve) => {
        execFile(
          'bash',
          ['-eo', 'pipefail', '-c', step?.run ?? 'false'],
          { cwd: folder, env },
          (failure, stdout, stderr) => {
            resolve([failure === null ? 0 : Number(failure.code), stdout + stderr])
          },
        )
      })
    }
    expect(await run('v1.0.0', {})).toEqual([0, expect.stringContaining('"version":"1.0.0"')])
    const [code, output] = await run('v1.0.1', {
      repository_id: '99',
      sub: 'repo:acme@1234567/other@99:ref:refs/heads/main',
    })
    expect([code, output]).toEqual([5, expect.stringContaining('workload_forbidden')])
  },
)
