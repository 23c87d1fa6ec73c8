// What the options are resolved to: defaults, and hooks that cannot do harm.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { githubActions } from '../index.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import { resolveOptions } from './options.ts'
import { systemClock } from '../util/clock.ts'

const trust = githubActions({ ownerId: '1' })
const given = { audience: 'https://api.acme.dev', trust }
const event: VerdictEvent = { layer: 'token', allowed: false, code: 'token_expired' }
const refuses = (options: object, message: string): void =>
  expect(() => resolveOptions({ ...given, ...options })).toThrow(new TypeError(message))

afterEach(() => vi.restoreAllMocks())

describe('options that are left out', () => {
  test('an option that is left out has the documented default', () => {
    expect(resolveOptions(given)).toMatchObject({
      trust,
      deny: undefined,
      audiences: ['https://api.acme.dev'],
      optional: false,
      explain: 'own',
      errors: 'respond',
      realm: 'jobpass',
      header: 'authorization',
      clockTolerance: 30,
      maxTokenAge: Infinity,
      clock: systemClock,
      strict: false,
      cache: { entries: 5000, maxAge: Infinity },
      replay: undefined,
      keySnapshot: undefined,
      observed: false,
    })
  })

  test('the default fetch is the global one at the time of the call, and is called as a plain function', async () => {
    const { fetch: own } = resolveOptions(given)
    const seen: unknown[] = []
    vi.spyOn(globalThis, 'fetch').mockImplementation(async function (this: unknown, ...args) {
      seen.push(this, ...args)
      return Response.json({})
    })
    await own('https://ci.acme.dev/keys', { redirect: 'error' })
    expect(seen).toEqual([undefined, 'https://ci.acme.dev/keys', { redirect: 'error' }])
  })
})

describe('options that are given', () => {
  test('options are kept as given, with the header name in lower case', () => {
    const keySnapshot = { get: async () => undefined, set: async () => {} }
    const options = {
      optional: true,
      explain: 'full',
      errors: 'throw',
      realm: 'deploys of Acme',
      clockTolerance: 0,
      maxTokenAge: 86_400,
      strict: true,
      keySnapshot,
    } as const
    const resolved = resolveOptions({ ...given, ...options, header: 'X-CI-Token', cache: false, onVerdict: () => {} })
    expect(resolved).toMatchObject({ ...options, header: 'x-ci-token', cache: undefined, observed: true })
  })

  test.each([
    [{ header: '-x' }, "header must be the name of one request header, such as 'x-ci-token', not text of 2 characters"],
    [
      { header: 'x_y' },
      "header must be the name of one request header, such as 'x-ci-token', not text of 3 characters",
    ],
    [
      { header: 'COOKIE' },
      "header must be the name of one request header, such as 'x-ci-token', not text of 6 characters",
    ],
    [
      { realm: 'x'.repeat(201) },
      `realm must be 1 to 200 printable ASCII characters without quotes or backslash, not "${'x'.repeat(100)}"`,
    ],
    [{ keySnapshot: {} }, 'keySnapshot.get must be a function, not undefined'],
    [{ keySnapshot: { get: () => undefined } }, 'keySnapshot.set must be a function, not undefined'],
    [{ onKeys: 7 }, 'onKeys must be a function, not 7'],
    [{ clock: {} }, 'clock.now must be a function, not undefined'],
    [{ clock: { now: () => 0 } }, 'clock.after must be a function, not undefined'],
    [{ explain: 'all' }, "explain must be 'none' or 'own' or 'full', not \"all\""],
    [{ strict: 'yes' }, 'strict must be true or false, not "yes"'],
  ])('the options %j are refused by name', (options, message) => {
    refuses(options, message)
  })

  test.each(['x', 'X-9', 'authorization'])('the credential may be read from the header %s', (header) => {
    expect(resolveOptions({ ...given, header }).header).toBe(header.toLowerCase())
  })
})

describe('warnings', () => {
  test('each warning is given once, and a thousand of them at most', () => {
    const seen: string[] = []
    const { warn } = resolveOptions({ ...given, onWarning: (message: string) => void seen.push(message) })
    for (let round = 0; round < 2; round++) for (let index = 0; index < 1001; index++) warn(`warning ${index}`)
    expect(seen).toHaveLength(1000)
    expect([seen[0], seen[999]]).toEqual(['warning 0', 'warning 999'])
  })

  test('warnings go to process.emitWarning by default, and nowhere on runtimes without it', () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    resolveOptions(given).warn('one')
    expect(emit.mock.calls).toEqual([['one', 'JobpassWarning']])
    for (const process of [{}, undefined]) {
      vi.stubGlobal('process', process)
      try {
        expect(() => resolveOptions(given).warn('two')).not.toThrow()
      } finally {
        vi.unstubAllGlobals()
      }
    }
    expect(emit).toHaveBeenCalledTimes(1)
  })

  test('an onWarning hook that throws changes nothing', () => {
    const onWarning = (): never => {
      throw new Error('x')
    }
    expect(() => resolveOptions({ ...given, onWarning }).warn('one')).not.toThrow()
  })
})

describe('hooks', () => {
  test('hooks that are left out do nothing', () => {
    const seen: string[] = []
    const resolved = resolveOptions({ ...given, onWarning: (message: string) => void seen.push(message) })
    expect(resolved.onVerdict(event)).toBeUndefined()
    expect(seen).toEqual([])
  })

  test.each<[string, () => unknown, readonly string[]]>([
    ['answer', () => 'anything', []],
    ['promise', async () => 'anything', []],
    [
      'throw',
      () => {
        throw new Error('secret')
      },
      ['onVerdict threw; nothing changes by that'],
    ],
    ['reject', () => Promise.reject(new Error('secret')), ['onVerdict threw; nothing changes by that']],
  ])('an onVerdict hook may %s', async (_, answer, warnings) => {
    const seen: string[] = []
    const heard: unknown[] = []
    const onVerdict = (received: VerdictEvent): unknown => {
      heard.push(received)
      return answer()
    }
    const resolved = resolveOptions({ ...given, onVerdict, onWarning: (message: string) => void seen.push(message) })
    expect(() => resolved.onVerdict(event)).not.toThrow()
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toEqual([event])
    expect(seen).toEqual(warnings)
  })
})
