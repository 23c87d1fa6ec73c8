import { describe, expect, test } from 'vitest'
import * as base64url from './base64url.ts'
import { decodedLength, decodeOctets, decodeText, maxLength, octetsOf } from './base64url.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function decoded(part: string): string | undefined {
  const octets = octetsOf(part)
  return octets && decodeText(octets, 0, part.length)
}

/** Checks that decoding and isBase64url agree. */
function isBase64url(part: string): boolean {
  const octets = octetsOf(part)
  if (octets === undefined) return false
  const is = base64url.isBase64url(octets, 0, part.length)
  expect(decodeOctets(octets, 0, part.length) !== undefined).toBe(is)
  return is
}

describe('text', () => {
  // RFC 4648 §10, without padding.
  test.each([
    ['', ''],
    ['Zg', 'f'],
    ['Zm8', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg', 'foob'],
    ['Zm9vYmE', 'fooba'],
    ['Zm9vYmFy', 'foobar'],
    ['Pj4-Pz8_', '>>>???'],
    ['w6TDtsO8', 'äöü'],
    ['8J-UkQ', '\u{1F511}'],
    ['AA', '\u0000'],
    ['77-_', '\uFFFF'],
    ['77u_e30', '\uFEFF{}'],
  ])('decodeText of %j is %j', (part, text) => {
    expect(decoded(part)).toBe(text)
    expect(isBase64url(part)).toBe(true)
  })

  test('decodeText decodes all UTF-8, of any length', () => {
    for (let length = 0; length < 300; length++) {
      const text = 'ä€\u{1F511}x'
        .repeat(40)
        .slice(0, length)
        .replace(/[\uD800-\uDBFF]$/, '')
      expect(decoded(Buffer.from(text).toString('base64url'))).toBe(text)
    }
  })
})

describe('lesson B1: one spelling for each value', () => {
  // RFC 4648 §4: two bits of the last character belong to a single byte, four to a second one; the
  // others are unused.
  test.each([
    ['one byte', 'Z', 16],
    ['two bytes', 'Zm', 4],
  ])('lesson B1: of %s, unused bits must be zero', (_, before, step) => {
    for (const [index, character] of Array.from(alphabet).entries()) {
      const part = before + character
      const one = index % step === 0
      expect([part, decoded(part) !== undefined, isBase64url(part)]).toEqual([part, one, one])
    }
  })

  test.each([
    ['one character', 'Z'],
    ['five characters', 'Zm9vY'],
    ['padding that belongs there', 'Zg=='],
    ['padding of one', 'Zm8='],
    ['only padding', '===='],
    ['padding that nothing asks for', 'Zm9v===='],
    ['padding inside', 'Zg==Zg=='],
    ['two padded to look whole', 'Zm9vZg=='],
    ['the other alphabet', 'Pj4+Pz8/'],
    ['only plus', 'Pj4+'],
    ['only slash', 'Pz8/'],
    ['a space before', ' Zm9'],
    ['a space inside', 'Zm 9'],
    ['a space behind', 'Zm9v    '],
    ['a line break behind', 'Zm9v\n'],
    ['a line break inside', 'Zm\n9vYg'],
    ['a tab', 'Zm9\t'],
    ['a zero byte', 'Zm9\u0000'],
    ['a dot', 'Zm9.'],
    ['a comma', 'Zm9,Zm9v'],
    ['a tilde', 'Zm9~'],
    ['a letter of Latin-1', 'Zm9é'],
    ['the byte 0xFF', 'Zm9ÿ'],
    ['an emoji', 'Zm9v\u{1F511}AA'],
  ])('lesson B1: refuses %s', (_, part) => {
    expect(decoded(part)).toBeUndefined()
    expect(isBase64url(part)).toBe(false)
  })

  test('base64url refuses every other character of Latin-1, at every position', () => {
    const good = Buffer.from('{"iss":"https://ci.example"}').toString('base64url')
    for (let code = 0; code < 256; code++) {
      const character = String.fromCharCode(code)
      if (alphabet.includes(character)) continue
      for (const at of [0, 1, 17, good.length - 2, good.length - 1]) {
        expect(decoded(good.slice(0, at) + character + good.slice(at + 1))).toBeUndefined()
        expect(decoded(good.slice(0, at) + character + good.slice(at))).toBeUndefined()
        expect(isBase64url(good.slice(0, at) + character + good.slice(at + 1))).toBe(false)
      }
    }
  })

  test('base64url refuses characters beyond Latin-1 whose low eight bits are those of a valid one', () => {
    const good = Buffer.from('{"iss":"https://ci.example"}').toString('base64url')
    for (const above of [0x100, 0x2000, 0xff00]) {
      const wide = (part: string): string =>
        String.fromCharCode(...Array.from(part, (each) => each.charCodeAt(0) + above))
      expect(decoded(wide(good))).toBeUndefined()
      for (const at of [0, 1, 17, good.length - 1]) {
        expect(decoded(good.slice(0, at) + wide(good.charAt(at)) + good.slice(at + 1))).toBeUndefined()
      }
    }
  })
})

describe('lesson B2: UTF-8 only', () => {
  test.each([
    ['a lone continuation byte', [0x80]],
    ['a byte that never occurs', [0x41, 0xff]],
    ['the half of a character', [0xc3]],
    ['a character cut short before ASCII', [0xe2, 0x82, 0x41]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code beyond the last', [0xf4, 0x90, 0x80, 0x80]],
  ])('lesson B2: decodeText refuses %s', (_, bytes) => {
    const part = Buffer.from(bytes).toString('base64url')
    expect(decoded(part)).toBeUndefined()
    expect(isBase64url(part)).toBe(true)
  })
})

test.each([
  [0, 0],
  [2, 1],
  [3, 2],
  [4, 3],
  [6, 4],
  [342, 256],
  [86, 64],
  [176, 132],
])('%i characters encode %i bytes', (characters, bytes) => {
  expect(decodedLength(characters)).toBe(bytes)
})

describe('decoding octets', () => {
  test('octets are decoded between two positions, whatever surrounds them', () => {
    const text = `{}.${Buffer.from('\u{1F511} and more').toString('base64url')}.!`
    const octets = octetsOf(text) as Uint8Array

    expect(decodeText(octets, 3, text.length - 2)).toBe('\u{1F511} and more')
    expect(decodeText(octets, 2, text.length - 2)).toBeUndefined()
    expect(decodeText(octets, 3, text.length)).toBeUndefined()
    expect(decodeText(octets, 3, 3)).toBe('')
  })

  test('all 256 octets are decoded, at each position of a group', () => {
    for (const before of [0, 1, 2]) {
      const bytes = Uint8Array.from({ length: 256 + before }, (_, index) => index % 256)
      const text = Buffer.from(bytes).toString('base64url')

      expect(decodeOctets(octetsOf(text) as Uint8Array, 0, text.length)).toEqual(bytes)
    }
  })

  test('octetsOf takes ASCII up to the limit', () => {
    expect(octetsOf('A'.repeat(maxLength))?.length).toBe(maxLength)
    expect(octetsOf('A'.repeat(maxLength + 1))).toBeUndefined()
    expect(octetsOf('é')).toBeUndefined()
    expect(octetsOf('A\uD83D')).toBeUndefined()
    expect(octetsOf(`${'A'.repeat(maxLength - 1)}é`)).toBeUndefined()
  })

  test('decoding one text leaves nothing for the next', () => {
    octetsOf('Zm9vYmFy')

    expect(decodeText(octetsOf('Zm8') as Uint8Array, 0, 3)).toBe('fo')
  })
})
