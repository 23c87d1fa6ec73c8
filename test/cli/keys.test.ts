// `jobpass keys`: a key set is made, rotated and withdrawn, in a file or between pipes.

import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { createVerifier, githubActions, memoryReplayStore } from '@jobpass/core'
import { createExchange } from '@jobpass/exchange'
import { importJWK } from 'jose'
import type { JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runInProcess } from './in-process.ts'
import type { Program, Run } from './program.ts'
import { bundleProgram } from './program.ts'
import { matchesSchema } from './schemas.ts'

interface KeySet {
  readonly keys: readonly { readonly privateKey: JWK & { readonly kid: string }; readonly from: number }[]
  readonly nonceSecrets?: readonly string[]
}

let program: Program
let count = 0
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(() => program.remove())

const [hour, day] = [3600, 86_400]
const start = 1_800_000_000
const parse = (text: string): KeySet => JSON.parse(text) as KeySet
const read = (file: string): KeySet => parse(readFileSync(file, 'utf8'))
const kids = ({ keys }: KeySet): readonly string[] => keys.map(({ privateKey }) => privateKey.kid)

/** Runs a command in this process, at a time. */
async function keys(args: readonly string[], at = start, stdin = ''): Promise<Run> {
  async function* input(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(stdin)
  }
  return runInProcess(['keys', ...args], { cwd: program.folder, now: () => at * 1000, stdin: input() })
}

/** A new key set in a file of its own. */
async function newFile(...flags: readonly string[]): Promise<string> {
  const file = join(program.folder, `keys-${count++}.json`)
  expect((await keys(['new', file, ...flags])).code).toBe(0)
  return file
}

/** The key ids that an exchange publishes with such a key set. */
async function published(keySet: () => string): Promise<readonly string[]> {
  const issuer = 'https://auth.acme.dev'
  const rule = githubActions({ ownerId: '1234567' })
  const verifier = createVerifier({
    audience: issuer,
    trust: rule,
    replay: { store: memoryReplayStore() },
    clock: { now: () => start * 1000, after: () => () => {} },
    onWarning: () => {},
  })
  const exchange = await createExchange({
    issuer,
    verifier,
    grants: [{ name: 'publish', rule, scopes: ['publish'], audience: 'https://api.acme.dev' }],
    singleProcess: true,
    keys: keySet,
    nonceSecret: keySet,
  })
  const document = (await (await exchange.fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] }
  return document.keys.map(({ kid }) => kid)
}

describe('new', () => {
  test('writes a key set that an exchange reads, and that only its owner can read', async () => {
    const file = join(program.folder, 'fresh.json')
    const { out, err, code } = await program.run(['keys', 'new', 'fresh.json'])
    const [kid = ''] = kids(read(file))
    expect([out, err, code]).toEqual([`${kid} (ES256) signs now\n`, '', 0])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(await published(() => readFileSync(file, 'utf8'))).toEqual([kid])
    expect(read(file).nonceSecrets?.map((each) => Buffer.from(each, 'base64url').length)).toEqual([32, 32])
  })

  test('leaves a file that exists as it is', async () => {
    const file = await newFile()
    const before = readFileSync(file, 'utf8')
    const { err, code } = await keys(['new', file])
    expect([code, readFileSync(file, 'utf8')]).toEqual([3, before])
    expect(err).toContain('exists, and stays as it is; `jobpass keys rotate` adds a key to it')
  })

  test.each(['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'PS256'])('makes a key for %s', async (algorithm) => {
    const file = await newFile('--algorithm', algorithm)
    const [key] = read(file).keys
    expect(key?.privateKey.alg).toBe(algorithm)
    await importJWK(key?.privateKey ?? {}, algorithm)
    expect(await published(() => readFileSync(file, 'utf8'))).toHaveLength(1)
  })

  test('writes to standard output with -, and its report to standard error', async () => {
    const { out, err, code } = await program.run(['keys', 'new', '-'])
    expect(code).toBe(0)
    expect(err).toBe(`${kids(parse(out))[0]} (ES256) signs now\n`)
  })

  test('makes no key id that a shell would pass as a flag', async () => {
    const made = await Promise.all(Array.from({ length: 100 }, () => keys(['new', '-'])))
    expect(made.filter(({ out }) => kids(parse(out))[0]?.startsWith('-'))).toEqual([])
  })
})

