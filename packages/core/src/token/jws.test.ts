import { describe, expect, test } from 'vitest'
import { base64url } from '@jobpass/testing/internal'
import { Refusal } from '../model/refusal.ts'
import { decodeToken, freezeClaims, looksLikeJwt, maxTokenLength } from './jws.ts'
import type { Token } from '../model/token.ts'

const header = base64url({ alg: 'RS256' })
const payload = base64url({ iss: 'https://ci.example' })
const signature = 'c2ln'

/** Parts stay as they are when text, and become base64url JSON when objects. */
function token(head: unknown, body: unknown, tail: string = signature): string {
  const part = (value: unknown): string => (typeof value === 'string' ? value : base64url(value))
  return `${part(head)}.${part(body)}.${tail}`
}

const claimsOf = (body: unknown): Token['claims'] => (decodeToken(token(header, body)) as Token).claims
const json = (text: string): string => base64url(text)

function refusedFor(text: string): unknown {
  const result = decodeToken(text)
  if (!(result instanceof Refusal)) return 'decoded'
  expect(result.code).toBe('token_malformed')
  return result.context.unverifiedClaim ?? 'form'
}

describe('decodeToken: the form of a token', () => {
  test('decodeToken decodes header and claims, and keeps the text', () => {
    const text = token({ alg: 'ES256', kid: 'k' }, { iss: 'https://ci.example', sub: 's', aud: ['a', 'b'], exp: 2 })
    const decoded = decodeToken(text) as Token
    expect(decoded.text).toBe(text)
    expect({ ...decoded.header }).toEqual({ alg: 'ES256', kid: 'k' })
    expect({ ...decoded.claims }).toEqual({ iss: 'https://ci.example', sub: 's', aud: ['a', 'b'], exp: 2 })
  })

  test.each([
    ['empty', ''],
    ['one part', 'abc'],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${header}.${payload}.${signature}.x`],
    ['lesson B5: five parts, as an encrypted token has', `${header}.a.b.c.d`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['only dots', '..'],
    ['lesson B1: padding', `${header}.${payload}=.${signature}`],
    ['lesson B1: the other base64 alphabet', `${header}.a+b/.${signature}`],
    ['lesson B1: a space', `${header}.${payload} .${signature}`],
    ['lesson B1: a line break behind', `${header}.${payload}.${signature}\n`],
    ['lesson B1: a length that no bytes have', token(`${json('{"alg":"RS256"}')}A`, payload)],
  ])('decodeToken refuses %s', (_, text) => {
    expect(refusedFor(text)).toBe('form')
  })

  test('decodeToken takes an empty signature, whose algorithm is refused later', () => {
    expect(decodeToken(`${header}.${payload}.`)).not.toBeInstanceOf(Refusal)
  })
})

describe('lesson B1: one spelling for each value', () => {
  // '{"alg":"RS256"}' has 15 bytes; with one or two more spaces, the last character has unused
  // bits.
  test.each([
    ['{"alg":"RS256"} ', 'A', 'B'],
    ['{"alg":"RS256"}  ', 'A', 'B'],
  ])('lesson B1: decodeToken refuses non-zero trailing bits after %j', (text) => {
    const right = json(text)
    const last = right.at(-1) as string
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const other = alphabet[alphabet.indexOf(last) + 1]
    const wrong = right.slice(0, -1) + other
    expect(Buffer.from(wrong, 'base64url').toString()).toBe(text)
    expect(refusedFor(token(right, payload))).toBe('decoded')
    expect(refusedFor(token(wrong, payload))).toBe('form')
  })

  test.each(['cw', 'c2k', 'c2ln'])('lesson B1: decodeToken takes the signature %j', (tail) => {
    expect(refusedFor(token(header, payload, tail))).toBe('decoded')
  })

  test.each(['cx', 'c2l', 'c2lnA'])('lesson B1: decodeToken refuses the signature %j', (tail) => {
    expect(refusedFor(token(header, payload, tail))).toBe('form')
  })
})

describe('lesson B2: plain JSON objects only', () => {
  test.each([
    '[]',
    'null',
    '"text"',
    '7',
    'true',
    '',
    ' ',
    '{',
    '{"iss":"x"}}',
    '{iss:"x"}',
    "{'iss':'x'}",
    '[{"iss":"x"}]',
  ])('lesson B2: decodeToken refuses the payload %j', (text) => {
    expect(refusedFor(token(header, json(text || ' ')))).toBe('form')
  })

  test.each(['[]', 'null', '"RS256"', '["alg","RS256"]', '{"alg":"RS256",}'])(
    'lesson B2: decodeToken refuses the header %j',
    (text) => {
      expect(refusedFor(token(json(text), payload))).toBe('form')
    },
  )

  test.each([
    ['a lone continuation byte', Uint8Array.of(0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d)],
    ['an overlong form', Uint8Array.of(0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d)],
    ['a lone surrogate', Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d)],
    ['a byte order mark', Buffer.from('\uFEFF{"iss":"https://ci.example"}')],
  ])('lesson B2: decodeToken refuses %s in the payload', (_, bytes) => {
    expect(refusedFor(token(header, base64url(bytes)))).toBe('form')
    expect(refusedFor(token(base64url(bytes), payload))).toBe('form')
  })

  test('lesson B2: of a duplicate member, the last one counts', () => {
    const claims = claimsOf(json('{"iss":"https://a.example","sub":"one","iss":"https://b.example","sub":"two"}'))
    expect({ ...claims }).toEqual({ iss: 'https://b.example', sub: 'two' })
  })
})

describe('lesson B3: claim names without special meaning', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'lesson B3: decodeToken keeps %j as an own member',
    (name) => {
      const claims = claimsOf(json(`{"iss":"x","${name}":{"admin":true}}`))
      expect(Object.getPrototypeOf(claims)).toBe(Object.prototype)
      expect(Object.keys(claims)).toContain(name)
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
    },
  )

  test.each<[string, PropertyDescriptor]>([
    ['set', { value: 'admin', configurable: true, writable: true, enumerable: true }],
    ['defined, and hidden', { value: 'admin', configurable: true, enumerable: false }],
  ])('lesson B3: a claim that is %s on Object.prototype is not found', (_, descriptor) => {
    const before = claimsOf({ iss: 'x', inner: {} })
    const root = Object.getPrototypeOf({}) as object
    Object.defineProperty(root, 'role', descriptor)
    try {
      const claims = claimsOf({ iss: 'x', inner: {}, list: [{}] }) as unknown as Record<string, Record<string, unknown>>
      const parts = [claims, claims['inner'], (claims['list'] as unknown as object[])[0]] as Record<string, unknown>[]
      expect(parts.map((part) => [part['role'], Object.getPrototypeOf(part)])).toEqual(
        parts.map(() => [undefined, null]),
      )
      expect(Object.hasOwn(before, 'role')).toBe(false)
    } finally {
      Reflect.deleteProperty(root, 'role')
    }
  })

  test('claims are frozen deeply once a signature is verified, and not before', () => {
    const claims = claimsOf({ iss: 'x', a: { b: [{ c: 1 }] } }) as { a: { b: { c: number }[] } } & Token['claims']
    expect(Object.isFrozen(claims)).toBe(false)
    expect(freezeClaims(claims)).toBe(claims)
    expect([claims, claims.a, claims.a.b, claims.a.b[0]].every((part) => Object.isFrozen(part))).toBe(true)
  })

  test.each([
    ['nothing nested', '{"iss":"x","none":null}'],
    ['white space before', ' \n{"iss":"x","none":null}'],
    ['brackets inside texts only', '{"iss":"x","none":null,"text":"[{}]"}'],
    ['a list', '{"iss":"x","none":null,"list":[null,1]}'],
    ['an object', '{"iss":"x","none":null,"inner":{"none":null}}'],
  ])('decodeToken keeps null, with %s', (_, text) => {
    const decoded = decodeToken(token(header, json(text))) as Token
    expect(decoded.claims).toEqual(JSON.parse(text))
  })
})

describe('S17: the structure of a token', () => {
  const decodes = (value: unknown): boolean =>
    !(decodeToken(token(header, base64url({ iss: 'x', value }))) instanceof Refusal)
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])

  test.each<[string, unknown, boolean]>([
    ['fifteen lists within each other', nested(15), true],
    ['sixteen lists within each other', nested(16), false],
    ['as many values as are allowed', Array.from({ length: 510 }, () => 1), true],
    ['one value more', Array.from({ length: 511 }, () => 1), false],
    ['thousands of empty lists', Array.from({ length: 3000 }, () => []), false],
    ['thousands of empty objects', Array.from({ length: 3000 }, () => ({})), false],
    ['a text full of brackets and commas', '[{,'.repeat(2000), true],
    ['a text that ends in backslashes', `${'\\'.repeat(900)}"[[`.repeat(2), true],
  ])('S17: the structure of a token: %s: %s', (_, value, expected) => {
    expect(decodes(value)).toBe(expected)
  })
})

