import { describe, expect, test } from 'vitest'
import { clockAt, now, publicJwk } from '@jobpass/testing/internal'
import { fetchKeys } from './fetch-jwks.ts'

const issuer = 'https://ci.example'
const discovery = `${issuer}/.well-known/openid-configuration`
const jwks = `${issuer}/jwks`

type Served = Readonly<Record<string, () => unknown>>

/** Compares by name: other servers in this process may have replaced the global class. */
const isResponse = (answer: unknown): answer is Response =>
  Object.prototype.toString.call(answer) === '[object Response]'

/** A `fetch` with given answers, as JSON unless they are a `Response`; and its requests. */
function serving(served: Served): { reach: typeof fetch; asked: [string, RequestInit | undefined][] } {
  const asked: [string, RequestInit | undefined][] = []
  const reach: typeof fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    asked.push([url, init])
    const answer = served[url]?.()
    return isResponse(answer) ? answer : Response.json(answer ?? { unexpected: url })
  }
  return { reach, asked }
}

const transport = (reach: typeof fetch, keyHosts = ['ci.example']): Parameters<typeof fetchKeys>[2] => ({
  fetch: reach,
  clock: clockAt(now),
  keyHosts,
  timeout: 5000,
})

const discovered: Served = { [discovery]: () => ({ issuer, jwks_uri: jwks }) }

/** The keys that follow from an answer for the key set. */
const keysOf = (answer: () => unknown): Promise<readonly unknown[]> =>
  fetchKeys(issuer, {}, transport(serving({ ...discovered, [jwks]: answer }).reach))
/** The keys that follow from an answer for the discovery document. */
const discover = (answer: () => unknown, keyHosts?: string[]): Promise<readonly unknown[]> =>
  fetchKeys(issuer, {}, transport(serving({ [discovery]: answer, [jwks]: () => ({ keys: [1] }) }).reach, keyHosts))

/** A body in these pieces, and whether it was cancelled. */
function streamed(pieces: readonly Uint8Array[], status = 200): { response: Response; cancelled: () => boolean } {
  let cancelled = false
  const rest = [...pieces]
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const piece = rest.shift()
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
    cancel: () => {
      cancelled = true
    },
  })
  return { response: new Response(body, { status, headers: { 'content-type': 'a/b' } }), cancelled: () => cancelled }
}

describe('requests for keys', () => {
  test('the discovery document and its key set are fetched as JSON, without redirects, with an abort signal', async () => {
    const { reach, asked } = serving({ ...discovered, [jwks]: () => ({ keys: [publicJwk] }) })
    expect(await fetchKeys(issuer, {}, transport(reach))).toEqual([publicJwk])
    expect(asked.map(([url]) => url)).toEqual([discovery, jwks])
    for (const [url, init] of asked) {
      expect(init).toEqual({
        headers: {
          accept:
            url === jwks
              ? 'application/jwk-set+json, application/json;q=0.9, */*;q=0.1'
              : 'application/json, */*;q=0.1',
        },
        redirect: 'manual',
        signal: expect.any(AbortSignal) as AbortSignal,
      })
    }
  })

  test('the discovery URL of an issuer with a trailing slash has one slash', async () => {
    const slashed = `${issuer}/path/`
    const { reach, asked } = serving({
      [`${issuer}/path/.well-known/openid-configuration`]: () => ({ issuer: slashed, jwks_uri: jwks }),
      [jwks]: () => ({ keys: [] }),
    })
    expect(await fetchKeys(slashed, {}, transport(reach))).toEqual([])
    expect(asked).toHaveLength(2)
  })

  test('only the key set is fetched where its URL is configured', async () => {
    const { reach, asked } = serving({ 'https://elsewhere.example/k': () => ({ keys: [7] }) })
    expect(await fetchKeys(issuer, { jwksUri: 'https://elsewhere.example/k' }, transport(reach))).toEqual([7])
    expect(asked).toHaveLength(1)
  })

  test('lesson D14: keys on another host are taken from the hosts in the table, and from no other', async () => {
    const away = { issuer, jwks_uri: 'https://keys.example/k' }
    const served = { [discovery]: () => away, [away.jwks_uri]: () => ({ keys: [7] }) }
    expect(await fetchKeys(issuer, {}, transport(serving(served).reach, ['ci.example', 'keys.example']))).toEqual([7])
    await expect(fetchKeys(issuer, {}, transport(serving(served).reach))).rejects.toThrow(
      'discovery names keys on another host',
    )
  })

  test('lesson D13: http is allowed for a loopback address with insecureLoopback, and nowhere else', async () => {
    const local = 'http://127.0.0.1:8080'
    const served = {
      [`${local}/.well-known/openid-configuration`]: () => ({ issuer: local, jwks_uri: `${local}/k` }),
      [`${local}/k`]: () => ({ keys: [7] }),
    }
    const deps = transport(serving(served).reach, ['127.0.0.1:8080'])
    expect(await fetchKeys(local, { insecureLoopback: true }, deps)).toEqual([7])
    await expect(fetchKeys(local, {}, deps)).rejects.toThrow('discovery names no https: address for its keys')
  })
})

