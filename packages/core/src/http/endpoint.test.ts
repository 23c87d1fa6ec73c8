import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { fetchEndpointRequest, nodeEndpointRequest } from './endpoint-request.ts'
import { BodyTooLarge } from './endpoint.ts'

const url = 'https://api.acme.dev/token'

/** A request of Node with a complete body. */
const incoming = (body?: string): PassThrough & { headers: Record<string, string> } => {
  const stream = Object.assign(new PassThrough(), { headers: {} })
  if (body !== undefined) stream.end(body)
  return stream
}

describe('the path', () => {
  test.each([
    ['/a/b', '/a/b'],
    ['/a?b=/c', '/a'],
    ['/a#b?c', '/a'],
    ['//evil.example/a', '//evil.example/a'],
    ['/%2e%2e/A', '/%2e%2e/A'],
    ['http://proxied.example/a?b', '/a'],
    ['HTTPS://proxied.example', '/'],
    ['https://proxied.example?a', '/'],
    ['', '/'],
    ['*', '*'],
    ['/http://a.example/b', '/http://a.example/b'],
  ])('the path of the target %j is %j', (target, path) => {
    expect(nodeEndpointRequest(incoming(), target, undefined).path).toBe(path)
  })

  test('the path of a Fetch API request is that of its URL', () => {
    const request = fetchEndpointRequest(new Request(`${url}/%2Fa?b=c#d`))
    expect(request).toMatchObject({ method: 'GET', path: '/token/%2Fa' })
  })
})

describe('the body of a Node request', () => {
  test('a body is read once, however many calls ask for it', async () => {
    const request = nodeEndpointRequest(incoming('text'), '/', undefined)
    expect([await request.body(), await request.body()]).toEqual(['text', 'text'])
  })

  test('a body is read where a parser left an empty object without reading', async () => {
    expect(await nodeEndpointRequest(incoming('text'), '/', {}).body()).toBe('text')
  })

  test('a body is the parser’s result where the parser read it', async () => {
    const stream = incoming('{"a":1}')
    await stream.resume().toArray()
    const parsed = { a: 1 }
    expect(await nodeEndpointRequest(stream, '/', parsed).body()).toBe(parsed)
    expect(await nodeEndpointRequest(stream, '/', Buffer.from('é')).body()).toBe('é')
    await expect(nodeEndpointRequest(stream, '/', 'x'.repeat(65_537)).body()).rejects.toBeInstanceOf(BodyTooLarge)
    await expect(nodeEndpointRequest(stream, '/', undefined).body()).rejects.toThrow('was read before')
  })

  test('a body is joined over characters that arrive in pieces', async () => {
    const stream = incoming()
    const body = nodeEndpointRequest(stream, '/', undefined).body()
    for (const byte of Buffer.from('é✓𝒳')) stream.write(Buffer.from([byte]))
    stream.end()
    expect(await body).toBe('é✓𝒳')
  })

  test('the size limit counts bytes even of a stream of text', async () => {
    const request = nodeEndpointRequest(incoming('é'.repeat(32_769)).setEncoding('utf8'), '/', undefined)
    await expect(request.body()).rejects.toBeInstanceOf(BodyTooLarge)
  })

  test('a body is refused by its content-length, unread', async () => {
    const stream = Object.assign(incoming('short'), { headers: { 'content-length': '65537' } })
    await expect(nodeEndpointRequest(stream, '/', undefined).body()).rejects.toBeInstanceOf(BodyTooLarge)
    expect(stream.readableDidRead).toBe(false)
  })

  test('a body is refused when its stream was destroyed, or is destroyed while it is read', async () => {
    const gone = incoming()
    gone.destroy()
    await expect(nodeEndpointRequest(gone, '/', undefined).body()).rejects.toThrow('ended before its body did')
    const going = incoming()
    const body = nodeEndpointRequest(going, '/', undefined).body()
    setImmediate(() => going.destroy(new Error('reset by the secret peer')))
    await expect(body).rejects.toMatchObject({ status: 400, message: 'The request ended before its body did.' })
  })
})

describe('the body of a Fetch API request', () => {
  const post = (body?: BodyInit): Request =>
    new Request(url, { method: 'POST', ...(body === undefined ? {} : { body }) })
  const form = new FormData()
  form.append('a', '1')
  form.append('b', '2')
  form.append('b', '3')

  test.each([
    ['text', { text: Promise.resolve('text') }, 'text'],
    ['bytes', { arrayBuffer: new TextEncoder().encode('é').buffer }, 'é'],
    ['a blob', { blob: new Blob(['blob']) }, 'blob'],
    ['JSON', { json: Promise.resolve({ a: 1 }) }, { a: 1 }],
    ['a form', { formData: Promise.resolve(form) }, Object.assign(Object.create(null), { a: '1', b: ['2', '3'] })],
  ])('a body that was read before is %s', async (_, cache, expected) => {
    const request = post('original')
    await request.text()
    expect(await fetchEndpointRequest(request, cache as object).body()).toEqual(expected)
  })

  test('a body over 64 KiB is refused, read before or not', async () => {
    const long = 'é'.repeat(32_769)
    const bodies = [fetchEndpointRequest(post(long)).body(), fetchEndpointRequest(post(), { text: long }).body()]
    for (const body of bodies) await expect(body).rejects.toMatchObject({ name: 'BodyTooLarge', status: 413 })
  })

  test('a missing body is empty, and a consumed one is an error', async () => {
    expect(await fetchEndpointRequest(post()).body()).toBe('')
    const gone = post('gone')
    await gone.text()
    await expect(fetchEndpointRequest(gone).body()).rejects.toThrow('was read before')
  })

  test('reading stops beyond 64 KiB, and cancels nothing', async () => {
    let pulls = 0
    let cancelled = false
    const endless = new ReadableStream({
      pull: (controller) => {
        pulls += 1
        controller.enqueue(new Uint8Array(32_768))
      },
      cancel: () => {
        cancelled = true
      },
    })
    const request = new Request(url, { method: 'POST', body: endless, duplex: 'half' } as RequestInit)
    await expect(fetchEndpointRequest(request).body()).rejects.toBeInstanceOf(BodyTooLarge)
    expect({ few: pulls < 8, cancelled }).toEqual({ few: true, cancelled: false })
  })

  test('a body that breaks off is refused', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('secret peer')) })
    const request = new Request(url, { method: 'POST', body: broken, duplex: 'half' } as RequestInit)
    await expect(fetchEndpointRequest(request).body()).rejects.toMatchObject({
      status: 400,
      message: 'The request ended before its body did.',
    })
  })
})
