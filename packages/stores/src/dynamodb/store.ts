/** The store: claims and marks as conditional puts, lookups as consistent reads. */

import type { ReplayStore } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import { claimsOf } from '../claims/claims.ts'
import type { Statements } from '../claims/claims.ts'
import type { StoreOptions } from '../claims/options.ts'
import { readTimeout } from '../claims/options.ts'
import { explained, isConditionFailure } from './client.ts'
import type { DynamoClient, DynamoItem } from './client.ts'

/** The options of `dynamoReplayStore`. */
export interface DynamoReplayOptions extends StoreOptions {
  /**
   * Name of the table, 3 to 255 characters `A-Z`, `a-z`, `0-9`, `_`, `.` and `-`. Its partition key
   * is the text `key`, and its TTL attribute `expires_at`. Default `'jobpass_claims'`.
   */
  readonly table?: string
  /** Prefix of all keys, 1 to 100 characters. Default `'jobpass:'`. */
  readonly prefix?: string
}

/**
 * Creates a replay store on a table of Amazon DynamoDB, in one region. A claim is one `PutItem`
 * with a condition, which also takes over an item whose time is past, since DynamoDB deletes it up
 * to some days later
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html). A lookup is one
 * consistent `GetItem`. Each claim has an id, by which a repetition is recognised, also one by the
 * SDK. Before its first use (at creation, if the table is there) the store tests with a random key
 * that a key is claimed once and ends.
 *
 * @throws {TypeError} for an object without `putItem` and `getItem`, and for options out of range.
 *
 * @example
 * ```ts
 * const client = new DynamoDB({ region: 'eu-central-1' })
 * app.use(workloadAuth({ audience, trust, replay: { store: dynamoReplayStore(client) } }))
 * ```
 */
export function dynamoReplayStore(client: DynamoClient, options: DynamoReplayOptions = {}): ReplayStore {
  const call = 'dynamoReplayStore()'
  const given = readOptions<DynamoReplayOptions>(call, options, {
    table: true,
    prefix: true,
    timeout: true,
    clock: true,
  })
  const { table = 'jobpass_claims', prefix = 'jobpass:' } = given
  if (typeof client?.putItem !== 'function' || typeof client.getItem !== 'function')
    throw new TypeError(
      `${call} takes a DynamoDB of @aws-sdk/client-dynamodb, or an object with its methods putItem and getItem`,
    )
  if (typeof table !== 'string' || !/^[\w.-]{3,255}$/.test(table))
    throw new TypeError(`${call}: table must be a name of 3 to 255 characters A-Z, a-z, 0-9, _, . and -`)
  if (typeof prefix !== 'string' || prefix === '' || prefix.length > 100)
    throw new TypeError(`${call}: prefix must be text of 1 to 100 characters`)
  const timeout = readTimeout(call, given.timeout)
  const statements = statementsOf(client, table, prefix, timeout)
  return Object.freeze(claimsOf(statements, { service: 'DynamoDB', timeout, clock: given.clock ?? Date }))
}

function statementsOf(client: DynamoClient, TableName: string, prefix: string, timeout: number): Statements {
  const call = () => ({ abortSignal: AbortSignal.timeout(timeout) })
  const key = (name: string) => ({ S: prefix + name })
  // TTL needs whole seconds.
  const time = (seconds: number) => ({ N: String(Math.ceil(seconds)) })
  /** Whether the item was put: whether the condition was met. */
  const put = async (Item: DynamoItem, condition: string, values: DynamoItem): Promise<boolean> => {
    const input = {
      TableName,
      Item,
      ConditionExpression: `attribute_not_exists(#key) OR ${condition}`,
      ExpressionAttributeNames: { '#key': 'key' },
      ExpressionAttributeValues: values,
    }
    try {
      await client.putItem(input, call())
      return true
    } catch (failure) {
      if (isConditionFailure(failure)) return false
      throw explained(failure, TableName)
    }
  }
  return {
    claim: async (name, end, now, by = crypto.randomUUID()) => {
      const id = { S: by }
      const item = { key: key(name), expires_at: time(end), claim_id: id }
      const values = { ':now': { N: String(now) }, ':id': id }
      return put(item, 'expires_at <= :now OR claim_id = :id', values)
    },
    mark: async (name, end) => {
      const item = { key: key(name), expires_at: time(end) }
      await put(item, 'expires_at < :end', { ':end': item.expires_at })
    },
    seen: async (name, now) => {
      try {
        const { Item } = await client.getItem({ TableName, Key: { key: key(name) }, ConsistentRead: true }, call())
        const { N } = (Item?.['expires_at'] ?? {}) as { readonly N?: string }
        return Number(N ?? 0) > now
      } catch (failure) {
        throw explained(failure, TableName)
      }
    },
  }
}