describe('lesson D8: invalid documents', () => {
  const status = (code: number): Response =>
    code === 204 ? new Response(null, { status: 204 }) : answered('{"keys":[]}', code)
  const none = 'the key set has no list of keys'
  const plain = ' ("text/plain")'
  const answered = (text: string | null, status = 200): Response =>
    new Response(text, { status, headers: { 'content-type': 'text/plain' } })
  const was = (code: number, type = plain): string => `the status of "${jwks}" was ${code}${type}`
  const notJson = (type = plain): string => `the answer of "${jwks}" is not JSON${type}`
  test.each<[string, () => unknown, string]>([
    ['201', () => status(201), was(201)],
    ['204, which has no body', () => status(204), was(204, '')],
    ['302', () => status(302), was(302)],
    ['404', () => status(404), was(404)],
    ['500', () => status(500), was(500)],
    ['a redirect that was not followed', () => Response.error(), was(0, '')],
    ['HTML', () => answered('<html>'), notJson()],
    ['nothing', () => answered(''), notJson()],
    ['no body', () => new Response(null), notJson('')],
    ['JSON cut short', () => answered('{"keys":['), notJson()],
    [
      'HTML with a type that would break a log',
      () => new Response('<html>', { headers: { 'content-type': 'text/html; charset="::error::"' } }),
      notJson(' ("text/html; charset=\\":\\u003aerror:\\u003a\\"")'),
    ],
    ['null', () => new Response('null'), none],
    ['a list', () => [publicJwk], none],
    ['text', () => new Response('"keys"'), none],
    ['an object without keys', () => ({ error: 'x' }), none],
    ['keys of null', () => ({ keys: null }), none],
    ['keys as an object', () => ({ keys: { 0: publicJwk, length: 1 } }), none],
    ['keys as text', () => ({ keys: 'x' }), none],
    [
      'more than a hundred keys',
      () => ({ keys: Array.from({ length: 101 }, () => 0) }),
      'the key set has more than 100 keys',
    ],
  ])('lesson D8: refuses as key set: %s', async (_, answer, reason) => {
    await expect(keysOf(answer)).rejects.toMatchObject({ message: reason })
  })

  const other = (named: string): string => `discovery names another issuer, ${named}; "https://ci.example" is trusted`
  const away = (named: string): string =>
    `discovery names keys on another host, "${named}": if that is right, write .at(issuer, { jwksUri })`
  test.each<[string, () => unknown, string]>([
    ['404', () => status(404), was(404).replace(jwks, discovery)],
    ['HTML', () => answered('<html>'), notJson().replace(jwks, discovery)],
    ['a list', () => [{ issuer, jwks_uri: jwks }], other('undefined')],
    ['null', () => new Response('null'), other('undefined')],
    ['no issuer', () => ({ jwks_uri: jwks }), other('undefined')],
    ['another issuer', () => ({ issuer: `${issuer}/`, jwks_uri: jwks }), other('"https://ci.example/"')],
    ['a list of issuers', () => ({ issuer: [issuer], jwks_uri: jwks }), other('a list')],
    [
      'another port',
      () => ({ issuer, jwks_uri: 'https://ci.example:8443/jwks' }),
      away('https://ci.example:8443/jwks'),
    ],
    [
      'a longer host',
      () => ({ issuer, jwks_uri: 'https://ci.example.evil/jwks' }),
      away('https://ci.example.evil/jwks'),
    ],
    ...[
      undefined,
      null,
      7,
      ['https://ci.example/jwks'],
      '',
      '/jwks',
      'http://ci.example/jwks',
      'https://u@ci.example/jwks',
      'data:,{}',
      'file:///etc/keys',
    ].map((uri): [string, () => unknown, string] => [
      `the address ${JSON.stringify(uri)}`,
      () => ({ issuer, jwks_uri: uri }),
      `discovery names no https: address for its keys, but ${Array.isArray(uri) ? 'a list' : uri === undefined ? 'undefined' : JSON.stringify(uri)}`,
    ]),
  ])('lesson D8: refuses as discovery document: %s', async (_, answer, reason) => {
    await expect(discover(answer)).rejects.toMatchObject({ message: reason })
  })

  test('lesson B3: members of a polluted Object.prototype do not count', async () => {
    const root = Object.getPrototypeOf({}) as object
    const polluted = async (name: string, value: unknown, work: () => Promise<unknown>): Promise<string> => {
      Object.defineProperty(root, name, { value, configurable: true })
      try {
        return await work().then(() => 'taken', String)
      } finally {
        Reflect.deleteProperty(root, name)
      }
    }
    expect(await polluted('keys', [publicJwk], () => keysOf(() => new Response('{}')))).toBe(
      'Error: the key set has no list of keys',
    )
    expect(await polluted('issuer', issuer, () => discover(() => ({ jwks_uri: jwks })))).toBe(
      `Error: ${other('undefined')}`,
    )
    expect(await polluted('jwks_uri', jwks, () => discover(() => ({ issuer })))).toBe(
      'Error: discovery names no https: address for its keys, but undefined',
    )
  })

  test('accepts a set of a hundred keys', async () => {
    expect(await keysOf(() => ({ keys: Array.from({ length: 100 }, () => 0) }))).toHaveLength(100)
  })

  test('a fetch that fails rejects with its own message', async () => {
    await expect(
      keysOf(() => {
        throw new TypeError('no network')
      }),
    ).rejects.toThrow(new TypeError('no network'))
  })
})