describe('S21: control characters', () => {
  const characters = ['\0', '\t', '\n', '\r', '\u001b', '\u007f', '\u0085']
  test.each(
    characters.flatMap((character) => (['iss', 'sub', 'aud', 'jti'] as const).map((claim) => [claim, character])),
  )('S21: control characters are refused in %s: %j', (claim, character) => {
    const refused = decodeToken(token(header, base64url({ iss: 'x', [claim]: `a${character}b` })))
    expect(refused instanceof Refusal && [refused.code, refused.context.unverifiedClaim]).toEqual([
      'token_malformed',
      claim,
    ])
  })
})

describe('lesson A5: size limits', () => {
  const padded = (length: number): string => {
    const rest = length - header.length - payload.length - 2
    return `${header}.${payload}.${'A'.repeat(rest)}`
  }

  test('lesson A5: decodeToken takes 16 KiB, and not one character more', () => {
    expect(maxTokenLength).toBe(16_384)
    expect(refusedFor(padded(16_384))).toBe('decoded')
    expect(refusedFor(padded(16_388))).toBe('form')
  })

  test('lesson A5: decodeToken refuses a hundred thousand dots', () => {
    expect(refusedFor('.'.repeat(100_000))).toBe('form')
  })

  const nested = (depth: number): string => json(`{"iss":"x","a":${'['.repeat(depth)}${']'.repeat(depth)}}`)

  test.each([1, 14, 15])('lesson A5: decodeToken takes %i nested lists', (depth) => {
    expect(refusedFor(token(header, nested(depth)))).toBe('decoded')
  })

  test.each([16, 17, 100, 5000])('lesson A5: decodeToken refuses %i nested lists', (depth) => {
    expect(refusedFor(token(header, nested(depth)))).toBe('form')
  })

  const filler = 'x'.repeat(2048)
  const inObject = (members: number, value = '":,"'): string =>
    `{"iss":"${filler}",${Array.from({ length: members - 1 }, (_, index) => `"a:${index}":${value}`).join(',')}}`
  const inTags = (...members: readonly number[]): string => {
    const tags = members.map((length) => Object.fromEntries(Array.from({ length }, (_, index) => [`${index}:`, 1])))
    return JSON.stringify({ iss: filler, tags: tags[0], ...(tags[1] && { more: tags[1] }) })
  }
  const inList = (values: number): string =>
    `{"iss":"${filler}","list":[${Array.from({ length: values - 3 }, () => '1').join(',')}]}`

  test.each([
    ['127 members', inObject(127), 'decoded'],
    ['128 members', inObject(128), 'form'],
    ['127 members, each an object', inObject(127, '{}'), 'decoded'],
    ['128 members, each an object', inObject(128, '{}'), 'form'],
    ['127 members of an inner object', inTags(127), 'decoded'],
    ['128 members of an inner object', inTags(128), 'form'],
    ['160 members of three objects', inTags(60, 97), 'decoded'],
    ['161 members of three objects', inTags(60, 98), 'form'],
    ['a list of 500 items', inList(500), 'decoded'],
    ['a list of 520 items', inList(520), 'form'],
  ])('lesson A5: decodeToken bounds the members of a long token: %s', (_name, text, expected) => {
    expect(refusedFor(token(header, json(text)))).toBe(expected)
  })

  test('lesson A5: decodeToken refuses a header with objects nested deeper than sixteen', () => {
    const deep = `{"alg":"RS256","a":${'{"a":'.repeat(16)}1${'}'.repeat(16)}}`
    expect(refusedFor(token(json(deep), payload))).toBe('form')
  })
})

