// Both schemes, `node:crypto` and Web Crypto, on the same tokens: neither may accept what the other
// refuses.

import { constants, createHash, generateKeyPairSync, privateEncrypt, sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { createKeySet } from './jwks.ts'
import type { KeySet } from './jwks.ts'
import { checkSignature } from './signature.ts'
import { decodeOctets, octetsOf } from '../util/base64url.ts'
import { signaturesHere } from './signatures-here.ts'
import { derOf, nodeSignatures } from './signature-node.ts'
import type { Signatures } from './signature-scheme.ts'
import { webSignatures } from './signature-web.ts'
import type { JoseHeader } from '../model/token.ts'

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const edwards = generateKeyPairSync('ed25519')
const pairs: ReadonlyMap<string, Pair> = new Map([
  ['RS256', rsa],
  ['RS384', rsa],
  ['RS512', rsa],
  ['PS256', rsa],
  ['PS384', rsa],
  ['PS512', rsa],
  ['ES256', p256],
  ['ES384', p384],
  ['ES512', p521],
  ['EdDSA', edwards],
  ['Ed25519', edwards],
])
const algorithms = [...pairs.keys()]
const pairOf = (algorithm: string): Pair => pairs.get(algorithm) ?? rsa
const jwkOf = ({ publicKey }: Pair): Record<string, unknown> => publicKey.export({ format: 'jwk' })

/** The signing input, which differs for every count. */
const inputOf = (algorithm: string, count = 0): string =>
  [{ alg: algorithm }, { iss: 'https://ci.example', count }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')

/** RFC 7518 §3, RFC 8037 §3.1. */
function signed(
  algorithm: string,
  input: string,
  { privateKey }: Pair = pairOf(algorithm),
  saltLength?: number,
): Buffer {
  const bytes = Buffer.from(input)
  if (algorithm.startsWith('Ed')) return sign(null, bytes, privateKey)
  const bits = Number(algorithm.slice(2))
  if (algorithm.startsWith('ES')) return sign(`sha${bits}`, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const padding = algorithm.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength ?? bits / 8 }
    : { padding: constants.RSA_PKCS1_PADDING }
  return sign(`sha${bits}`, bytes, { key: privateKey, ...padding })
}

const ways = {
  node: nodeSignatures({ octetsOf, decodeOctets }) as Signatures,
  web: webSignatures,
} as const

/** The answer to a token, with whichever key of the set it names, by that scheme. */
async function answerBy(
  way: keyof typeof ways,
  jwk: unknown,
  input: string,
  signature: Uint8Array,
  algorithm: string,
): Promise<string> {
  const header: JoseHeader = { alg: algorithm }
  const key = createKeySet([jwk], undefined, ways[way]).find(header)
  if (key === undefined) return 'no key'
  const text = `${input}.${Buffer.from(signature).toString('base64url')}`
  return (await checkSignature({ text, header, claims: { iss: 'https://ci.example' } }, key))?.code ?? 'verifies'
}

/** The answer of both schemes, which must agree. */
async function answer(
  algorithm: string,
  input: string,
  signature: Uint8Array,
  jwk: unknown = jwkOf(pairOf(algorithm)),
): Promise<string> {
  const [node, web] = [
    await answerBy('node', jwk, input, signature, algorithm),
    await answerBy('web', jwk, input, signature, algorithm),
  ]
  expect({ node, web }).toEqual({ node, web: node })
  return node
}

const numberIn = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
const bytesOf = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')

/** One signature of 256 is as wanted, which takes time on a busy machine. */
const patiently = { timeout: 60_000 }

/** The first signature as wanted, over texts that differ in a number. */
function signedSo(
  algorithm: string,
  wanted: (signature: Buffer) => boolean,
): { readonly input: string; readonly signature: Buffer } {
  for (let count = 0; ; count++) {
    const input = inputOf(algorithm, count)
    const signature = signed(algorithm, input)
    if (wanted(signature)) return { input, signature }
  }
}

describe.each(algorithms)('signatures of %s', (algorithm) => {
  const input = inputOf(algorithm)
  const signature = signed(algorithm, input)

  test('a signature verifies with both schemes', async () => {
    expect(await answer(algorithm, input, signature)).toBe('verifies')
    for (let count = 1; count <= 4; count++) {
      const other = inputOf(algorithm, count)
      expect(await answer(algorithm, other, signed(algorithm, other))).toBe('verifies')
    }
  })

  test('a signature does not verify with a bit changed, at the beginning, in the middle or at the end', async () => {
    for (const index of [0, 1, signature.length >> 1, signature.length - 1]) {
      const changed = Buffer.from(signature)
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index)
      expect(await answer(algorithm, input, changed)).toBe('signature_invalid')
    }
  })

  test('a signature does not verify another text', async () => {
    expect(await answer(algorithm, inputOf(algorithm, 1), signature)).toBe('signature_invalid')
  })

  test('lesson B1: a signature does not verify with a byte more or less at either end', async () => {
    const zero = Buffer.alloc(1)
    for (const changed of [
      Buffer.alloc(0),
      Buffer.concat([zero, signature]),
      Buffer.concat([signature, zero]),
      Buffer.concat([signature, signature]),
      signature.subarray(1),
      signature.subarray(0, -1),
    ]) {
      expect(await answer(algorithm, input, changed)).toBe('signature_invalid')
    }
  })

  test('a signature of only zeros or ones does not verify', async () => {
    for (const byte of [0, 0xff]) {
      expect(await answer(algorithm, input, Buffer.alloc(signature.length, byte))).toBe('signature_invalid')
    }
  })

  test('lesson C2: a signature by another algorithm of the same key does not verify, whatever the header says', async () => {
    for (const other of algorithms.filter((each) => pairOf(each) === pairOf(algorithm))) {
      const same = other === algorithm || algorithm.startsWith('Ed')
      expect([other, await answer(algorithm, input, signed(other, input))]).toEqual([
        other,
        same ? 'verifies' : 'signature_invalid',
      ])
    }
  })
})

describe('lesson B1: RSA signatures are as long as the modulus', () => {
  test.each(['RS256', 'PS256'])('%s: leading zeros belong to an RSA signature', patiently, async (algorithm) => {
    const { input, signature } = signedSo(algorithm, (each) => each[0] === 0)
    expect(await answer(algorithm, input, signature)).toBe('verifies')
    expect(await answer(algorithm, input, signature.subarray(1))).toBe('signature_invalid')
    expect(await answer(algorithm, input, Buffer.concat([Buffer.alloc(1), signature]))).toBe('signature_invalid')
  })

  test.each(['RS256', 'PS256'])('%s: an RSA signature is less than the modulus', async (algorithm) => {
    const modulus = numberIn(Buffer.from(String(jwkOf(rsa)['n']), 'base64url'))
    const { input, signature } = signedSo(algorithm, (each) => numberIn(each) + modulus < 1n << 2048n)
    expect(await answer(algorithm, input, signature)).toBe('verifies')
    expect(await answer(algorithm, input, bytesOf(numberIn(signature) + modulus, 256))).toBe('signature_invalid')
  })

  test(
    'an RSA signature is as long as a modulus of 2056 bits, whose base64url has another remainder',
    patiently,
    async () => {
      const wide = generateKeyPairSync('rsa', { modulusLength: 2056 })
      const input = inputOf('RS256')
      const signature = signed('RS256', input, wide)
      expect(signature).toHaveLength(257)
      expect(await answer('RS256', input, signature, jwkOf(wide))).toBe('verifies')
      expect(await answer('RS256', input, signature.subarray(1), jwkOf(wide))).toBe('signature_invalid')
    },
  )
})

describe('PKCS#1 v1.5: the one encoding of the digest (RFC 8017 §9.2)', () => {
  const input = inputOf('RS256')
  const digest = createHash('sha256').update(input).digest()
  // DigestInfo of SHA-256, as in note 1 of that section.
  const info = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  const encoded = (tail: Buffer, { type = 1, fill = 0xff, length = 256 - 3 - tail.length } = {}): Buffer => {
    const start = Buffer.concat([Buffer.from([0, type]), Buffer.alloc(length, fill), Buffer.from([0]), tail])
    return Buffer.concat([start, Buffer.alloc(256 - start.length, 0x5a)])
  }
  const raw = (message: Buffer): Buffer =>
    privateEncrypt({ key: rsa.privateKey, padding: constants.RSA_NO_PADDING }, message)
  const right = Buffer.concat([info, digest])

  test('PKCS#1 v1.5: the right encoding, made by hand, verifies', async () => {
    expect(raw(encoded(right))).toEqual(signed('RS256', input))
    expect(await answer('RS256', input, raw(encoded(right)))).toBe('verifies')
  })

  const sha1 = createHash('sha1').update(input).digest()
  test.each<[string, Buffer]>([
    [
      'no parameters in its algorithm',
      encoded(
        Buffer.concat([Buffer.from('302f300b0609608648016503040201', 'hex'), Buffer.from('0420', 'hex'), digest]),
      ),
    ],
    [
      'the name of SHA-512',
      encoded(Buffer.concat([Buffer.from('3031300d060960864801650304020305000420', 'hex'), digest])),
    ],
    [
      'the name of SHA-512/256',
      encoded(Buffer.concat([Buffer.from('3031300d060960864801650304020605000420', 'hex'), digest])),
    ],
    ['SHA-1', encoded(Buffer.concat([Buffer.from('3021300906052b0e03021a05000414', 'hex'), sha1]))],
    [
      'a length in the long form',
      encoded(Buffer.concat([Buffer.from('308131300d060960864801650304020105000420', 'hex'), digest])),
    ],
    ['only the digest', encoded(digest)],
    ['nothing', encoded(Buffer.alloc(0))],
    ['garbage behind it', encoded(right, { length: 8 })],
    [
      'garbage behind it, inside its length',
      encoded(
        Buffer.concat([
          Buffer.from('3035300d060960864801650304020105000420', 'hex'),
          digest,
          Buffer.from('05000500', 'hex'),
        ]),
      ),
    ],
    [
      'garbage for parameters',
      encoded(Buffer.concat([Buffer.from('3035301106096086480165030402010500050005000420', 'hex'), digest])),
    ],
    ['no padding', encoded(right, { length: 0 })],
    ['a padding of zeros', encoded(right, { fill: 0 })],
    ['a padding of other bytes', encoded(right, { fill: 0x5a })],
    ['the type of an encryption', encoded(right, { type: 2, fill: 0x5a })],
    ['the type zero', encoded(right, { type: 0, fill: 0 })],
  ])('PKCS#1 v1.5: an encoding with %s does not verify', async (_, message) => {
    expect(await answer('RS256', input, raw(message))).toBe('signature_invalid')
  })
})

describe('PSS: the salt is as long as the digest (RFC 7518 §3.5)', () => {
  const longest = { PS256: 256 - 32 - 2, PS384: 256 - 48 - 2, PS512: 256 - 64 - 2 } as const
  test.each(['PS256', 'PS384', 'PS512'] as const)('%s: a shorter or longer salt does not verify', async (algorithm) => {
    const input = inputOf(algorithm)
    const right = Number(algorithm.slice(2)) / 8
    for (const salt of [0, 1, 20, 32, 48, 64, right - 1, right + 1, longest[algorithm]]) {
      const signature = signed(algorithm, input, rsa, salt)
      // It is a valid signature of that key: only the salt differs.
      const key = { key: rsa.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt }
      expect(verify(`sha${algorithm.slice(2)}`, Buffer.from(input), key, signature)).toBe(true)
      expect([salt, await answer(algorithm, input, signature)]).toEqual([
        salt,
        salt === right ? 'verifies' : 'signature_invalid',
      ])
    }
  })
})

// The orders of the curves, SEC 2 §2.4.
const orderOfP256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const orderOfP384 = 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n
const orderOfP521 = (1n << 521n) - (1n << 260n) + 0xa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n

describe.each([
  ['ES256', 32, orderOfP256],
  ['ES384', 48, orderOfP384],
  ['ES512', 66, orderOfP521],
] as const)(
  '%s: two concatenated numbers, from one to the order of the curve (FIPS 186-5 §6.4.2)',
  (algorithm, size, order) => {
    const input = inputOf(algorithm)
    const signature = signed(algorithm, input)
    const [r, s] = [numberIn(signature.subarray(0, size)), numberIn(signature.subarray(size))]
    const joined = (first: bigint, second: bigint): Buffer =>
      Buffer.concat([bytesOf(first, size), bytesOf(second, size)])
    const most = (1n << BigInt(size * 8)) - 1n

    test.each<[string, bigint, bigint]>([
      ['zero for the first', 0n, s],
      ['zero for the second', r, 0n],
      ['zeros', 0n, 0n],
      ['ones', 1n, 1n],
      ['zero and one', 0n, 1n],
      ['one and zero', 1n, 0n],
      ['the order for the first', order, s],
      ['the order for the second', r, order],
      ['the order for both', order, order],
      ['the order and one', order + 1n, order + 1n],
      ['the largest number for the first', most, s],
      ['the largest number for the second', r, most],
      ['the numbers swapped', s, r],
      ['the first subtracted from the order', order - r, s],
    ])('an ECDSA signature does not verify with %s', async (_, first, second) => {
      expect(await answer(algorithm, input, joined(first, second))).toBe('signature_invalid')
    })

    test('both schemes accept the second number subtracted from the order, which is the same proof', async () => {
      expect(await answer(algorithm, input, joined(r, order - s))).toBe('verifies')
    })

    test('neither scheme accepts DER, cut or padded to the right length', async () => {
      const der = sign(`sha${algorithm.slice(2)}`, Buffer.from(input), pairOf(algorithm).privateKey)
      const filled = Buffer.concat([der, Buffer.alloc(size * 2)]).subarray(0, size * 2)
      for (const changed of [der, filled, Buffer.from(derOf(signature))]) {
        expect(await answer(algorithm, input, changed)).toBe('signature_invalid')
      }
    })
  },
)

describe.each([
  ['ES256', 32],
  ['ES512', 66],
] as const)('%s: numbers with leading zeros', (algorithm, size) => {
  test.each([
    ['a first number with a byte of zeros before it', 0],
    ['a second number with a byte of zeros before it', size],
  ])('%s verifies with a leading zero byte, and not without it', patiently, async (_, at) => {
    const short = signedSo(algorithm, (each) => each[at] === 0)
    expect(await answer(algorithm, short.input, short.signature)).toBe('verifies')
    const without = Buffer.concat([short.signature.subarray(0, at), short.signature.subarray(at + 1)])
    expect(await answer(algorithm, short.input, without)).toBe('signature_invalid')
  })
})

describe.each([
  ['ES256', 32],
  ['ES384', 48],
] as const)('%s: numbers with and without a leading one bit verify', (algorithm, size) => {
  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('an ECDSA signature verifies whose first bits are %j, %j', async (first, second) => {
    const isSet = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x80
    const found = signedSo(algorithm, (each) => isSet(each[0]) === first && isSet(each[size]) === second)
    expect(await answer(algorithm, found.input, found.signature)).toBe('verifies')
  })
})

describe('ES512: the seven unused bits of a number must be zero', () => {
  test('lesson B1: a number with the order added is not a second spelling', async () => {
    const input = inputOf('ES512')
    const signature = signed('ES512', input)
    const [r, s] = [numberIn(signature.subarray(0, 66)), numberIn(signature.subarray(66))]
    for (const [first, second] of [
      [r + orderOfP521, s],
      [r, s + orderOfP521],
      [r + 2n * orderOfP521, s],
      [r, s + 64n * orderOfP521],
    ] as const) {
      const changed = Buffer.concat([bytesOf(first, 66), bytesOf(second, 66)])
      expect(await answer('ES512', input, changed)).toBe('signature_invalid')
    }
  })
})

describe('EdDSA (RFC 8032 §5.1.7)', () => {
  const order = (1n << 252n) + 27742317777372353535851937790883648493n
  const littleEndian = (bytes: Uint8Array): bigint => numberIn(Buffer.from(bytes).toReversed())
  const input = inputOf('EdDSA')
  const signature = signed('EdDSA', input)
  const second = littleEndian(signature.subarray(32))
  const withSecond = (value: bigint): Buffer =>
    Buffer.concat([signature.subarray(0, 32), Buffer.from(bytesOf(value, 32).toReversed())])

  test('lesson B1: the second number of EdDSA is less than the order of the group', async () => {
    expect(withSecond(second)).toEqual(signature)
    for (let times = 1n; second + times * order < 1n << 256n; times++) {
      expect(await answer('EdDSA', input, withSecond(second + times * order))).toBe('signature_invalid')
    }
  })

  // For such a key, the same point followed by a zero is a signature of at least one text in eight,
  // so anyone finds one.
  test.each([
    ['the neutral point', `01${'00'.repeat(31)}`],
    ['order two', `ec${'ff'.repeat(30)}7f`],
    ['order four', '00'.repeat(32)],
    ['order eight', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['order eight too', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ])('lesson C5: a small-order key verifies nothing: %s', async (_, hex) => {
    const point = Buffer.from(hex, 'hex')
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') }
    const neutral = Buffer.from(`01${'00'.repeat(63)}`, 'hex')
    for (let count = 0; count < 64; count++)
      expect(await answer('EdDSA', inputOf('EdDSA', count), neutral, jwk)).toBe('no key')
  })

  test('a small-order point followed by zero is no signature for a sound key', async () => {
    for (const hex of [`01${'00'.repeat(31)}`, `ec${'ff'.repeat(30)}7f`, '00'.repeat(32)]) {
      expect(await answer('EdDSA', input, Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(32)]))).toBe(
        'signature_invalid',
      )
    }
  })
})

describe('lesson C5: keys that prove nothing', () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
  test.each(['RS256', 'PS256'])('RSA of 1024 bits verifies nothing, by %s', async (algorithm) => {
    const input = inputOf(algorithm)
    expect(await answer(algorithm, input, signed(algorithm, input, weak), jwkOf(weak))).toBe('no key')
  })

  test('RSA with e = 1, for which the padding itself is the signature, verifies nothing', async () => {
    const input = inputOf('RS256')
    const info = Buffer.from('3031300d060960864801650304020105000420', 'hex')
    const tail = Buffer.concat([info, createHash('sha256').update(input).digest()])
    const padded = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(253 - tail.length, 0xff), Buffer.from([0]), tail])
    for (const e of ['AQ', 'AAAB']) expect(await answer('RS256', input, padded, { ...jwkOf(rsa), e })).toBe('no key')
  })

  test('a token signed with another key does not verify', async () => {
    const input = inputOf('RS256')
    expect(await answer('RS256', input, signed('RS256', input, otherRsa))).toBe('signature_invalid')
  })

  test.each<[string, string, Pair]>([
    ['RS256', 'an EC key', p256],
    ['ES256', 'an RSA key', rsa],
    ['ES256', 'a key of a wider curve', p384],
    ['ES512', 'a key of a narrower curve', p384],
    ['EdDSA', 'an EC key', p256],
    ['PS256', 'an Edwards key', edwards],
  ])('lesson C2: a key for %s never verifies %s', async (algorithm, _, pair) => {
    expect(await answer(algorithm, inputOf(algorithm), Buffer.alloc(64, 1), jwkOf(pair))).toBe('no key')
  })
})

