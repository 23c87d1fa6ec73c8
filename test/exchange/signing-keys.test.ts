// The recipes of docs/operations/signing-keys.md, with their commands and programs as written, on
// real servers.

import type { ChildProcess } from 'node:child_process'
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { FoundKeySet } from '@jobpass/exchange'
import { manualClock, now } from '@jobpass/testing/internal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestCluster } from '../../examples/publish-service/src/test-cluster.ts'
import type { Program } from '../cli/program.ts'
import { bundleProgram } from '../cli/program.ts'
import { blocksOf } from '../documentation/pages.ts'
import { freePort, installed, startRedis, stop } from '../replay/redis-server.ts'
import { issuer, service } from './service.ts'

const page = 'docs/operations/signing-keys.md'
const blocks = blocksOf(page)
/** The blocks of a language below a heading. */
const under = (heading: string, language: string): readonly string[] => {
  const section =
    readFileSync(page, 'utf8')
      .split(/^## /m)
      .find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return blocks.filter((block) => block.language === language && section.includes(block.code)).map(({ code }) => code)
}

let program: Program
const modules = mkdtempSync(fileURLToPath(new URL('.recipes-', import.meta.url)))
const shell = mkdtempSync(join(tmpdir(), 'signing-keys-'))
beforeAll(async () => {
  program = await bundleProgram()
  writeFileSync(join(shell, 'npx'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${program.file}' "$@"\n`)
  chmodSync(join(shell, 'npx'), 0o755)
})
afterAll(() => {
  program.remove()
  for (const folder of [modules, shell]) rmSync(folder, { recursive: true, force: true })
})

/** Runs the commands of a block. */
async function run(code: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { cwd: program.folder, env: { PATH: `${shell}:${process.env['PATH']}`, ...env } }
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-ec', code], options)
  return `${stdout}${stderr}`
}

const children: ChildProcess[] = []
afterAll(async () => {
  for (const child of children.toReversed()) await stop(child)
})

/** The function that the program of a recipe exports, in a process of its own. */
async function start(code: string, name: string, env: NodeJS.ProcessEnv): Promise<() => Promise<FoundKeySet>> {
  const file = join(modules, `${name}.ts`)
  writeFileSync(
    file,
    `${code}
process.on('message', async () => {
  const answer = await Promise.resolve(keySet()).then((found) => ({ found }), (error) => ({ failed: String(error) }))
  process.send?.(answer)
})
process.send?.('ready')
`,
  )
  const execArgv = ['--conditions=@jobpass/source', '--import', 'tsx']
  const child = fork(file, { env: { ...process.env, ...env }, execArgv, silent: true })
  child.stderr?.resume()
  children.push(child)
  expect(await once(child, 'message')).toEqual(['ready', undefined])
  // Both processes of the exchange ask: one question after the other.
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    const answer = last.then(async () => {
      child.send('ask')
      const [{ found, failed }] = (await once(child, 'message')) as [{ found?: FoundKeySet; failed?: string }]
      if (failed !== undefined) throw new Error(failed)
      return found
    })
    last = answer.catch(() => {})
    return answer
  }
}

const outage = 'The keys of the exchange could not be read again within 5 s; those before stay'

/** Two processes of an exchange with one source, and a clock that both follow. */
async function processes(keySet: () => FoundKeySet | Promise<FoundKeySet>) {
  const clock = manualClock(now)
  const running = [
    await service({ keys: keySet, nonceSecret: keySet }, { clock }),
    await service({ keys: keySet, nonceSecret: keySet }, { clock }),
  ]
  const published = async (): Promise<readonly number[]> =>
    Promise.all(
      running.map(async ({ exchange }) => {
        const document = (await (await exchange.fetch(`${issuer}/jwks`)).json()) as { keys: readonly object[] }
        return document.keys.length
      }),
    )
  const outages = (): number =>
    running.flatMap(({ warnings }) => warnings).filter((text) => text.startsWith(outage)).length
  return { clock, published, outages }
}

/** Rotates by the commands of a recipe, and then lets the source fail. */
async function rotates(keySet: () => Promise<FoundKeySet>, rotate: () => Promise<unknown>, fail: () => unknown) {
  const { clock, published, outages } = await processes(keySet)
  expect(await published()).toEqual([1, 1])
  await rotate()
  clock.advance(59)
  expect(await published()).toEqual([1, 1])
  clock.advance(1)
  expect([await published(), outages()]).toEqual([[2, 2], 0])
  await fail()
  clock.advance(60)
  expect([await published(), outages()]).toEqual([[2, 2], 2])
}

describe('a file', () => {
  const [make = '', rotate = '', retire = ''] = blocks
    .filter(({ language, code }) => language === 'sh' && code.startsWith('npx jobpass keys'))
    .map(({ code }) => code)
  const file = (): string => join(program.folder, 'keys.json')

  test('that the commands of the page make and rotate is read by every process', async () => {
    await run(make)
    await rotates(
      () => readFile(file(), 'utf8'),
      () => run(rotate),
      () => unlinkSync(file()),
    )
  })

  test('whose keys the command of the page replaces after a theft', async () => {
    await run(make)
    const { keys } = JSON.parse(readFileSync(file(), 'utf8')) as { keys: { privateKey: { kid: string } }[] }
    const said = await run(retire)
    expect(said).toContain(`${keys[0]?.privateKey.kid} is removed\n`)
  })

  test('that is renamed, overwritten in parts, or swapped as a mount of Kubernetes is read whole', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mount-'))
    try {
      const texts = [(await program.run(['keys', 'new', '-'])).out]
      texts.push((await program.run(['keys', 'rotate', '-'], { input: texts[0] ?? '' })).out)
      // A mount of Kubernetes: keys.json → ..data/keys.json, ..data → ..one
      for (const [index, name] of ['..one', '..two'].entries()) {
        mkdirSync(join(folder, name))
        writeFileSync(join(folder, name, 'keys.json'), texts[index] ?? '')
      }
      const point = (name: string): void => {
        symlinkSync(name, join(folder, '..next'))
        renameSync(join(folder, '..next'), join(folder, '..data'))
      }
      point('..one')
      symlinkSync('..data/keys.json', join(folder, 'keys.json'))
      const { clock, published, outages } = await processes(() => readFile(join(folder, 'keys.json'), 'utf8'))
      const step = async (): Promise<readonly number[]> => {
        clock.advance(60)
        return published()
      }
      point('..two')
      expect(await step()).toEqual([2, 2])
      point('..one')
      expect(await step()).toEqual([1, 1])
      const [first = '', second = ''] = texts
      writeFileSync(join(folder, '..one/keys.json'), second.slice(0, first.length))
      expect([await step(), outages()]).toEqual([[1, 1], 2])
      writeFileSync(join(folder, '..one/new'), second)
      renameSync(join(folder, '..one/new'), join(folder, '..one/keys.json'))
      expect([await step(), outages()]).toEqual([[2, 2], 2])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

const cluster = createTestCluster()
afterAll(() => cluster?.remove())
if (cluster === undefined) process.stdout.write('PostgreSQL is not on this machine: its recipe is skipped\n')

test.runIf(cluster)('PostgreSQL holds the key set, and its commands rotate it', async () => {
  const url = cluster?.url('read committed') ?? ''
  const [make = '', rotate = ''] = under('PostgreSQL', 'sh')
  await run(make, { DATABASE_URL: url })
  const keySet = await start(under('PostgreSQL', 'ts')[0] ?? '', 'postgres', { DATABASE_URL: url })
  await rotates(
    keySet,
    async () => expect(await run(rotate, { DATABASE_URL: url })).toContain('UPDATE 1'),
    () => cluster?.kill(),
  )
})

test.runIf(installed)('Redis holds the key set, and its commands rotate it', async () => {
  const port = await freePort()
  const redis = await startRedis(port)
  children.push(redis)
  const url = `redis://127.0.0.1:${port}`
  const [make = '', rotate = ''] = under('Redis', 'sh')
  expect(await run(make, { REDIS_URL: url })).toMatch(/^1$/m)
  const keySet = await start(under('Redis', 'ts')[0] ?? '', 'redis', { REDIS_URL: url })
  await rotates(
    keySet,
    async () => expect(await run(rotate, { REDIS_URL: url })).toContain('OK'),
    () => stop(redis),
  )
})

test('every command of the page is run, except those for a cluster of Kubernetes', () => {
  const used = new Set([...under('PostgreSQL', 'sh'), ...under('Redis', 'sh')])
  const others = blocks.filter(({ language, code }) => language === 'sh' && !used.has(code))
  expect(others.map(({ code }) => /^(?:npx jobpass keys (?:new|rotate|retire)|.*kubectl)/s.test(code))).toEqual([
    true,
    true,
    true,
    true,
  ])
})
