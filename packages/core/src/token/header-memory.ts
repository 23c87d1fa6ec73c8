/** Headers of tokens that were verified: all tokens of a key have the same, and it need not be decoded each time. */

import type { JoseHeader, Token } from '../model/token.ts'

/** So many are kept: one for each key, of a few issuers. */
const most = 64

/** Decoded headers by their text. What is kept is what decoding it again would give, frozen. */
export class HeaderMemory {
  readonly #known = new Map<string, JoseHeader>()

  get(part: string): JoseHeader | undefined {
    return this.#known.get(part)
  }

  /** Keeps the header of a token that was verified; strangers' are not. */
  keep({ text, header }: Pick<Token, 'text' | 'header'>): void {
    const part = text.slice(0, text.indexOf('.'))
    if (this.#known.get(part) === header) return
    if (this.#known.size >= most) this.#known.clear()
    // A copy of the text: a part of it would keep the whole token.
    this.#known.set(Array.from(part).join(''), Object.freeze(header))
  }
}
