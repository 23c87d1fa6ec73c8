/** Headers of tokens that were verified: all tokens of a key have the same, and it need not be decoded each time. */

import type { JoseHeader, Token } from './token.ts'

/** So many are kept: one for each key, of a few issuers. */
const most = 64

/** Decoded headers by their text. What is kept is what decoding it again would give, frozen. */
export class HeaderMemory {
  readonly #known = new Map<string, JoseHeader>()
  /** The same headers, to be told at a glance. */
  readonly #kept = new Set<JoseHeader>()

  get(part: string): JoseHeader | undefined {
    return this.#known.get(part)
  }

  /** Keeps the header of a token that was verified; strangers' are not. */
  keep({ text, header }: Pick<Token, 'text' | 'header'>): void {
    if (this.#kept.has(header)) return
    if (this.#kept.size >= most) {
      this.#known.clear()
      this.#kept.clear()
    }
    this.#kept.add(header)
    // A copy of the text: a part of it would keep the whole token.
    this.#known.set(Array.from(text.slice(0, text.indexOf('.'))).join(''), header)
  }
}
