// A newcomer who follows the README, or a page of "Getting started", to the letter gets a 401, and
// then a 200.

import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { bin, installed, runNode } from './project.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const project = installed()
afterAll(() => project.remove())

const running: ChildProcess[] = []
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
})

/** The programs of a page, in their order. */
const programs = (page: string): readonly string[] =>
  Array.from(readFileSync(root + page, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms), ([, code = '']) => code)

/**
 * The world of a program: GitHub's issuer, whose keys are here, and a port that is free instead of
 * 3000. It prints the address, and the tokens of a push and of another branch.
 */
const world = `
import { Server } from 'node:net'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
const github = await createTestIssuer(githubActions)
const { fetch } = globalThis
globalThis.fetch = (url, init) => (String(url).startsWith(github.issuer) ? github.fetch(url, init) : fetch(url, init))
const aud = 'https://api.acme.dev'
const tokens = await Promise.all(['main', 'feature'].map((branch) => github.mint({ aud, branch })))
const { listen } = Server.prototype
Server.prototype.listen = function (where, ...more) {
  if ((where?.port ?? where) !== 3000) return listen.call(this, where, ...more)
  this.once('listening', () => console.log(JSON.stringify({ port: this.address().port, tokens })))
  return listen.call(this, 0, '127.0.0.1', ...more.filter((each) => typeof each === 'function'))
}
`
writeFileSync(join(project.folder, 'package.json'), '{ "private": true }')
writeFileSync(join(project.folder, 'world.mjs'), world)
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

interface Started {
  readonly port: number
  readonly tokens: readonly [main: string, feature: string]
  /** Everything else that the program printed, once it listens. */
  readonly printed: string
}

/** Saves a program, and starts it as its page says. */
async function start(name: string, code: string, output: RegExp = /^/): Promise<Started> {
  writeFileSync(join(project.folder, name), code)
  const loader = name.endsWith('.mts') ? ['--import', tsx] : []
  const { PATH, HOME } = process.env
  const args = [...loader, '--import', './world.mjs', name]
  const child = spawn(process.execPath, args, {
    cwd: project.folder,
    env: { PATH, HOME },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  let started: Omit<Started, 'printed'> | undefined
  let printed = ''
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('{')) started = JSON.parse(line) as Started
    else printed += line
    if (started !== undefined && output.test(printed)) return { ...started, printed }
  }
  throw new Error(`${name} ended: ${printed}`)
}

const languages = ['mjs', 'mts']
const pages = {
  express: 'docs/getting-started/express.md',
  koa: 'docs/getting-started/koa.md',
  fastify: 'docs/getting-started/fastify.md',
  // A Hono app needs a server on Node.
  hono: 'docs/guides/deploying.md',
}

describe.each(languages)('as a file .%s', (language) => {
  test.each([['README.md', 'express'], ...Object.values(pages).map((page) => [page, page])])(
    'the first program of %s answers 401, then 200, and 403 to another branch',
    async (page) => {
      const { port, tokens } = await start(`server.${language}`, programs(page)[0] as string)
      const deploy = async (headers: HeadersInit = {}): Promise<number> =>
        (await fetch(`http://127.0.0.1:${port}/deploy`, { method: 'POST', headers })).status
      const [main, feature] = tokens.map((token) => ({ authorization: `Bearer ${token}` }))
      const repository = programs(page)[0]?.includes("repository: 'acme/shop'") ?? false
      expect(repository || programs(page)[0]?.includes("repositoryId: '74205118'")).toBe(true)
      expect([await deploy(), await deploy(main), await deploy(feature)]).toEqual([401, 200, 403])
    },
  )

  test.each([
    'README.md',
    'docs/getting-started/express.md',
    'docs/getting-started/koa.md',
    'docs/getting-started/fastify.md',
    'docs/getting-started/hono.md',
  ])('the command that the local program of %s prints is answered with "deployed"', async (page) => {
    const { port, printed } = await start(`local.${language}`, programs(page)[1] as string, /^curl .*\/$/)
    const command = printed.replace(':3000/', `:${port}/`)
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command} --silent --show-error`])
    expect(stdout).toBe('deployed')
  })
})

test('the answer without a token is the one that the page shows', async () => {
  const { port } = await start('server.mjs', programs(pages.express)[0] as string)
  const answer = await fetch(`http://127.0.0.1:${port}/deploy`, { method: 'POST' })
  const shown = /```text\nHTTP\/1.1 401 Unauthorized\n(.*?)\n\n(.*?)\n```/s.exec(
    readFileSync(root + pages.express, 'utf8'),
  )
  const headers = (shown?.[1] ?? '').split('\n').map((line) => line.split(': ') as [string, string])
  expect(headers.map(([name]) => [name, answer.headers.get(name)])).toEqual(headers)
  expect(await answer.text()).toBe(shown?.[2])
})

test.each(Object.values(pages))('the first program of %s compiles against the packed declarations', async (page) => {
  writeFileSync(join(project.folder, 'typed.mts'), programs(page)[0] as string)
  const settings = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
    '--skipLibCheck',
  ]
  const { output } = await runNode(project.folder, bin('typescript-5.9/bin/tsc'), ...settings, 'typed.mts')
  expect(output).toBe('')
})
