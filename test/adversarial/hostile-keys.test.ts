// Key sets and discovery documents with any content cause only an outage, an unknown key or a bad
// signature; weak keys are ignored.

import { createHash, createPublicKey, verify } from 'node:crypto'
import type { JSONWebKey, RefusalCode } from '@jobpass/core'
import { createVerifier } from '@jobpass/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64url } from '@jobpass/testing/internal'
import { anyAnswer, anyKey, answering, issuers, referenceOf, verifierOf } from './key-answers.ts'
import { faultOf } from './reference.ts'
import { watchUnhandled } from './unhandled.ts'
import { acmeIssuer, acmePush, ec, ed, goodTokens, mint, outcomeOf, pss, rsa, trusting } from './world.ts'

watchUnhandled()

const documented: readonly (RefusalCode | 'allowed')[] = [
  'allowed',
  'issuer_unavailable',
  'key_unknown',
  'signature_invalid',
]

/** The keys of a response, if it has any. */
function keysIn(answer: string): readonly unknown[] {
  try {
    const document = JSON.parse(answer) as { keys?: unknown } | null
    return Array.isArray(document?.keys) ? document.keys : []
  } catch {
    return []
  }
}

describe('any response of a key server', () => {
  const tokens = fc.constantFrom(...goodTokens)

  test('lesson I6: any key response is an outage, an unknown key or a bad signature, or has the key that the reference finds', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyAnswer,
        fc.constantFrom(200, 200, 200, 201, 404, 500),
        tokens,
        async (answer, status, token) => {
          const verifier = createVerifier({ ...trusting, fetch: answering(() => new Response(answer, { status })) })
          const outcome = await outcomeOf(verifier.verify(token))
          expect(documented).toContain(outcome)
          const keys = status === 200 ? keysIn(answer) : []
          if (outcome === 'allowed') expect(faultOf(token, referenceOf(keys))).toBeUndefined()
        },
      ),
      { seed: 4, numRuns: 1200 },
    )
  })

  test('lesson C5: a good key is found among any others with other kids', async () => {
    const others = fc.array(anyKey, { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(others, others, fc.constantFrom(ec, ed, pss, rsa), async (before, behind, by) => {
        const named = (key: unknown): boolean => (key as { kid?: unknown } | null)?.kid === by.kid
        const keys = [...before, by.jwk, ...behind].filter((key) => key === by.jwk || !named(key))
        expect(await outcomeOf(verifierOf(keys).verify(mint(by)))).toBe('allowed')
      }),
      { seed: 4, numRuns: 400 },
    )
  })

  test('lesson D14: whatever discovery says, only https URLs of the issuer are fetched', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        'https://evil.example/jwks',
        'http://ci.acme.example/jwks',
        `${acmeIssuer}.evil.example/`,
        '//evil.example/',
      ),
      fc.constantFrom(
        `${acmeIssuer}@evil.example/`,
        `https://u:p@ci.acme.example/`,
        `${acmeIssuer}:8443/jwks`,
        `${acmeIssuer}/jwks`,
      ),
      fc.constantFrom(
        'file:///etc/passwd',
        'data:application/json,{"keys":[]}',
        'javascript:0',
        'https://169.254.169.254/',
        `${acmeIssuer}\\@evil.example`,
      ),
      fc.webUrl(),
      fc.jsonValue({ maxDepth: 1 }),
    )
    await fc.assert(
      fc.asyncProperty(
        word,
        fc.oneof({ weight: 4, arbitrary: fc.constant(acmeIssuer) }, { weight: 1, arbitrary: word }),
        async (uri, issuer) => {
          const asked: URL[] = []
          const reach = answering(
            () => Response.json({ keys: [ec.jwk] }),
            () => ({ issuer, jwks_uri: uri }),
          )
          const fetch: typeof globalThis.fetch = (input, init) => {
            asked.push(new URL(input instanceof Request ? input.url : input))
            return reach(input, init)
          }
          const outcome = await outcomeOf(createVerifier({ ...trusting, fetch }).verify(mint(ec)))
          expect(['allowed', 'issuer_unavailable']).toContain(outcome)
          for (const { origin } of asked) expect(origin).toBe(acmeIssuer)
          if (outcome === 'allowed') expect([issuer, new URL(String(uri)).origin]).toEqual([acmeIssuer, acmeIssuer])
        },
      ),
      { seed: 4, numRuns: 500 },
    )
  })
})

const failing = (make: () => unknown): typeof fetch => (() => make()) as unknown as typeof fetch
const streaming = (...chunks: readonly unknown[]): typeof fetch =>
  answering(() => {
    const stream = new ReadableStream({
      start: (controller) => {
        for (const chunk of chunks) {
          if (chunk instanceof Error) controller.error(chunk)
          else controller.enqueue(chunk)
        }
        if (!chunks.some((chunk) => chunk instanceof Error)) controller.close()
      },
    })
    return new Response(stream)
  })
const reject = (reason: unknown): typeof fetch => failing(() => Promise.reject(reason))
const keySetText = JSON.stringify({ keys: [ec.jwk] })

