import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import * as ofNode from './base64url.ts'
import { decodedLength, maxLength } from './base64url.ts'

/** The codec as other runtimes have it, without Node's decoder. */
async function importElsewhere(): Promise<typeof ofNode> {
  vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
  vi.resetModules()
  try {
    return await import('./base64url.ts')
  } finally {
    vi.unstubAllGlobals()
  }
}

const codecs = [
  ['of Node', ofNode],
  ['of other runtimes', await importElsewhere()],
] as const

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** What both decoders make of a text, which must be the same. */
function decoded(part: string): string | undefined {
  const [first, second] = codecs.map(([, { decodeText }]) => decodeText(part, 0, part.length))
  expect(second).toBe(first)
  return first
}

/** Whether both decoders take a text as base64url. */
function isBase64url(part: string): boolean {
  const [first, second] = codecs.map(([, { decodeOctets }]) => decodeOctets(part, 0, part.length) !== undefined)
  expect(second).toBe(first)
  return first as boolean
}

test('the decoder of other runtimes is another one', () => {
  expect(codecs[1][1]).not.toBe(ofNode)
})

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
  ])('lesson B2: decodeText refuses %s, in short and in long texts', (_, bytes) => {
    for (const length of [0, 3000]) {
      const around = Buffer.from('é'.repeat(length / 2))
      const part = Buffer.concat([around, Buffer.from(bytes), around]).toString('base64url')
      expect(decoded(part)).toBeUndefined()
      expect(isBase64url(part)).toBe(true)
    }
  })

  test('lesson B2: both decoders agree with an independent one on random changes of long texts', () => {
    const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const long = fc.string({ unit: 'binary', minLength: 1000, maxLength: 2900 })
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 })
    fc.assert(
      fc.property(long, changes, (text, each) => {
        const bytes = new TextEncoder().encode(text)
        for (const [at, byte] of each) bytes[at % bytes.length] = byte
        let expected: string | undefined
        try {
          expected = fatal.decode(bytes)
        } catch {
          // Not UTF-8.
        }
        expect(decoded(Buffer.from(bytes).toString('base64url'))).toBe(expected)
      }),
      { seed: 20_261_130, numRuns: 500 },
    )
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

describe.each(codecs)('the codec %s', (_, { decodeOctets, decodeText, octetsOf: load }) => {
  test('octets are decoded between two positions, whatever surrounds them', () => {
    const text = `{}.${Buffer.from('\u{1F511} and more').toString('base64url')}.!`

    expect(decodeText(text, 3, text.length - 2)).toBe('\u{1F511} and more')
    expect(decodeText(text, 2, text.length - 2)).toBeUndefined()
    expect(decodeText(text, 3, text.length)).toBeUndefined()
    expect(decodeText(text, 3, 3)).toBe('')
  })

  test('all 256 octets are decoded, at each position of a group', () => {
    for (const before of [0, 1, 2]) {
      const bytes = Uint8Array.from({ length: 256 + before }, (_each, index) => index % 256)
      const text = Buffer.from(bytes).toString('base64url')

      expect(decodeOctets(text, 0, text.length)).toEqual(bytes)
    }
  })

  test('texts of every length up to the limit are decoded, and none beyond', () => {
    for (const length of [1, 2, 3, 100, 101, 102, (maxLength / 4) * 3 - 1, (maxLength / 4) * 3]) {
      const bytes = Uint8Array.from({ length }, (_each, index) => (index * 7) % 256)
      const text = Buffer.from(bytes).toString('base64url')
      expect(decodeOctets(text, 0, text.length)).toEqual(bytes)
    }
    expect(decodeOctets('A'.repeat(maxLength + 4), 0, maxLength + 4)).toBeUndefined()
  })

  test('octetsOf takes ASCII up to the limit', () => {
    expect(load('A'.repeat(maxLength))?.length).toBe(maxLength)
    expect(load('A'.repeat(maxLength + 1))).toBeUndefined()
    expect(load('é')).toBeUndefined()
    expect(load('A\uD83D')).toBeUndefined()
    expect(load(`${'A'.repeat(maxLength - 1)}é`)).toBeUndefined()
  })

  test('decoding one text leaves nothing for the next', () => {
    load('Zm9vYmFy')
    expect(decodeText('Zm8', 0, 3)).toBe('fo')
    load('é')
    expect(decodeText('Zm9vYmFy', 0, 8)).toBe('foobar')
  })
})

test('lesson B1: both decoders agree with an independent one on random changes of encoded text', () => {
  const characters = fc.constantFrom(...Array.from(`${alphabet}+/=. \n\u0000\u007fé€`))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(fc.tuple(fc.nat(), characters)), (bytes, changes) => {
      const text = changes.reduce((part, [at, character]) => {
        const position = at % (part.length + 1)
        return part.slice(0, position) + character + part.slice(position + (at % 2))
      }, Buffer.from(bytes).toString('base64url'))
      const lenient = Buffer.from(text, 'base64url')
      const expected = lenient.toString('base64url') === text ? Uint8Array.from(lenient) : undefined
      for (const [, { decodeOctets }] of codecs) expect(decodeOctets(text, 0, text.length)).toEqual(expected)
    }),
    { seed: 20_261_130, numRuns: 5000 },
  )
})