describe('rotate', () => {
  test('adds a key that signs in an hour, and keeps the present one', async () => {
    const file = await newFile()
    const [first = ''] = kids(read(file))
    const { out, code } = await keys(['rotate', file])
    const [, second = ''] = kids(read(file))
    expect([out, code]).toEqual([`${first} (ES256) signs now\n${second} (ES256) signs from 2027-01-15T09:00:00Z\n`, 0])
    expect(read(file).keys.map(({ from }) => from)).toEqual([0, start + hour])
    expect(await published(() => readFileSync(file, 'utf8'))).toEqual([first, second])
  })

  test.each([
    ['17m', 1020],
    ['1020s', 1020],
    ['2h', 2 * hour],
    ['7d', 7 * day],
  ])('--in %s starts the next key after %i s', async (flag, seconds) => {
    const file = await newFile()
    await keys(['rotate', file, '--in', flag])
    expect(read(file).keys[1]?.from).toBe(start + seconds)
  })

  test.each(['16m', '1019s', '367d', '1w', '60', ''])('--in %j is refused', async (flag) => {
    const file = await newFile()
    const { err, code } = await program.run(['keys', 'rotate', file, '--in', flag])
    expect(code).toBe(3)
    expect(err).toContain('takes a time from 17m')
    expect(read(file).keys).toHaveLength(1)
  })

  test('is refused while a rotation is under way', async () => {
    const file = await newFile()
    await keys(['rotate', file])
    const before = readFileSync(file, 'utf8')
    const { err, code } = await keys(['rotate', file], start + hour - 1)
    expect([code, readFileSync(file, 'utf8')]).toEqual([1, before])
    expect(err).toContain('a rotation is under way')
    expect((await keys(['rotate', file], start + hour)).code).toBe(0)
  })

  test('drops a key once the longest-lived of its tokens has expired', async () => {
    const file = await newFile()
    const [first = ''] = kids(read(file))
    await keys(['rotate', file])
    const text = readFileSync(file, 'utf8')
    await keys(['rotate', file], start + hour + day + 119)
    expect(kids(read(file))).toContain(first)
    writeFileSync(file, text)
    const { out } = await keys(['rotate', file], start + hour + day + 120)
    expect(kids(read(file))).toEqual([kids(parse(text))[1], expect.any(String)])
    expect(out).toContain(`${first} is removed\n`)
  })

  test('lets the nonce secret that every process knows make nonces, and keeps the one before', async () => {
    const file = await newFile()
    const [a, b] = read(file).nonceSecrets ?? []
    await keys(['rotate', file])
    const [first, c, third] = read(file).nonceSecrets ?? []
    expect([first, third]).toEqual([b, a])
    await keys(['rotate', file], start + 2 * hour)
    expect(read(file).nonceSecrets).toEqual([c, expect.any(String), b])
  })

  test('adds a nonce secret to a single one without using it, and none to a set without any', async () => {
    const file = await newFile()
    const { keys: own, nonceSecrets = [] } = read(file)
    const one = JSON.stringify({ keys: own, nonceSecrets: nonceSecrets.slice(0, 1) })
    expect(parse((await keys(['rotate', '-'], start, one)).out).nonceSecrets).toEqual([
      nonceSecrets[0],
      expect.any(String),
    ])
    expect(parse((await keys(['rotate', '-'], start, JSON.stringify({ keys: own }))).out).nonceSecrets).toBe(undefined)
  })

  test('uses the algorithm of the present key, unless a flag names another', async () => {
    const file = await newFile('--algorithm', 'EdDSA')
    await keys(['rotate', file])
    await keys(['rotate', file, '--algorithm', 'ES384'], start + hour)
    expect(read(file).keys.map(({ privateKey }) => privateKey.alg)).toEqual(['EdDSA', 'EdDSA', 'ES384'])
  })

  test('reads standard input and writes standard output with -', async () => {
    const { out: before } = await program.run(['keys', 'new', '-'])
    const { out, err, code } = await program.run(['keys', 'rotate', '-'], { input: before })
    expect([code, kids(parse(out))[0]]).toEqual([0, kids(parse(before))[0]])
    expect(err).toContain(`${kids(parse(out))[1]} (ES256) signs from `)
  })
})

