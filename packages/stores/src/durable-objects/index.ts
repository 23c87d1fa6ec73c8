/**
 * The replay store of jobpass on a Durable Object of Cloudflare Workers.
 *
 * @module
 */

export { ReplayClaims } from './object.ts'
export type { ReplayClaimsState, SqlCursor } from './object.ts'
export { durableObjectReplayStore } from './store.ts'
export type { DurableObjectReplayOptions, ReplayNamespace } from './store.ts'
