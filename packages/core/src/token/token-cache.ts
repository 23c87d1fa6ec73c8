/** Tokens that passed every check, so that a second sight of the same one skips decoding and signature: never dates, keys or rules. */

import { readOptions, assertSeconds } from '../util/options.ts'
import { formatValue } from '../util/format.ts'

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
    throw new TypeError(`cache: entries must be a whole number from 2 to 1000000, not ${formatValue(entries)}`)
  return { entries, maxAge: maxAge === undefined ? Infinity : assertSeconds('cache: maxAge', maxAge, 1, 86_400) }
}

/**
 * A bounded map from the whole text of a token. It is looked up by thirty bits of the signature, which are as good as chance, and then compared whole: two tokens of one
 * place, of which a billion pairs have one, take turns in it. Two generations stand in for an order of use: what is asked for moves to the young one, and when that is
 * full the old one is forgotten.
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

  /** What is remembered of that very text. */
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

  /** Remembers a token. Only for one that passed every check: strangers may look up, and must not put in. */
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

/** Five characters before the last, of which some bits mean nothing: a number that every engine keeps without allocating. */
function placeOf(text: string): number {
  let place = 0
  for (let back = 6; back > 1; back--) place = (place << 6) ^ text.charCodeAt(text.length - back)
  return place & 0x3fff_ffff
}
