/** Keys with an end: each operation costs the same, however many keys there are. */

/** The keys of a memory store; times in seconds since 1970. */
export class ClaimTable {
  readonly #limit: number
  readonly #now: () => number
  readonly #ends = new Map<string, number>()
  /** Who claimed the keys that name their holder. */
  readonly #holders = new Map<string, string>()
  /**
   * Keys by the minute in which they end, rounded up. A prolonged key is moved when its old minute
   * is over.
   */
  readonly #minutes = new Map<number, string[]>()
  /** The first minute in which keys end. */
  #first = Infinity

  constructor(limit: number, now: () => number) {
    this.#limit = limit
    this.#now = now
  }

  has(key: string): boolean {
    return this.#ends.has(key)
  }

  holderOf(key: string): string | undefined {
    return this.#holders.get(key)
  }

  /**
   * Adds a key that is not in the table. Throws when the table is full: a live key is never
   * forgotten.
   */
  add(key: string, end: number, by?: string): void {
    const now = this.#now()
    if (this.#ends.size >= this.#limit && !this.#dropOne(now))
      throw new Error('the replay store is full of live claims')
    this.#ends.set(key, end)
    if (by !== undefined) this.#holders.set(key, by)
    this.#file(key, end, now)
  }

  /** Sets a key until the later of two times, whether or not it is in the table. */
  mark(key: string, end: number): void {
    const before = this.#ends.get(key)
    if (before === undefined) this.add(key, end)
    else this.#ends.set(key, Math.max(before, end))
  }

  #file(key: string, end: number, now: number): void {
    // Not before the present minute, so that walking through minutes never starts far in the past.
    const minute = Math.max(Math.ceil(end / 60), Math.floor(now / 60))
    const keys = this.#minutes.get(minute)
    if (keys === undefined) this.#minutes.set(minute, [key])
    else keys.push(key)
    this.#first = Math.min(this.#first, minute)
  }

  /** Removes one key that has ended, where one is in a minute that is over. */
  #dropOne(now: number): boolean {
    for (; this.#first * 60 <= now; this.#first++) {
      const keys = this.#minutes.get(this.#first) ?? []
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
        const end = this.#ends.get(key) as number
        if (end > now) this.#file(key, end, now)
        else {
          this.#holders.delete(key)
          return this.#ends.delete(key)
        }
      }
      this.#minutes.delete(this.#first)
    }
    return false
  }
}
