// The walk of docs/guides/try-it-locally.md, from an empty folder: every command is run as it is
// written, and the page shows what the commands print. `npx vitest run test/cli/walk -u` writes it.

import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf, root } from '../documentation/pages.ts'
import { fillParts } from '../generated-parts.ts'
import type { Program, Run } from './program.ts'
import { bundleProgram } from './program.ts'

const page = 'docs/guides/try-it-locally.md'
const blocks = blocksOf(page)
const shell = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code)
const commandWith = (text: string): string => {
  const found = shell.filter((code) => code.includes(text))
  expect(found).toHaveLength(1)
  return found[0] as string
}

let program: Program
const ports = { issuer: 0, api: 0 }
const started: ReturnType<typeof spawn>[] = []

/** The commands of the page, at ports that are free here. */
const here = (text: string): string =>
  text
    .replaceAll('jobpass dev token', 'jobpass dev token --port 4920')
    .replaceAll('4920', String(ports.issuer))
    .replaceAll('3000', String(ports.api))

const env = (): NodeJS.ProcessEnv => ({ PATH: `${program.folder}/bin:${process.env['PATH']}`, HOME: program.folder })

async function run(command: string): Promise<Run> {
  const child = spawn('bash', ['-c', here(command)], { cwd: program.folder, env: env() })
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()))
  child.stdin.end()
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { ...text, code }
}

/** Starts one of the commands that run in the background, and waits until it answers. */
async function start(command: string, url: string): Promise<void> {
  const child = spawn('bash', ['-c', `exec ${here(command)}`], { cwd: program.folder, env: env(), stdio: 'ignore' })
  started.push(child)
  for (;;) {
    expect(child.exitCode).toBe(null)
    if (
      await fetch(here(url)).then(
        () => true,
        () => false,
      )
    )
      return
  }
}

beforeAll(async () => {
  program = await bundleProgram()
  // `npx jobpass` is the program of this repository, and `npm install` links its packages.
  program.write('bin/npx', `#!/bin/sh\nshift\nexec '${process.execPath}' '${program.file}' "$@"\n`)
  program.write('bin/npm', '#!/bin/sh\nexit 0\n')
  for (const name of ['npx', 'npm']) chmodSync(join(program.folder, 'bin', name), 0o755)
  symlinkSync(join(root, 'node_modules'), join(program.folder, 'node_modules'))
  const { createServer } = await import('node:net')
  for (const name of ['issuer', 'api'] as const) {
    const server = createServer()
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    ports[name] = (server.address() as { port: number }).port
    await new Promise((resolve) => server.close(resolve))
  }
})
afterAll(async () => {
  for (const child of started) {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.kill()) await ended
  }
  program.remove()
})

test('the walk works from an empty folder, and the page shows what its commands print', async () => {
  const shown: Record<string, string> = {}
  const show = (name: string, text: string): void => {
    const atHome = text.replaceAll(String(ports.issuer), '4920').replaceAll(String(ports.api), '3000')
    // The fingerprint of the rules depends on the port of their issuer.
    const steady = atHome.replaceAll(/\(rules [\da-f]{16}\)/g, '(rules 8a484f46c9ea56e0)')
    shown[name] = `\`\`\`text\n${steady.trimEnd()}\n\`\`\``
  }
  expect((await run(commandWith('jobpass init'))).code).toBe(0)
  expect(existsSync(join(program.folder, 'policy.test.yaml'))).toBe(true)
  expect((await run(commandWith('npm install'))).code).toBe(0)

  const api = blocks.find(({ language }) => language === 'ts')
  writeFileSync(join(program.folder, 'api.mjs'), here(api?.code ?? ''))
  const [dev = '', server = ''] = commandWith('node api.mjs').replaceAll(' &', '').trim().split('\n')
  await start(`${dev} --port 4920`, 'http://127.0.0.1:4920/')
  await start(`node --import tsx --conditions=@jobpass/source ${server.replace('node ', '')}`, 'http://127.0.0.1:3000/')

  const denied = await run(commandWith('curl -sS --retry 5 --retry-connrefused'))
  expect(JSON.parse(denied.out)).toMatchObject({ status: 403, code: 'workload_forbidden' })

  const explained = await run(commandWith('jobpass explain'))
  expect(explained.code).toBe(1)
  show('explain', explained.out)

  expect((await run(commandWith('cp policy.yaml'))).code).toBe(0)
  const gained = await run(commandWith('jobpass diff'))
  expect(gained.code).toBe(1)
  show('diff', gained.out)

  const allowed = await run(commandWith('--retry-all-errors'))
  expect(allowed.out).toContain('{"deployed":"dev"}')

  const linted = await run(commandWith('jobpass lint policy.yaml'))
  expect(linted.code).toBe(1)
  show('lint', linted.out)
  const before = readFileSync(join(program.folder, 'policy.yaml'), 'utf8')
  const fixed = await run(commandWith('lint --fix'))
  expect([fixed.code, fixed.out]).toEqual([0, 'no findings in 1 file\n'])
  const after = readFileSync(join(program.folder, 'policy.yaml'), 'utf8')
  expect(after).toBe(before.replace('repository: acme/shop\n', "repository: acme/shop\n    repositoryId: '74205118'\n"))

  const tested = await run(commandWith('jobpass test'))
  expect(tested.code).toBe(0)
  show('test', tested.out)
  await expect(fillParts(page, readFileSync(root + page, 'utf8'), shown)).toMatchFileSnapshot(root + page)
})

test('every shell block of the page is run', () => {
  const used = [
    'jobpass init',
    'npm install',
    'node api.mjs',
    '--retry-connrefused',
    'jobpass explain',
    'cp policy.yaml',
    'jobpass diff',
    '--retry-all-errors',
    'jobpass lint policy.yaml',
    'lint --fix',
    'jobpass test',
  ]
  expect(shell.filter((code) => !used.some((text) => code.includes(text)))).toEqual([])
  expect(spawnSync('curl', ['--version']).status).toBe(0)
})
