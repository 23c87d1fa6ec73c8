/** Tokens that passed every check, so that a second sight of the same one skips decoding and signature: never dates, keys or rules. */

import { readOptions, seconds, show } from '../util/text.ts'

/** How much is remembered. */
export interface CacheOptions {
  /** The most tokens that are remembered, 2 to 1,000,000; each takes about 4 KB. Default 5000. */
  readonly entries?: number
  /** Seconds after which a token is looked at anew, 1 to 86400. Default: when it expires. */
  readonly maxAge?: number
}

/** The same, checked. */
export interface CacheLimits {
  readonly entries: number
  /** Seconds. */
  readonly maxAge: number
}

/** Reads the option. Throws a `TypeError` that says what to write. */
export function readCache(given: CacheOptions | false | undefined): CacheLimits | undefined {
  if (given === false) return undefined
  const { entries = 5000, maxAge } = readOptions('cache', given ?? {}, ['entries', 'maxAge']) as CacheOptions
  if (!Number.isInteger(entries) || entries < 2 || entries > 1_000_000)
    throw new TypeError(`cache: entries must be a whole number from 2 to 1000000, not ${show(entries)}`)
  return { entries, maxAge: maxAge === undefined ? Infinity : seconds('cache: maxAge', maxAge, 1, 86_400) }
}

/**
 * A bounded map from the whole text of a token. It is looked up by the end of the signature, which is cheap to hash and as good as chance, and then compared
 * whole. Two generations stand in for an order of use: what is asked for moves to the young one, and when that is full the old one is forgotten.
 */
export class TokenCache<V extends { readonly text: string }> {
  readonly #half: number
  #young = new Map<string, V>()
  #old = new Map<string, V>()

  constructor({ entries }: Pick<CacheLimits, 'entries'>) {
    this.#half = Math.floor(entries / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** What is remembered of that very text. */
  get(text: string): V | undefined {
    const end = text.slice(-endLength)
    const young = this.#young.get(end)
    if (young !== undefined) return young.text === text ? young : undefined
    const old = this.#old.get(end)
    if (old === undefined || old.text !== text) return undefined
    this.#old.delete(end)
    this.#add(end, old)
    return old
  }

  /** Remembers a token. Only for one that passed every check: strangers may look up, and must not put in. */
  set(value: V): void {
    const end = value.text.slice(-endLength)
    this.#old.delete(end)
    this.#add(end, value)
  }

  delete({ text }: V): void {
    const end = text.slice(-endLength)
    this.#young.delete(end)
    this.#old.delete(end)
  }

  #add(end: string, value: V): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(end, value)
  }
}

const endLength = 43
