// `jobpass completions` and `jobpass schema` as a program. The scripts run in their shells.

import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lacks } from '../snippets/programs.ts'
import type { Program } from './program.ts'
import { bundleProgram, hasTerminals } from './program.ts'

let program: Program
/** A folder with `jobpass`, for `PATH`. */
let bin: string

beforeAll(async () => {
  program = await bundleProgram()
  const file = program.write('bin/jobpass', `#!/bin/sh\nexec '${process.execPath}' '${program.file}' "$@"\n`)
  chmodSync(file, 0o755)
  bin = dirname(file)
})
afterAll(() => program.remove())

const proposed = async (...words: readonly string[]): Promise<readonly string[]> => {
  const { out, err, code } = await program.run(['completions', 'propose', '--', ...words])
  expect([code, err]).toEqual([0, ''])
  return out.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t', 1)[0] ?? '']))
}

test.each([
  ['a command', ['who'], ['whoami']],
  ['no hidden command', ['completions', ''], ['bash', 'zsh', 'fish']],
  ['a flag', ['token', '--ex'], ['--exchange']],
  ['a flag of several words', ['token', '--insecure'], ['--insecure-loopback']],
  ['a platform', ['dev', 'git'], ['github-actions', 'gitlab']],
  ['the value of a flag', ['init', '--framework', ''], ['express', 'koa', 'hono']],
  ['how an identity is passed on', ['serve', '--identity', ''], ['headers', 'jwt']],
  ['nothing for an unknown command', ['nothing', ''], []],
] as const)('proposes %s', async (_, words, expected) => {
  const found = await proposed(...words)
  expect(new Set(found)).toEqual(new Set(expected))
})

test('proposes all commands for an empty word', async () => {
  expect(await proposed('')).toEqual(
    expect.arrayContaining(['completions', 'dev', 'doctor', 'explain', 'init', 'schema']),
  )
})

describe('the scripts', () => {
  /** The script of a shell, with lines that use it. */
  const run = async (shell: string, args: readonly string[], use: string): Promise<string> => {
    const { out } = await program.run(['completions', shell])
    const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: program.folder, TERM: 'dumb' }
    const { stdout, stderr } = spawnSync(shell, [...args, '-c', `${out}\n${use}`], { env, encoding: 'utf8' })
    expect(stderr).toBe('')
    return stdout
  }

  test.skipIf(lacks('bash'))('bash completes a word', async () => {
    const use = 'COMP_WORDS=(jobpass token --a); COMP_CWORD=2; _jobpass; printf "%s\\n" "${COMPREPLY[@]}"'
    expect(await run('bash', [], use)).toBe('--audience\n')
    expect(await run('bash', [], 'complete -p jobpass')).toBe('complete -o default -F _jobpass jobpass\n')
  })

  test.skipIf(lacks('zsh'))('zsh completes a word, with what it means', async () => {
    // Outside of its line editor, the functions of zsh are replaced.
    const before = 'compdef() { : }\n_describe() { print -rl -- $words_found }\n_files() { print files }\n'
    const { out } = await program.run(['completions', 'zsh'])
    const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: program.folder }
    const complete = (words: string): string =>
      spawnSync('zsh', ['-f', '-c', `${before}${out}\nwords=(jobpass ${words}); CURRENT=$#words; _jobpass`], {
        env,
        encoding: 'utf8',
      }).stdout
    expect(complete('token --s')).toMatch(/^--scope:The scopes of the service token, .*\n$/)
    expect(complete("nothing ''")).toBe('files\n')
  })

  test.skipIf(lacks('fish'))('fish completes a word, with what it means', async () => {
    const found = await run('fish', ['--no-config'], "complete --do-complete 'jobpass token --s'")
    expect(found).toMatch(/^--scope\tThe scopes of the service token, .*\n$/)
  })
})

test('prints the schema of policies, which is a schema', async () => {
  const { out, err, code } = await program.run(['schema'])
  expect([code, err]).toEqual([0, ''])
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(out) as object)
  expect(validate({ rules: { deploy: { provider: 'gitlab', ownerId: '99' } } })).toBe(true)
  expect(validate({ rules: { deploy: { provider: 'gitlab', ownerId: 99 } } })).toBe(false)
})

test.each(['dev-token', 'doctor', 'serve', 'token', 'whoami'])(
  'prints the schema of %s, and it is strict',
  async (name) => {
    const { out, code } = await program.run(['schema', name])
    expect(code).toBe(0)
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(out) as object)
    expect(validate({ something: 'else' })).toBe(false)
  },
)

test.each(['nothing', 'constructor'])('there is no schema of %s, and the known ones are named', async (name) => {
  const { out, err, code } = await program.run(['schema', name])
  expect([code, out]).toEqual([3, ''])
  expect(err).toContain(`jobpass: there is no schema of ${name}; known: `)
})

test.skipIf(!hasTerminals)('a terminal of 20 columns shows schema and script as a pipe gets them', async () => {
  for (const args of [
    ['schema', 'token'],
    ['completions', 'bash'],
  ]) {
    const piped = await program.run(args)
    const shown = await program.runInTerminal(args, { columns: 20 })
    expect([shown.code, shown.out.replaceAll('\r\n', '\n')]).toEqual([0, piped.out])
  }
})
