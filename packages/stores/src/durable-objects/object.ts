/** The Durable Object that keeps claims. */

import { sqliteStatements } from '../sqlite/statements.ts'

/** The rows that a statement returns. */
export interface SqlCursor {
  /** The rows, each an object. */
  toArray(): Record<string, unknown>[]
}

/** What the object uses of its state (https://developers.cloudflare.com/durable-objects/api/state/). */
export interface ReplayClaimsState {
  /** The storage of a class with SQLite. */
  readonly storage: {
    /** SQL. */
    readonly sql: {
      /** Runs one statement. */
      exec(query: string, ...values: (string | number | null)[]): SqlCursor
    }
    /** When the alarm rings, in milliseconds since 1970. */
    getAlarm(): Promise<number | null>
    /** Sets the alarm. */
    setAlarm(time: number): Promise<void>
  }
}

/** What a store asks the object. */
export interface ReplayQuestion {
  /** The method of the store. */
  readonly method: 'claim' | 'mark' | 'seen'
  /** The key. */
  readonly key: string
  /** Seconds since 1970; 0 for `seen`. */
  readonly expiresAt: number
  /** Who claims. Default: no one. */
  readonly by?: string | undefined
}

const statements = sqliteStatements('"claims"')

/**
 * The Durable Object that keeps claims, on SQLite. It answers one store, and no one else: only the
 * Workers that have the binding reach it. An alarm deletes the keys that have ended, each hour in
 * which there are some.
 *
 * @example
 * ```ts
 * // In the module of the Worker; wrangler.jsonc:
 * // "durable_objects": { "bindings": [{ "name": "CLAIMS", "class_name": "ReplayClaims" }] },
 * // "migrations": [{ "tag": "claims", "new_sqlite_classes": ["ReplayClaims"] }]
 * export { ReplayClaims } from '@jobpass/stores/durable-objects'
 * ```
 */
export class ReplayClaims {
  /** The mark of Durable Objects in the types of Cloudflare, for `DurableObjectNamespace`. */
  declare readonly __DURABLE_OBJECT_BRAND: never
  readonly #storage: ReplayClaimsState['storage']

  /** Called by the runtime. */
  constructor(state: ReplayClaimsState) {
    this.#storage = state.storage
    for (const text of statements.create) this.#storage.sql.exec(text)
  }

  /** Answers a store. A response leaves when what was written is on disk. */
  async fetch(request: Request): Promise<Response> {
    const { method, key, expiresAt, by = null } = (await request.json()) as ReplayQuestion
    const { sql } = this.#storage
    const now = Date.now() / 1000
    if (method === 'seen') return Response.json(sql.exec(statements.seen, key, now).toArray().length === 1)
    const [changed] =
      method === 'claim'
        ? sql.exec(`${statements.claim} RETURNING 1`, key, expiresAt, by, now).toArray()
        : sql.exec(`${statements.mark} RETURNING 1`, key, expiresAt).toArray()
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(Date.now() + hour)
    return Response.json(changed === undefined ? 'seen' : 'first')
  }

  /** Deletes keys that have ended, and rings again while there are keys. */
  async alarm(): Promise<void> {
    const { sql } = this.#storage
    sql.exec(statements.clean, Date.now() / 1000)
    const [next] = sql.exec('SELECT min(expires_at) AS ends FROM claims').toArray()
    const ends = next?.['ends']
    if (typeof ends === 'number') await this.#storage.setAlarm(Math.max(ends * 1000, Date.now() + 1000))
  }
}

const hour = 3_600_000
