/**
 * A strict decoder for base64url (RFC 4648 §5) and JSON (RFC 8259), only for the reference check:
 * it shares no code with the code under test.
 */

/** A JSON value; objects are maps, so that member names have no special meaning. */
export type Json = null | boolean | number | string | readonly Json[] | ReadonlyMap<string, Json>

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * The decoded bytes; `undefined` for any spelling except the one without padding and with zero
 * trailing bits.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const character of text) {
    const value = alphabet.indexOf(character)
    if (value < 0) return undefined
    held = held * 64 + value
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes.push(Math.floor(held / 2 ** bits))
    held %= 2 ** bits
  }
  return bits < 6 && held === 0 ? Buffer.from(bytes) : undefined
}

/**
 * The value of UTF-8 JSON text with limited nesting; the last duplicate member counts. `undefined`
 * if it is invalid.
 */
export function decodeJson(bytes: Buffer, depth = 16): Json | undefined {
  const text = bytes.toString('utf8')
  // Invalid UTF-8 does not encode to the same bytes again.
  if (!Buffer.from(text, 'utf8').equals(bytes)) return undefined
  try {
    const reader = new Reader(text)
    const value = reader.value(depth)
    return reader.ended() ? value : undefined
  } catch (error) {
    if (error instanceof NoJson) return undefined
    throw error
  }
}

class NoJson extends Error {}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class Reader {
  readonly #text: string
  #at = 0
  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): Json {
    this.#space()
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth - 1)
    if (first === '[') return this.#array(depth - 1)
    if (first === '"') return this.#string()
    for (const [word, meaning] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.#take(word)) return meaning
    }
    return this.#number()
  }

  ended(): boolean {
    this.#space()
    return this.#at === this.#text.length
  }

  #object(depth: number): Json {
    const members = new Map<string, Json>()
    for (const _ of this.#items('{', '}', depth)) {
      this.#space()
      const name = this.#string()
      this.#space()
      this.#must(':')
      members.set(name, this.value(depth))
    }
    return members
  }

  #array(depth: number): Json {
    const items: Json[] = []
    for (const _ of this.#items('[', ']', depth)) items.push(this.value(depth))
    return items
  }

  /** One step per item, with the commas between them and the surrounding brackets. */
  *#items(open: string, close: string, depth: number): Generator<void> {
    if (depth < 0) throw new NoJson()
    this.#must(open)
    this.#space()
    if (this.#take(close)) return
    do {
      yield
      this.#space()
    } while (this.#take(','))
    this.#must(close)
  }

  #string(): string {
    this.#must('"')
    let read = ''
    while (!this.#take('"')) {
      const character = this.#text[this.#at++]
      if (character === undefined || character < ' ') throw new NoJson()
      read += character === '\\' ? this.#escape() : character
    }
    return read
  }

  #escape(): string {
    const letter = this.#text[this.#at++] ?? ''
    if (letter === 'u') {
      const digits = this.#text.slice(this.#at, this.#at + 4)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new NoJson()
      this.#at += 4
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const meant = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
    if (meant === undefined) throw new NoJson()
    return meant
  }

  #number(): number {
    const grammar = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
    grammar.lastIndex = this.#at
    const [digits] = grammar.exec(this.#text) ?? []
    if (digits === undefined) throw new NoJson()
    this.#at += digits.length
    return Number(digits)
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at++
  }

  #take(word: string): boolean {
    const found = this.#text.startsWith(word, this.#at)
    if (found) this.#at += word.length
    return found
  }

  #must(word: string): void {
    if (!this.#take(word)) throw new NoJson()
  }
}
