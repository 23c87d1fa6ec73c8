// What all commands have in common: help, exit codes, pipes, terminals, and input that is too long
// or never ends.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createTestIssuer } from '@jobpass/testing'
import { githubActions } from '@jobpass/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandNames } from '@jobpass/cli/internal'
import { runInProcess } from './in-process.ts'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'

const policy = `rules:
  deploy:
    provider: github-actions
    repositoryId: '74205118'
    branch: main
`
let program: Program
beforeAll(async () => {
  program = await bundleProgram()
  program.write('policy.yaml', policy)
})
afterAll(() => program.remove())

test('the program has every command of its documentation', () => {
  expect(commandNames.toSorted()).toEqual(
    [
      'completions',
      'dev',
      'diff',
      'doctor',
      'explain',
      'import',
      'init',
      'keys',
      'lint',
      'schema',
      'serve',
      'test',
      'token',
      'verify',
      'whoami',
    ].toSorted(),
  )
})

describe.each(commandNames)('%s', (name) => {
  test('--help shows usage and examples', async () => {
    const { out, err, code } = await program.run([name, '--help'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain(`jobpass ${name}`)
    expect(out).toMatch(/\nEXAMPLES\n {2}\S/)
    expect(out.endsWith('\n')).toBe(true)
  })

  test.skipIf(!hasTerminals)('--help is the same in a terminal of 20 columns, without cursor tricks', async () => {
    const piped = await program.run([name, '--help'])
    const { out, code } = await program.runInTerminal([name, '--help'], { columns: 20 })
    expect([code, out.replaceAll('\r\n', '\n')]).toEqual([0, piped.out])
  })

  test('an unknown flag exits with 3, and its name is in the message', async () => {
    const { out, err, code } = await program.run([name, '--unknown-flag'])
    expect([code, out]).toEqual([3, ''])
    expect(err).toContain('--unknown-flag')
  })
})

test('without a command, the program lists them', async () => {
  const { out, code } = await program.run([])
  expect(code).toBe(0)
  for (const name of commandNames) expect(out).toContain(`  ${name} `)
})

test('an unknown command exits with 3, and a similar one is suggested', async () => {
  const { err, code } = await program.run(['explian'])
  expect(code).toBe(3)
  expect(err).toContain('explain')
})

test('--version prints the version', async () => {
  expect(await program.run(['--version'])).toEqual({ code: 0, out: '0.0.0\n', err: '' })
})

describe('standard output', () => {
  test('that is closed early ends the program with 141, not with a success', async () => {
    const child = spawn(process.execPath, [program.file, 'schema'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.stdout.once('data', () => child.stdout.destroy())
    const [code] = (await once(child, 'exit')) as [number]
    expect([code, err]).toEqual([141, ''])
  })

  test('has no colours in a pipe, and has them where FORCE_COLOR asks for them', async () => {
    program.write('clean.yaml', policy.replace("'74205118'", "['1', '2']"))
    const { out } = await program.run(['diff', 'policy.yaml', 'clean.yaml'])
    expect(out).not.toContain('\u001b')
    const forced = await program.run(['diff', 'policy.yaml', 'clean.yaml'], {
      env: { FORCE_COLOR: '1', NO_COLOR: '1' },
    })
    expect(forced.out).toContain('\u001b[33m')
  })
})

describe('standard input', () => {
  test('that never ends is mentioned after a second', async () => {
    const child = spawn(process.execPath, [program.file, 'explain'], { cwd: program.folder })
    const [chunk] = (await once(child.stderr, 'data')) as [Buffer]
    expect(chunk.toString()).toBe(
      'Still waiting for the token or its claims on standard input, after 1 s without its end.\n',
    )
    const exit = once(child, 'exit')
    child.kill()
    await exit
  })

  test('that is endless is refused once it is too long', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(65_536, 'y')
    }
    const { code, err } = await runInProcess(['explain'], { cwd: program.folder, stdin: endless() })
    expect([code, err]).toEqual([3, 'jobpass: standard input: is longer than 262,144 bytes\n'])
  })

  test.each([
    ['explain', ['explain']],
    ['verify', ['verify', '--audience', 'https://api.acme.dev']],
    ['lint', ['lint', '-']],
    ['test', ['test', '-']],
  ])('of 10 MB is refused by %s', async (_, args) => {
    const { code, err } = await program.run(args, { input: Buffer.alloc(10_000_000, 'a') })
    expect(code).toBe(3)
    expect(err).toMatch(/^jobpass: standard input: is longer than [\d,]+ bytes\n$/)
  })

  test('that is not text is refused', async () => {
    const { code, err } = await program.run(['explain'], { input: Buffer.from([0xff, 0xfe, 0x41]) })
    expect([code, err]).toEqual([3, 'jobpass: standard input: is not UTF-8 text\n'])
  })

  test.skipIf(!hasTerminals)('from a terminal is asked for', async () => {
    const { out } = await program.runInTerminal(['explain'], { input: 'null\n\u0004' })
    expect(out).toContain('Reading the token or its claims from the terminal: paste it, then press Ctrl-D.')
    expect(out).toContain(' 401 token_malformed: The token is not a well-formed signed JWT.')
  })
})

describe('a file', () => {
  test.each([
    ['that is not there', ['lint', 'gone.yaml'], 'gone.yaml: there is no such file'],
    ['that is a folder', ['lint', 'folder.yaml'], 'folder.yaml: is a folder, not a file'],
    ['of 10 MB', ['lint', 'large.yaml'], 'large.yaml: is longer than 1,048,576 bytes'],
    ['of another kind', ['lint', 'policy.txt'], 'policy.txt: a policy is a .yaml, .yml or .json file'],
  ])('%s exits with 3', async (_, args, message) => {
    program.write('folder.yaml/x', '')
    program.write('large.yaml', '#'.repeat(10_000_000))
    program.write('policy.txt', policy)
    const { out, err, code } = await program.run(args)
    expect([code, out, err]).toEqual([3, '', `jobpass: ${message}\n`])
  })
})

test('no argument takes a token, and no message shows one', async () => {
  const issuer = await createTestIssuer(githubActions)
  const token = await issuer.mint({ aud: 'https://api.acme.dev' })
  const [, , signature = ''] = token.split('.')
  for (const args of [['explain'], ['explain', '--json'], ['verify', '--audience', 'https://api.acme.dev']]) {
    const { out, err } = await program.run(args, { input: token, env: { https_proxy: 'http://127.0.0.1:9' } })
    expect(`${out}${err}`).not.toContain(signature)
  }
  const { err, code } = await program.run(['explain', token])
  expect(code).toBe(3)
  expect(err).not.toContain(signature)
})