describe('lesson I4: a key that cannot be imported is an outage, not a bad token', () => {
  const { x, y } = jwkOf(p256)
  test.each<[string, object]>([
    ['a point that is not on its curve', { x: y, y: x }],
    ['a point of zeros', { x: 'A'.repeat(43), y: 'A'.repeat(43) }],
    ['the narrow coordinates of another curve', { crv: 'P-521' }],
    ['a truncated coordinate', { x: String(x).slice(0, -4) }],
    ['no coordinate', { x: '' }],
  ])('a key that cannot be imported is an outage: %s', async (_, members) => {
    const jwk = { kty: 'EC', crv: 'P-256', x, y, ...members }
    const algorithm = jwk.crv === 'P-521' ? 'ES512' : 'ES256'
    expect(await answer(algorithm, inputOf(algorithm), Buffer.alloc(algorithm === 'ES512' ? 132 : 64, 1), jwk)).toBe(
      'issuer_unavailable',
    )
  })

  test.each(Object.keys(ways) as (keyof typeof ways)[])(
    'an outage by a bad key says when to retry, by %s',
    async (way) => {
      const header: JoseHeader = { alg: 'ES256' }
      const key = createKeySet([{ kty: 'EC', crv: 'P-256', x: y, y: x }], undefined, ways[way]).find(header)
      const token = { text: `${inputOf('ES256')}.${'A'.repeat(86)}`, header, claims: { iss: 'https://ci.example' } }
      const refusal = key && (await checkSignature(token, key))
      expect([refusal?.code, refusal?.context]).toEqual(['issuer_unavailable', { retryAfter: 60 }])
    },
  )
})

