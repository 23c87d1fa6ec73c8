// Policies in files: watchPolicy() reads now or throws, follows without blocking, and never puts
// half a policy in force.

import {
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  mkdirSync,
  truncateSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { githubActions, gitlab } from '@jobpass/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { manualClock } from '@jobpass/testing/internal'
import type { WatchedPolicy, WatchOptions } from './file.ts'
import { watchPolicy } from './file.ts'
import { PolicyError } from './fault.ts'

const providers = [githubActions, gitlab] as const
/** Ends with the document end marker, so that it may be written in place. */
const document = (branch: string, ...names: string[]): string =>
  `rules:\n${['deploy', ...names].map((name) => `  ${name}: { provider: gitlab, ownerId: "1", branch: ${branch} }\n`).join('')}...\n`

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobpass-policy-'))
  file = join(folder, 'policy.yaml')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

interface Watching {
  readonly policy: WatchedPolicy<unknown>
  readonly errors: string[]
  readonly reloads: string[]
  /** Runs this many polls of the file. */
  look(times: number): void
  readonly branch: string
  readonly pending: number
}

function watch(options: Partial<WatchOptions> = {}): Watching {
  const clock = manualClock()
  const errors: string[] = []
  const reloads: string[] = []
  const policy = watchPolicy(file, {
    providers,
    clock,
    onError: (error) => void errors.push(error.message.replaceAll(folder, '')),
    onReload: ({ fingerprint }) => void reloads.push(fingerprint),
    ...options,
  })
  return {
    policy,
    errors,
    reloads,
    look: (times) => Array.from({ length: times }).forEach(() => clock.advance(1)),
    get branch() {
      return (JSON.parse(JSON.stringify(policy.entries['deploy']?.[0])) as { branch: string }).branch
    },
    get pending() {
      return clock.pending
    },
  }
}

describe('watchPolicy() at start', () => {
  test.each([
    ['policy.json', '{"rules":{"deploy":{"provider":"gitlab","ownerId":"1"}}}'],
    ['policy.yaml', document('main')],
    ['policy.yml', document('main')],
    ['POLICY.YAML', document('main')],
  ])('watchPolicy() reads %s', (name, text) => {
    file = join(folder, name)
    writeFileSync(file, text)
    expect(watch().policy.names).toEqual(['deploy'])
  })

  test('takes a file URL and a relative path', () => {
    writeFileSync(file, document('main'))
    for (const path of [pathToFileURL(file), relative(process.cwd(), file)]) {
      const policy = watchPolicy(path, { providers })
      policy.close()
      expect(policy.names).toEqual(['deploy'])
    }
  })

  test.each<readonly [string, () => void, string]>([
    [
      'missing, which never means that every job may call',
      () => {},
      'policy.yaml: is missing, which never means that every job may call',
    ],
    ['empty', () => writeFileSync(file, ''), 'policy.yaml:1:1: is empty'],
    ['a folder', () => mkdirSync(file), 'policy.yaml: is not a file'],
    ['no UTF-8', () => writeFileSync(file, Buffer.from([0x72, 0xff])), 'policy.yaml: is not valid UTF-8'],
    ['too long', () => writeFileSync(file, `#${'x'.repeat(65_536)}`), 'policy.yaml: is longer than 65536 bytes'],
    ['a link to nothing', () => symlinkSync(join(folder, 'x'), file), 'policy.yaml: is missing, which never means'],
    ['wrong', () => writeFileSync(file, document('[]')), 'policy.yaml:2:53 rules.deploy.branch: is an empty list'],
  ])('watchPolicy() throws a PolicyError for a bad file: %s', (_, make, message) => {
    make()
    expect(() => watch()).toThrow(PolicyError)
    expect(() => watch()).toThrow(`${join(folder)}/${message}`)
  })

  test('reads .json files as strict JSON', () => {
    file = join(folder, 'policy.json')
    writeFileSync(file, document('main'))
    expect(() => watch()).toThrow('policy.json:1:1: is not JSON from here on')
  })

  test.each<readonly [string, unknown, Record<string, unknown>, string]>([
    ['another language', 'policy.toml', {}, 'watchPolicy() takes a .yaml, .yml or .json file, not "policy.toml"'],
    ['no path', 1, {}, 'watchPolicy() takes a .yaml, .yml or .json file, not 1'],
    [
      'too short an interval',
      'policy.yaml',
      { interval: 0 },
      'interval must be a number of seconds from 0.1 to 3600, not 0',
    ],
    ['an invalid hook', 'policy.yaml', { onError: 'log' }, 'onError must be a function, not "log"'],
    ['an invalid clock', 'policy.yaml', { clock: {} }, 'clock.after must be a function, not undefined'],
    ['an unknown option', 'policy.yaml', { onChange: () => {} }, "watchPolicy() has no 'onChange'"],
  ])('watchPolicy() throws a TypeError for %s', (_, path, options, message) => {
    const call = watchPolicy as (path: unknown, options: unknown) => unknown
    expect(() => call(path, { providers, ...options })).toThrow(message)
    expect(() => call(path, { providers, ...options })).toThrow(TypeError)
  })
})

describe('reload()', () => {
  test('reload() puts a new version in force for existing handles', () => {
    writeFileSync(file, document('main'))
    const watching = watch()
    const handle = watching.policy.rules('deploy')
    const before = watching.policy.fingerprint
    writeFileSync(file, document('next', 'read'))
    expect(watching.policy.reload()).toBe(true)
    expect(watching.policy.names).toEqual(['deploy', 'read'])
    expect(watching.branch).toBe('next')
    expect(watching.policy.fingerprint).not.toBe(before)
    expect(watching.reloads).toEqual([watching.policy.fingerprint])
    expect(watching.errors).toEqual([])
    expect(handle).toEqual({ effect: 'set', name: 'deploy' })
  })

  test.each<readonly [string, () => void, RegExp]>([
    ['missing', () => unlinkSync(file), /policy\.yaml: is missing, which never means/],
    ['empty', () => truncateSync(file), /policy\.yaml:1:1: is empty$/],
    ['broken', () => writeFileSync(file, 'rules: {'), /policy\.yaml:\d:\d+: is not YAML/],
    [
      'wrong',
      () => writeFileSync(file, document('"**a"', 'read').replace('"1"', '1')),
      /2:40 rules\.deploy\.ownerId: is the number 1/,
    ],
    [
      'without a set that a route uses',
      () => writeFileSync(file, document('next').replace('deploy', 'deploi')),
      /policy\.yaml rules: lacks "deploy", which a route uses: the last version stays$/,
    ],
  ])('lesson L5: keeps the last good version when the file is %s', (_, spoil, message) => {
    writeFileSync(file, document('main'))
    const watching = watch()
    watching.policy.rules('deploy')
    const { fingerprint } = watching.policy
    spoil()
    expect(watching.policy.reload()).toBe(false)
    expect([watching.policy.fingerprint, watching.branch]).toEqual([fingerprint, 'main'])
    expect(watching.errors).toEqual([expect.stringMatching(message)])
    writeFileSync(file, document('next'))
    expect(watching.policy.reload()).toBe(true)
    expect(watching.branch).toBe('next')
  })

  test('reload() accepts a version without a set that no route uses', () => {
    writeFileSync(file, document('main', 'read'))
    const watching = watch()
    watching.policy.rules('deploy')
    expect(() => watching.policy.rules('deploi')).toThrow("The policy has no rules 'deploi'. It has: deploy, read")
    writeFileSync(file, document('main'))
    expect(watching.policy.reload()).toBe(true)
    expect(() => watching.policy.rules('read')).toThrow("The policy has no rules 'read'. It has: deploy")
  })

  test('reload() works after close(), which only ends the watch', () => {
    writeFileSync(file, document('main'))
    const watching = watch()
    watching.policy.close()
    watching.policy.close()
    writeFileSync(file, document('next'))
    watching.look(3)
    expect([watching.branch, watching.pending]).toEqual(['main', 0])
    expect(watching.policy.reload()).toBe(true)
    expect(watching.branch).toBe('next')
  })
})

describe('the watch', () => {
  test('the watch uses a change once two polls agree on it', () => {
    writeFileSync(file, document('main'))
    const watching = watch()
    watching.look(3)
    writeFileSync(file, document('next'))
    watching.look(1)
    expect(watching.branch).toBe('main')
    watching.look(1)
    expect(watching.branch).toBe('next')
    watching.look(3)
    expect(watching.reloads).toHaveLength(1)
  })

  test('the watch notices a change between start and the first poll', () => {
    writeFileSync(file, document('main'))
    const watching = watch()
    writeFileSync(file, document('next'))
    watching.look(2)
    expect(watching.branch).toBe('next')
  })

  test('the watch never uses a file that is still being written: a rule truncated before its conditions is wider', () => {
    const whole = 'rules:\n  deploy:\n    provider: gitlab\n    ownerId: "1"\n    branch: next\n...\n'
    writeFileSync(file, document('main'))
    const watching = watch()
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(file, whole.slice(0, length))
      watching.look(1)
      expect(watching.branch).toBe('main')
    }
    writeFileSync(file, whole)
    watching.look(2)
    expect([watching.branch, watching.errors, watching.reloads.length]).toEqual(['next', [], 1])
  })

  test.each<readonly [string, (text: string) => void]>([
    ['truncate and write', (text) => (truncateSync(file), writeFileSync(file, text))],
    ['rename over', (text) => (writeFileSync(`${file}~`, text), renameSync(`${file}~`, file))],
    ['move away and write again', (text) => (renameSync(file, `${file}.bak`), writeFileSync(file, text))],
    ['delete and write again', (text) => (unlinkSync(file), writeFileSync(file, text))],
    [
      'switch a link to a folder',
      (text) => {
        const version = mkdtempSync(join(folder, 'version-'))
        writeFileSync(join(version, 'policy.yaml'), text)
        rmSync(file)
        symlinkSync(join(version, 'policy.yaml'), `${file}.new`)
        renameSync(`${file}.new`, file)
      },
    ],
  ])('the watch handles the ways in which editors write: %s, repeatedly', (_, write) => {
    writeFileSync(file, document('main'))
    const watching = watch()
    for (const branch of ['one', 'two', 'three']) {
      write(document(branch))
      watching.look(2)
      expect(watching.branch).toBe(branch)
    }
    expect([watching.errors, watching.reloads.length]).toEqual([[], 3])
  })

  test('the watch survives a missing file, and reports it once', () => {
    writeFileSync(file, document('main'))
    const watching = watch()
    unlinkSync(file)
    watching.look(10)
    expect(watching.errors).toEqual(['/policy.yaml: is missing, which never means that every job may call'])
    expect(watching.branch).toBe('main')
    writeFileSync(file, document('next'))
    watching.look(2)
    expect([watching.branch, watching.errors.length]).toEqual(['next', 1])
  })

  test('the watch reports an invalid version once, and uses the next valid one', () => {
    writeFileSync(file, document('main'))
    const watching = watch()
    writeFileSync(file, document('[]'))
    watching.look(10)
    expect(watching.errors).toHaveLength(1)
    writeFileSync(file, document('next'))
    watching.look(2)
    expect([watching.branch, watching.errors.length]).toEqual(['next', 1])
  })

  test('the watch notices a change of the same length within the same second', () => {
    writeFileSync(file, document('aaaa'))
    utimesSync(file, 1_795_166_150, 1_795_166_150)
    const watching = watch()
    writeFileSync(file, document('bbbb'))
    utimesSync(file, 1_795_166_150, 1_795_166_150)
    watching.look(2)
    expect(watching.branch).toBe('bbbb')
  })

  test('the watch continues when a hook throws or rejects, and reports the error', async () => {
    writeFileSync(file, document('main'))
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const fail = (): never => {
      throw new Error('the hook broke')
    }
    const watching = watch({ onReload: fail, onError: async () => fail() })
    writeFileSync(file, document('next'))
    watching.look(2)
    expect(watching.branch).toBe('next')
    writeFileSync(file, '')
    watching.look(2)
    await Promise.resolve()
    writeFileSync(file, document('last'))
    watching.look(2)
    expect(watching.branch).toBe('last')
    expect(emitted.mock.calls).toEqual(Array.from({ length: 3 }, () => ['the hook broke', 'JobpassWarning']))
    emitted.mockRestore()
  })

  test('the watch emits a process warning if there is no onError', () => {
    writeFileSync(file, document('main'))
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const policy = watchPolicy(file, { providers })
    unlinkSync(file)
    expect(policy.reload()).toBe(false)
    policy.close()
    expect(emitted.mock.calls).toEqual([
      [`${file}: is missing, which never means that every job may call`, 'JobpassWarning'],
    ])
    emitted.mockRestore()
  })

  test('the watch can be closed from within a hook', () => {
    writeFileSync(file, document('main'))
    const watching: Watching = watch({ onReload: () => watching.policy.close() })
    writeFileSync(file, document('next'))
    watching.look(2)
    expect([watching.branch, watching.pending]).toEqual(['next', 0])
  })

  test('the watch uses a timer that does not keep the process alive', () => {
    writeFileSync(file, document('main'))
    const unref = vi.fn()
    const timeout = vi.spyOn(globalThis, 'setTimeout').mockReturnValue({ unref } as unknown as NodeJS.Timeout)
    watchPolicy(file, { providers, interval: 2 }).close()
    expect(timeout.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([2000])
    expect(unref).toHaveBeenCalledOnce()
    timeout.mockRestore()
  })
})
