/**
 * The replay store of jobpass on Redis or Valkey: one-time use and revocation across all processes
 * that share the server.
 *
 * @module
 */

export type { IoredisClient, NodeRedisClient, RedisClient, RedisSender } from './client.ts'
export type { RedisRisk } from './durability.ts'
export { redisReplayStore } from './store.ts'
export type { RedisReplayOptions } from './store.ts'