describe('lesson I6: any other error of a library is the token’s fault', () => {
  const outcomes = async (set: KeySet | undefined, header: JoseHeader, text: string): Promise<unknown> => {
    const key = set?.keys[0]
    return key && (await checkSignature({ text, header, claims: { iss: 'https://ci.example' } }, key))?.code
  }

  test('node:crypto: an unknown digest is the token’s fault', async () => {
    const set = createKeySet([jwkOf(rsa)], undefined, ways.node)
    const text = `${inputOf('RS999')}.${signed('RS256', inputOf('RS999')).toString('base64url')}`
    expect(await outcomes(set, { alg: 'RS999' }, text)).toBe('token_malformed')
  })

  test('Web Crypto: another name of the same algorithm in the token’s header is the token’s fault', async () => {
    const set = createKeySet([jwkOf(edwards)], undefined, ways.web)
    const text = `${inputOf('Ed25519')}.${signed('Ed25519', inputOf('Ed25519')).toString('base64url')}`
    expect(await outcomes(set, { alg: 'EdDSA' }, text)).toBe('token_malformed')
    expect(await outcomes(set, { alg: 'Ed25519' }, text)).toBeUndefined()
  })

  test('Web Crypto: another statement in the token’s header is the token’s fault', async () => {
    const set = createKeySet([jwkOf(rsa)], undefined, ways.web)
    for (const input of [inputOf('RS512'), 'e30.e30', '!.e30', '.']) {
      const text = `${input}.${signed('RS256', input).toString('base64url')}`
      expect(await outcomes(set, { alg: 'RS256' }, text)).toBe('token_malformed')
    }
  })
})