describe('lesson B7: the types of registered claims', () => {
  test.each([
    ['iss', '{}'],
    ['iss', '{"iss":null}'],
    ['iss', '{"iss":1}'],
    ['iss', '{"iss":["https://ci.example"]}'],
    ['iss', '{"iss":{"toString":"https://ci.example"}}'],
    ['sub', '{"iss":"x","sub":7}'],
    ['sub', '{"iss":"x","sub":null}'],
    ['jti', '{"iss":"x","jti":["a"]}'],
    ['aud', '{"iss":"x","aud":null}'],
    ['aud', '{"iss":"x","aud":[]}'],
    ['aud', '{"iss":"x","aud":["a",1]}'],
    ['aud', '{"iss":"x","aud":[["a"]]}'],
    ['aud', '{"iss":"x","aud":{"0":"a","length":1}}'],
    ['exp', '{"iss":"x","exp":"9e9"}'],
    ['exp', '{"iss":"x","exp":1e400}'],
    ['exp', '{"iss":"x","exp":null}'],
    ['exp', '{"iss":"x","exp":true}'],
    ['exp', '{"iss":"x","exp":[9999999999]}'],
    ['iat', '{"iss":"x","iat":"1"}'],
    ['iat', '{"iss":"x","iat":-1e400}'],
    ['nbf', '{"iss":"x","nbf":null}'],
    ['nbf', '{"iss":"x","nbf":"now"}'],
  ])('lesson E4: decodeToken refuses for %s: %s', (claim, text) => {
    expect(refusedFor(token(header, json(text)))).toBe(claim)
  })

  test.each(['{}', '{"alg":null}', '{"alg":["RS256"]}', '{"alg":256}', '{"ALG":"RS256"}'])(
    'decodeToken refuses a header without text for alg: %s',
    (text) => {
      expect(refusedFor(token(json(text), payload))).toBe('form')
    },
  )

  test.each(['{"iss":""}', '{"iss":"x","aud":""}', '{"iss":"x","exp":0}', '{"iss":"x","exp":-1.5}'])(
    'decodeToken leaves to later checks: %s',
    (text) => {
      expect(refusedFor(token(header, json(text)))).toBe('decoded')
    },
  )
})

describe('looksLikeJwt', () => {
  test.each([
    ['a.b.c', true],
    ['a.b.', true],
    ['ab-_.cd09.', true],
    ['AZaz09-_.AZaz09-_.AZaz09-_', true],
    ['.b.c', false],
    ['a..c', false],
    [' a.b.c', false],
    ['a.b.c ', false],
    ['a.b.c\n', false],
    ['a+.b.c', false],
    ['x/a.b.c', false],
    ['opaque-token_1', false],
    ['a.b', false],
    ['a.b.c.d', false],
    ['a.b.c=', false],
    ['x'.repeat(maxTokenLength), false],
    ['x'.repeat(maxTokenLength + 1), true],
  ])('looksLikeJwt of %j is %s', (text, expected) => {
    expect(looksLikeJwt(text)).toBe(expected)
  })
})
