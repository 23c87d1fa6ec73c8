/**
 * A cache of tokens that passed every check. A cached token skips decoding and signature, never
 * dates, keys or rules.
 */

import { readOptions, assertSeconds } from '../util/options.ts'
import { formatValue } from '../util/format.ts'

/** The size of the token cache, and how long it keeps a token. */
export interface CacheOptions {
  /** The maximum number of tokens, 2 to 1,000,000; each takes about 4 KB. Default 5000. */
  readonly entries?: number
  /**
   * How long a verification is reused: seconds, 1 to 86400. Default: until the token expires.
   */
  readonly maxAge?: number
}

/** `CacheOptions` after checking. */
export interface CacheLimits {
  /** The maximum number of tokens, 2 to 1,000,000. */
  readonly entries: number
  /** How long a verification is reused: seconds; `Infinity` until the token expires. */
  readonly maxAge: number
}

/**
 * Reads the `cache` option.
 *
 * @throws {TypeError} that says what to write.
 */
export function readCache(given: CacheOptions | false | undefined): CacheLimits | undefined {
  if (given === false) return undefined
  const { entries = 5000, maxAge } = readOptions<CacheOptions>('cache', given ?? {}, { entries: true, maxAge: true })
  if (!Number.isInteger(entries) || entries < 2 || entries > 1_000_000)
    throw new TypeError(`cache: entries must be a whole number from 2 to 1000000, not ${formatValue(entries)}`)
  return { entries, maxAge: maxAge === undefined ? Infinity : assertSeconds('cache: maxAge', maxAge, 1, 86_400) }
}

/**
 * A bounded map from the text of a token. Its key is thirty bits of the signature, which are
 * effectively random; then the whole text is compared. Two tokens with the same key, one pair in a
 * billion, evict each other. Two generations approximate LRU: a hit moves an entry to the young
 * one, and when that is full, the old one is dropped.
 */
export class TokenCache<V extends { readonly text: string }> {
  readonly #half: number
  #young = new Map<number, V>()
  #old = new Map<number, V>()

  constructor({ entries }: Pick<CacheLimits, 'entries'>) {
    this.#half = Math.floor(entries / 2)
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  /** The entry for exactly this text. */
  get(text: string): V | undefined {
    const place = placeOf(text)
    const young = this.#young.get(place)
    if (young !== undefined) return young.text === text ? young : undefined
    const old = this.#old.get(place)
    if (old === undefined || old.text !== text) return undefined
    this.#old.delete(place)
    this.#add(place, old)
    return old
  }

  /**
   * Adds an entry. Only for a token that passed every check: strangers must not be able to fill the
   * cache.
   */
  set(value: V): void {
    const place = placeOf(value.text)
    this.#old.delete(place)
    this.#add(place, value)
  }

  delete({ text }: V): void {
    const place = placeOf(text)
    this.#young.delete(place)
    this.#old.delete(place)
  }

  #add(place: number, value: V): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(place, value)
  }
}

/**
 * The key: five characters of six bits each, a small integer that engines store without allocating.
 * Skips the last character, since some of its bits may be padding (RFC 4648 §3.5).
 */
function placeOf(text: string): number {
  let place = 0
  for (let back = 6; back > 1; back--) place = (place << 6) ^ text.charCodeAt(text.length - back)
  return place & 0x3fff_ffff
}