describe('the scheme of this runtime', () => {
  const jwk = { kty: 'RSA', ...jwkOf(rsa) }

  test('the scheme is node:crypto on Node, and synchronous', () => {
    const check = signaturesHere().importKey(jwk, 'RS256')
    const text = `${inputOf('RS256')}.${signed('RS256', inputOf('RS256')).toString('base64url')}`
    expect(typeof check === 'function' && check(text, text.lastIndexOf('.'))).toBe(true)
  })

  test('the scheme is Web Crypto elsewhere, on imitations of Node too', () => {
    try {
      vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
      expect(signaturesHere()).toBe(webSignatures)
      vi.unstubAllGlobals()
      vi.stubGlobal('process', { ...process, versions: { ...process.versions, bun: '1.3.0' } })
      expect(signaturesHere()).toBe(webSignatures)
    } finally {
      vi.unstubAllGlobals()
    }
    expect(signaturesHere()).not.toBe(webSignatures)
  })
})

describe('DER of two numbers (RFC 3279 §2.2.3, X.690 §8.3, §8.1.3)', () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  test.each([
    ['ones', `${'00'.repeat(31)}01${'00'.repeat(31)}01`, '3006020101020101'],
    ['zeros', '00'.repeat(64), '3006020100020100'],
    ['a first bit that is set', `${'00'.repeat(31)}80${'00'.repeat(31)}7f`, '30070202008002017f'],
    ['a zero inside', `${'00'.repeat(29)}010000${'00'.repeat(30)}0100`, '3009020301000002020100'],
    ['whole numbers', '7f'.repeat(64), `3044${`0220${'7f'.repeat(32)}`.repeat(2)}`],
    ['whole numbers with first bits set', 'ff'.repeat(64), `3046${`022100${'ff'.repeat(32)}`.repeat(2)}`],
    ['127 bytes', '7f'.repeat(122), `307e${`023d${'7f'.repeat(61)}`.repeat(2)}`],
    ['128 bytes, in the long form', '7f'.repeat(124), `308180${`023e${'7f'.repeat(62)}`.repeat(2)}`],
    ['numbers of 66 bytes', `01${'ff'.repeat(65)}`.repeat(2), `308188${`024201${'ff'.repeat(65)}`.repeat(2)}`],
  ])('DER encodes two numbers: %s', (_, numbers, der) => {
    expect(hex(derOf(Buffer.from(numbers, 'hex')))).toBe(der)
  })
})

describe('S4: a replaced global Promise', () => {
  test.each(['node', 'web'] as const)(
    'S4: %s: with a replaced Promise, a bad signature is refused and a good one verifies',
    async (way) => {
      const input = inputOf('ES256')
      const good = signed('ES256', input)
      vi.stubGlobal('Promise', class Replaced<T> extends Promise<T> {})
      try {
        expect([
          await answerBy(way, jwkOf(p256), input, good, 'ES256'),
          await answerBy(way, jwkOf(p256), inputOf('ES256', 1), good, 'ES256'),
        ]).toEqual(['verifies', 'signature_invalid'])
      } finally {
        vi.unstubAllGlobals()
      }
    },
  )
})