describe('lesson I6: a fetch that misbehaves is an outage', () => {
  test.each<[string, typeof fetch]>([
    [
      'throws at once',
      failing(() => {
        throw new Error('no network')
      }),
    ],
    [
      'throws no error',
      failing(() => {
        throw undefined as unknown
      }),
    ],
    ['rejects with nothing', reject(undefined)],
    ['rejects with null', reject(null)],
    ['rejects with text', reject('no network')],
    ['rejects with an error without message', reject(Object.assign(new Error('x'), { message: undefined }))],
    ['returns nothing', failing(() => undefined)],
    ['returns no response', failing(async () => ({}))],
    ['returns a response without body', failing(async () => ({ status: 200 }))],
    ['answers with an error', failing(async () => Response.error())],
    ['answers with no content', answering(() => new Response(null, { status: 204 }))],
    ['answers with nothing', answering(() => new Response(null))],
    ['answers with the half of a character', streaming(Buffer.from(keySetText), Uint8Array.of(0xc3))],
    ['answers with an invalid byte', streaming(Uint8Array.of(0x7b, 0xff, 0x7d))],
    ['answers with text for bytes', streaming(keySetText)],
    ['answers with numbers for bytes', streaming(1, 2, 3)],
    ['breaks off', streaming(Buffer.from(keySetText.slice(0, 20)), new Error('reset'))],
    ['answers with lists within lists', answering(() => new Response('['.repeat(200_000)))],
    [
      'answers with a hundred and one keys',
      answering(() => Response.json({ keys: Array.from({ length: 101 }, () => ec.jwk) })),
    ],
    ['answers with the keys as a map', answering(() => Response.json({ keys: { 0: ec.jwk, length: 1 } }))],
    ['answers with a list of key sets', answering(() => Response.json([{ keys: [ec.jwk] }]))],
    [
      'answers with a body that was read',
      answering(() => {
        const response = new Response('{}')
        void response.text()
        return response
      }),
    ],
  ])('%s', async (_, fetch) => {
    expect(await outcomeOf(createVerifier({ ...trusting, fetch }).verify(mint(ec)))).toBe('issuer_unavailable')
  })

  test('lesson I6: the same document in chunks is accepted', async () => {
    const fetch = streaming(...Array.from(Buffer.from(keySetText), (byte) => Uint8Array.of(byte)))
    expect(await outcomeOf(createVerifier({ ...trusting, fetch }).verify(mint(ec)))).toBe('allowed')
  })
})

/** RFC 8017 §9.2: the signature with exponent one. */
function padded(input: string): Buffer {
  const digest = createHash('sha256').update(input).digest()
  const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest])
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(253 - info.length, 0xff), Buffer.from([0]), info])
}

/**
 * Small-order points: a signature for such a key is found by trying. Little-endian, RFC 8032
 * §5.1.2.
 */
const fewMultiples: Readonly<Record<string, string>> = {
  'the neutral point': `01${'00'.repeat(31)}`,
  'the point of order two': `ec${'ff'.repeat(30)}7f`,
  'a point of order four': '00'.repeat(32),
  'the other point of order four': `${'00'.repeat(31)}80`,
  'a point of order eight': 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'another point of order eight': '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
}

/**
 * A token that Node verifies with the key, made without a private key; `undefined` if none was
 * found.
 */
function writtenFor(jwk: JSONWebKey): string | undefined {
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  for (let attempt = 0; attempt < 64; attempt++) {
    const input = mint(ed, {}, { ...acmePush, jti: `attempt-${attempt}` })
      .split('.')
      .slice(0, 2)
      .join('.')
    for (const point of Object.values(fewMultiples)) {
      const signature = Buffer.concat([Buffer.from(point, 'hex'), Buffer.alloc(32)])
      if (verify(null, Buffer.from(input), key, signature)) return `${input}.${base64url(signature)}`
    }
  }
  return undefined
}

describe('lesson C5: a key that anyone can sign for is ignored', () => {
  const input = mint(rsa).split('.').slice(0, 2).join('.')
  const written = `${input}.${base64url(padded(input))}`

  test.each(['AQ', 'AAAB', 'AQ==', 'AAAAAAAAAAE'])(
    'lesson C5: an RSA key with exponent one is ignored (%s)',
    async (e) => {
      const keys = [{ kty: 'RSA', n: rsa.jwk['n'], e, kid: rsa.kid }]
      expect(faultOf(written, referenceOf(keys))).toBeDefined()
      expect(await outcomeOf(verifierOf(keys).verify(written))).not.toBe('allowed')
    },
  )

  test.each(Object.entries(fewMultiples))('lesson C5: an Edwards key is ignored if it is %s', async (_, point) => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64url(Buffer.from(point, 'hex')), kid: ed.kid }
    const token = writtenFor(jwk) ?? mint(ed)
    expect(faultOf(token, referenceOf([jwk]))).toBeDefined()
    expect(await outcomeOf(verifierOf([jwk]).verify(token))).not.toBe('allowed')
  })
})

