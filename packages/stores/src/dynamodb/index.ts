/**
 * The replay store of jobpass on Amazon DynamoDB.
 *
 * @module
 */

export type { DynamoClient, DynamoItem, DynamoValue } from './client.ts'
export { dynamoReplayStore } from './store.ts'
export type { DynamoReplayOptions } from './store.ts'
