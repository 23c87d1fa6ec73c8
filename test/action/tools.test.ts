// The files that the action writes make real tools send the token.

import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import type { Mode } from '../../action/src/inputs.ts'
import { RunnerJob } from './runner.ts'
import { audience, createWorld } from './world.ts'

const world = await createWorld()
afterAll(() => world.close())

/** npm trusts the server, makes no other calls, and none twice. */
const npm = { NPM_CONFIG_CAFILE: world.ca, NPM_CONFIG_UPDATE_NOTIFIER: 'false', NPM_CONFIG_FETCH_RETRIES: '0' }
let job: RunnerJob
beforeEach(() => void world.seen.splice(0))
afterEach(() => job.remove())

/** The output of a program in a later step, or what it printed as it failed. */
async function step(program: string, ...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: job.folder, ...npm, NODE_EXTRA_CA_CERTS: world.ca, ...job.variables }
  const run = promisify(execFile)(program, [...args], { env, cwd: job.folder })
  return run.then(
    ({ stdout }) => stdout,
    (error: unknown) => `failed: ${(error as { readonly stderr: string }).stderr}`,
  )
}

const isInstalled = async (program: string): Promise<boolean> =>
  promisify(execFile)(program, ['--version']).then(
    () => true,
    () => {
      process.stdout.write(`${program} is not on this machine: what needs it is skipped\n`)
      return false
    },
  )
const [withCurl, withDocker] = [await isInstalled('curl'), await isInstalled('docker')]

/** A job whose service token is in a file. */
async function jobThatWrites(write: Mode): Promise<{ readonly token: string; readonly file: string }> {
  const host = write === 'curl-config' ? {} : { host: world.host }
  const inputs = { audience, 'exchange-url': `${world.issuer}/token`, write, ...host }
  job = new RunnerJob({ inputs, env: await world.jobOf() })
  const { code, log } = await job.main()
  expect([code, log]).toEqual([0, expect.stringMatching(/^The token expires at \S+Z\.$/)])
  const { token = '', file = '' } = job.outputs
  world.seen.splice(0)
  return { token, file }
}

test.each<Mode>(['curl-config', 'npmrc', 'netrc', 'docker'])('only this user reads the file of %s', async (write) => {
  const { file } = await jobThatWrites(write)
  expect([statSync(file).mode & 0o777, statSync(dirname(file)).mode & 0o777]).toEqual([0o600, 0o700])
  expect(dirname(dirname(file))).toBe(job.temporary)
})

const curl = (...args: readonly string[]) => step('curl', '-sS', '--fail-with-body', '--cacert', world.ca, ...args)

test.skipIf(!withCurl)('curl publishes with its config', async () => {
  const { file } = await jobThatWrites('curl-config')
  expect(await curl('--config', file, '-X', 'PUT', `${world.issuer}/packages/shop`)).toBe('published shop')
  expect(job.variables).toEqual({})
})

test.skipIf(!withCurl)('curl sends nothing without TLS', async () => {
  const { file } = await jobThatWrites('curl-config')
  expect(await curl('--config', file, `http://${world.host}/index`)).toMatch(/^failed: curl: \(1\) Protocol "http"/)
  expect(world.seen).toEqual([])
})

test.skipIf(!withCurl)('curl sends the token of netrc as a password, to that host only', async () => {
  const { token, file } = await jobThatWrites('netrc')
  expect(job.variables).toEqual({ NETRC: file })
  expect(await curl('--netrc-file', file, `${world.issuer}/index`)).toBe('an index')
  const elsewhere = world.issuer.replace('localhost', '127.0.0.1')
  expect(await curl('--insecure', '--netrc-file', file, `${elsewhere}/index`)).toBe('an index')
  const basic = `Basic ${Buffer.from(`token:${token}`).toString('base64')}`
  expect(world.seen).toEqual([
    { call: 'GET /index', authorization: basic },
    { call: 'GET /index', authorization: undefined },
  ])
})

test('npm sends the token to its registry, and to no other', async () => {
  const { file } = await jobThatWrites('npmrc')
  expect(job.variables).toEqual({ NPM_CONFIG_USERCONFIG: file })
  expect((await step('npm', 'config', 'get', 'userconfig')).trim()).toBe(file)
  expect(JSON.parse(await step('npm', 'ping', '--json', '--registry', `${world.issuer}/`))).toMatchObject({
    registry: `${world.issuer}/`,
    details: {},
  })
  const elsewhere = world.issuer.replace('localhost', '127.0.0.1')
  expect(await step('npm', 'ping', '--strict-ssl=false', '--registry', `${elsewhere}/`)).toContain('E401')
  expect(world.seen.map(({ authorization }) => authorization?.split(' ')[0])).toEqual(['Bearer', undefined])
})

test('docker has the token as a password of its registry, and the log hides it there, too', async () => {
  const { token, file } = await jobThatWrites('docker')
  expect(job.variables).toEqual({ DOCKER_CONFIG: dirname(file) })
  const auth = Buffer.from(`token:${token}`).toString('base64')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ auths: { [world.host]: { auth } } })
  expect(job.masked).toEqual(expect.arrayContaining([token, auth]))
})

test.skipIf(!withDocker)('docker sends it to the registry', async () => {
  const { token } = await jobThatWrites('docker')
  await step('docker', 'manifest', 'inspect', '--insecure', `${world.host}/shop:1`)
  const basic = `Basic ${Buffer.from(`token:${token}`).toString('base64')}`
  expect(world.seen).toContainEqual({ call: 'GET /v2/shop/manifests/1', authorization: basic })
})