describe('lesson C5: a weak key is ignored, however it is encoded', () => {
  const n = Buffer.from(String(rsa.jwk['n']), 'base64url')
  test.each<[string, object]>([
    ['a short modulus with zeros before it', { n: base64url(Buffer.concat([Buffer.alloc(200), n.subarray(0, 64)])) }],
    ['a modulus of nothing but zeros', { n: base64url(Buffer.alloc(256)) }],
    ['an exponent of zero', { e: 'AA' }],
    ['an even exponent', { e: 'Ag' }],
    ['no exponent', { e: '' }],
    [
      'an exponent as long as the modulus, which costs a thousand times as much',
      { e: base64url(Buffer.alloc(256, 0x7f)) },
    ],
  ])('%s', async (_, members) => {
    const keys = [{ ...rsa.jwk, ...members }, ec.jwk]
    expect(await outcomeOf(verifierOf(keys).verify(mint(rsa)))).toBe('key_unknown')
    // It does not hide a good key with the same kid.
    expect(await outcomeOf(verifierOf([...keys, rsa.jwk]).verify(mint(rsa)))).toBe('allowed')
  })
})

describe('lesson C5: a good key is accepted, whatever other members its JWK has', () => {
  test.each<[string, object]>([
    ['x5c of anything', { x5c: 7, x5t: [], x5u: 'https://evil.example' }],
    ['members of another type of key', { crv: 'P-256', x: 'a', y: 'b' }],
    ['ext of false', { ext: false }],
    ['ext of null', { ext: null }],
    ['ext as text', { ext: 'true' }],
    ['another operation as well', { key_ops: ['verify', 'encrypt'] }],
    ['a future operation as well', { key_ops: ['verify', 'attest'] }],
    ['an invalid operation as well', { key_ops: ['verify', 7] }],
    ['members named like those of objects', JSON.parse('{"__proto__":{"kty":"oct"},"constructor":1}') as object],
    ['zeros before the modulus', { n: `AAAA${String(rsa.jwk['n'])}` }],
  ])('%s', async (_, members) => {
    const keys = [{ ...rsa.jwk, ...members }]
    expect(faultOf(mint(rsa), referenceOf(keys))).toBeUndefined()
    expect(await outcomeOf(verifierOf(keys).verify(mint(rsa)))).toBe('allowed')
  })

  test.each<[string, readonly unknown[]]>([
    ['twice', [rsa.jwk, rsa.jwk]],
    ['twice, once with other words', [rsa.jwk, { ...rsa.jwk, x5t: 'x' }]],
    ['twice, once without its algorithm', [rsa.jwk, { ...rsa.jwk, alg: undefined }]],
  ])('%s', async (_, keys) => {
    expect(faultOf(mint(rsa), referenceOf(keys))).toBeUndefined()
    expect(await outcomeOf(verifierOf(keys).verify(mint(rsa)))).toBe('allowed')
  })

  test('lesson C5: a good key next to a key whose kid is a deeply nested list', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const text = `{"keys":[${JSON.stringify(rsa.jwk).replace('"rsa"', deep)},${JSON.stringify(rsa.jwk)}]}`
    const verifier = createVerifier({ ...trusting, fetch: answering(() => new Response(text)) })
    expect(await outcomeOf(verifier.verify(mint(rsa)))).toBe('allowed')
  })
})

describe('keys on the wrong curve', () => {
  const { x, y } = ec.jwk
  test.each<[string, object]>([
    ['a point that is not on it', { x: y, y: x }],
    ['a point of zeros', { x: base64url(Buffer.alloc(32)), y: base64url(Buffer.alloc(32)) }],
    ['coordinates cut short', { x: String(x).slice(0, -4) }],
    ['a wider curve, narrow coordinates', { crv: 'P-521' }],
    ['a curve that cannot sign', { kty: 'OKP', crv: 'X25519' }],
    ['the curve of Bitcoin', { crv: 'secp256k1' }],
    ['an Edwards curve with two coordinates', { kty: 'OKP', crv: 'Ed25519' }],
  ])('%s', async (_, members) => {
    const keys = [{ kty: 'EC', crv: 'P-256', x, y, kid: ec.kid, ...members }, pss.jwk]
    const outcome = await outcomeOf(verifierOf(keys).verify(mint(ec)))
    expect(['issuer_unavailable', 'key_unknown', 'signature_invalid']).toContain(outcome)
    expect(await outcomeOf(verifierOf(keys).verify(mint(pss)))).toBe('allowed')
  })
})

test('lesson D3: a key verifies only tokens of its issuer, even if both issuers publish all keys except their own', async () => {
  const keysOf = (issuer: string): readonly unknown[] => (issuer === acmeIssuer ? [rsa.jwk] : [ec.jwk, ed.jwk, pss.jwk])
  const fetch: typeof globalThis.fetch = async (input) => {
    const url = input instanceof Request ? input.url : String(input)
    const issuer = issuers.find((each) => url.startsWith(each)) as string
    return Response.json(
      url.endsWith('/openid-configuration') ? { issuer, jwks_uri: `${issuer}/jwks` } : { keys: keysOf(issuer) },
    )
  }
  const verifier = createVerifier({ ...trusting, fetch })
  for (const token of goodTokens) expect(await outcomeOf(verifier.verify(token))).toBe('key_unknown')
})