describe('retire', () => {
  const consequences = [
    'Tokens of the keys before are refused within 16 minutes',
    'The new key may be new to verifiers',
    'A process that cannot read the new keys goes on with those before: restart it.',
  ]

  test.each([
    ['while the first key signs', start],
    ['while the next key waits', start + 60],
    ['after the next key has started', start + 2 * hour],
    ['after the tokens of the first key have expired', start + 3 * day],
  ])('%s, leaves nothing in force that a thief of the document has read', async (_, at) => {
    const file = await newFile()
    if (at > start) await keys(['rotate', file])
    const stolen = read(file)
    const secrets = ({ keys: own, nonceSecrets = [] }: KeySet) => [
      ...own.map(({ privateKey }) => privateKey.d),
      ...nonceSecrets,
    ]
    const { out, code } = await keys(['retire', file], at)
    const after = read(file)
    expect(secrets(after).filter((each) => secrets(stolen).includes(each))).toEqual([])
    expect([code, after.keys.map(({ from }) => from), after.nonceSecrets?.length]).toEqual([0, [at], 2])
    const lines = [`${kids(after)[0]} (ES256) signs now`, ...kids(stolen).map((kid) => `${kid} is removed`)]
    expect(out.split('\n').slice(0, lines.length)).toEqual(lines)
    for (const each of consequences) expect(out).toContain(each)
    expect((await keys(['rotate', file], at)).code).toBe(0)
  })

  test('keeps the algorithm, and adds no nonce secrets to a set without any', async () => {
    const file = await newFile('--algorithm', 'EdDSA')
    const { keys: own } = read(file)
    const after = parse((await keys(['retire', '-'], start, JSON.stringify({ keys: own }))).out)
    expect([after.keys.map(({ privateKey }) => privateKey.alg), after.nonceSecrets]).toEqual([['EdDSA'], undefined])
  })

  test('takes no id of a key, since one key is never stolen alone', async () => {
    const file = await newFile()
    const before = readFileSync(file, 'utf8')
    const { err, code } = await program.run(['keys', 'retire', file, kids(read(file))[0] ?? ''])
    expect([code, readFileSync(file, 'utf8')]).toEqual([3, before])
    expect(err).toContain('too many arguments: it takes 1')
  })
})

describe('the report', () => {
  test('--json follows the schema and has nothing secret', async () => {
    const file = await newFile()
    const runs = [
      await keys(['rotate', file, '--json']),
      await keys(['retire', file, '--json'], start + 2 * hour),
      await keys(['new', join(program.folder, 'json.json'), '--json']),
    ]
    for (const { out } of runs) await matchesSchema(program, 'keys', JSON.parse(out))
    const { d = '' } = read(file).keys[0]?.privateKey ?? {}
    expect([d.length, runs.some(({ out, err }) => `${out}${err}`.includes(d))]).toEqual([43, false])
    expect(JSON.parse(runs[1]?.out ?? '')).toEqual({
      file,
      keys: [{ kid: kids(read(file))[0], algorithm: 'ES256', from: start + 2 * hour, state: 'signs' }],
      added: kids(read(file)),
      removed: [expect.any(String), expect.any(String)],
    })
  })

  test('--json with - is refused, since both are standard output', async () => {
    const { err, code } = await keys(['new', '-', '--json'])
    expect([code, err]).toEqual([3, 'jobpass: --json and - both write to standard output: name a file\n'])
  })

  const secret = 'hunter2'
  test.each<[string, string]>([
    ['no JSON', `{"keys":[{"privateKey":{"d":"${secret}"`],
    ['a list', `["${secret}"]`],
    ['no keys', `{"nonceSecrets":["${secret}"]}`],
    ['an empty list', '{"keys":[]}'],
    ['another member', `{"keys":[],"secret":"${secret}"}`],
    ['a key without an id', `{"keys":[{"privateKey":{"kty":"EC","alg":"ES256","d":"${secret}"},"from":0}]}`],
    ['a key as PEM', `{"keys":[{"privateKey":"${secret}","from":0}]}`],
    ['a key without a date', `{"keys":[{"privateKey":{"kty":"EC","alg":"ES256","kid":"a","d":"${secret}"}}]}`],
    [
      'nonce secrets of another kind',
      `{"keys":[{"privateKey":{"kty":"EC","alg":"E","kid":"a"},"from":0}],"nonceSecrets":"${secret}"}`,
    ],
    [
      'two keys with one id',
      `{"keys":[${[0, 1].map((from) => `{"privateKey":{"kty":"EC","alg":"ES256","kid":"a","d":"${secret}"},"from":${from}}`).join()}]}`,
    ],
  ])('of a document with %s quotes nothing of it', async (_, text) => {
    const { out, err, code } = await keys(['rotate', '-'], start, text)
    expect([code, out, err.includes(secret)]).toEqual([3, '', false])
    expect(err).toContain('so it is no key set as `jobpass keys new` writes it')
  })
})