describe('lesson D13: the size limit of 512 KiB', () => {
  const most = 524_288
  const text = (size: number): Uint8Array => Buffer.from('{"keys":[]}'.padEnd(size))
  const tooLarge = new Error('the answer is larger than 524288 bytes')

  test('lesson D13: a body of 512 KiB is read, and none that is one byte longer, in one piece or in many', async () => {
    const pieces = (bytes: Uint8Array): Uint8Array[] =>
      Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
        bytes.subarray(index * 65_536, (index + 1) * 65_536),
      )
    for (const split of [(bytes: Uint8Array): Uint8Array[] => [bytes], pieces]) {
      expect(await keysOf(() => streamed(split(text(most))).response)).toEqual([])
      await expect(keysOf(() => streamed(split(text(most + 1))).response)).rejects.toThrow(tooLarge)
    }
  })

  test('lesson D13: a larger body is cancelled, not read to its end', async () => {
    const endless = streamed(Array.from({ length: 100 }, () => text(most)))
    await expect(keysOf(() => endless.response)).rejects.toThrow(tooLarge)
    expect(endless.cancelled()).toBe(true)
  })

  test('the body of an error response is cancelled unread, which frees the connection', async () => {
    const failed = streamed([text(100)], 500)
    await expect(keysOf(() => failed.response)).rejects.toMatchObject({
      message: `the status of "${jwks}" was 500 ("a/b")`,
    })
    expect(failed.cancelled()).toBe(true)
  })

  test('a body that cannot be cancelled changes nothing', async () => {
    const body = new ReadableStream({ cancel: () => Promise.reject(new Error('no')) })
    await expect(
      keysOf(() => new Response(body, { status: 500, headers: { 'content-type': 'a/b' } })),
    ).rejects.toMatchObject({
      message: `the status of "${jwks}" was 500 ("a/b")`,
    })
  })
})

describe('lesson B2: UTF-8 in documents', () => {
  const document = Buffer.from('{"keys":["ä€\u{1F511}"]}')

  test('lesson B2: a document is decoded alike, wherever its chunks are cut', async () => {
    for (const size of [1, 2, 3, 5]) {
      const pieces = Array.from({ length: Math.ceil(document.length / size) }, (_, index) =>
        document.subarray(index * size, (index + 1) * size),
      )
      expect(await keysOf(() => streamed(pieces).response)).toEqual(['ä€\u{1F511}'])
    }
  })

  test.each<[string, Uint8Array[]]>([
    ['a byte that never occurs', [Buffer.from('{"keys":["'), Uint8Array.of(0xff), Buffer.from('"]}')]],
    ['a lone continuation byte', [Buffer.from('{"keys":["'), Uint8Array.of(0x80), Buffer.from('"]}')]],
    ['the half of a character at the end', [Buffer.from('{"keys":[]}'), Uint8Array.of(0xc3)]],
  ])('lesson B2: refuses a document with %s', async (_, pieces) => {
    await expect(keysOf(() => streamed(pieces).response)).rejects.toThrow(TypeError)
  })
})