describe('the file', () => {
  const isRoot = process.getuid?.() === 0
  const leftovers = (file: string): readonly string[] =>
    readdirSync(dirname(file)).filter((name) => name.endsWith('.next'))

  test('keeps its mode, and is replaced whole', async () => {
    const file = await newFile()
    chmodSync(file, 0o640)
    const { ino } = statSync(file)
    await keys(['rotate', file])
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(statSync(file).ino === ino).toBe(false)
    expect(leftovers(file)).toEqual([])
  })

  test.runIf(isRoot)('keeps its owner, who could not read it otherwise', async () => {
    const file = await newFile()
    chownSync(file, 65_534, 65_534)
    await keys(['rotate', file])
    expect([statSync(file).uid, statSync(file).gid]).toEqual([65_534, 65_534])
  })

  test('behind a symbolic link is replaced, and the link stays', async () => {
    const file = await newFile()
    const folder = join(program.folder, 'linked')
    mkdirSync(folder)
    symlinkSync(file, join(folder, 'keys.json'))
    await keys(['rotate', join(folder, 'keys.json')])
    expect([read(file).keys.length, readdirSync(folder)]).toEqual([2, ['keys.json']])
  })

  test('that another command is changing is refused', async () => {
    const file = await newFile()
    const lock = join(dirname(file), `.${file.split('/').at(-1)}.next`)
    writeFileSync(lock, '')
    const { err, code } = await keys(['rotate', file])
    expect([code, read(file).keys.length]).toEqual([1, 1])
    expect(err).toContain(`another command is changing it; if no command runs, remove ${lock}`)
    execFileSync('rm', [lock])
  })

  test('of two commands at once, at most one changes it, and the other one says so', async () => {
    for (let round = 0; round < 5; round++) {
      const file = await newFile()
      const runs = await Promise.all(
        [1, 2, 3, 4].map(() => program.run(['keys', 'rotate', file], { env: { NO_COLOR: '1' } })),
      )
      expect(runs.map(({ code }) => String(code)).toSorted()).toEqual(['0', '1', '1', '1'])
      expect([read(file).keys.length, leftovers(file)]).toEqual([2, []])
    }
  })

  test('that is read all the time while it is rotated is never half-written', async () => {
    const file = await newFile()
    const reader = spawn(process.execPath, [
      '-e',
      `const { readFileSync } = require('node:fs')
       let reads = 0
       process.on('SIGTERM', () => { console.log(reads); process.exit(0) })
       const read = () => { JSON.parse(readFileSync(process.argv[1], 'utf8')); reads++; setImmediate(read) }
       read()`,
      file,
    ])
    const said: string[] = []
    reader.stdout.on('data', (chunk: Buffer) => said.push(String(chunk)))
    for (let turn = 0; turn < 40; turn++) await keys(['rotate', file], start + turn * hour)
    const ended = new Promise((resolve) => reader.once('exit', resolve))
    reader.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(Number(said.join('')) > 40).toBe(true)
  })

  test.each([
    ['that is missing', 'nothing.json', 'there is no such file'],
    ['that is a folder', '.', 'is a folder, not a file'],
  ])('%s exits with 3', async (_, file, message) => {
    const { err, code } = await keys(['rotate', file])
    expect([code, err]).toEqual([3, `jobpass: ${file}: ${message}\n`])
  })

  test('in a folder that is missing is not made', async () => {
    const { err, code } = await keys(['new', 'nowhere/keys.json'])
    expect([code, err]).toEqual([3, 'jobpass: nowhere/keys.json: cannot be written (ENOENT)\n'])
  })
})
