/**
 * One-time use: a token, or its run, is claimed once for each purpose, across all processes that
 * share the store.
 */

import { Refusal, withContext } from '../model/refusal.ts'
import { refuseUse } from '../model/use-refusal.ts'
import { signedTextOf } from '../workload/verified-token.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { longestLifetime, longestTolerance } from '../table/limits.ts'
import { within } from '../util/clock.ts'
import { digestBytes } from '../util/sha256.ts'
import type { ReplayStore, ClaimDeps } from '../model/replay-store.ts'
import type { OneTimeClaim } from '../model/one-time-claim.ts'

/** The longest that the store may take: milliseconds. */
const timeout = 2_000
/** The `Retry-After` of a failed store: seconds. */
const retryAfter = 5
/**
 * How long a claim outlives the token or run: seconds. The clocks of processes may differ by this
 * much; beyond it, a claim expires while another process still accepts the token.
 */
export const margin = 60

/**
 * Claims a caller's token for one purpose, or refuses. A claim that the same request made before is
 * not repeated. Refuses when the store is unreachable.
 */
export async function claimOnce(
  identity: AnyWorkload,
  once: OneTimeClaim,
  deps: ClaimDeps,
  claimed: Set<string>,
): Promise<Refusal | undefined> {
  // A run may request new tokens for as long as it lasts; none of them outlives this.
  const end = once.per === 'run' ? deps.clock.now() / 1000 + longestLifetime : identity.expiresAt
  const outcome = await askStore(deps, async (store) => {
    const key = await digestKey(usePart(identity, once))
    if (once.checkOnly) return (await isSeen(store, key)) ? 'exchanged' : 'first'
    if (claimed.has(key)) return 'first'
    for (const by of once.by ?? [undefined]) {
      if ((await claimKey(store, key, Math.ceil(end + longestTolerance + margin), by)) === 'seen') continue
      claimed.add(key)
      return 'first'
    }
    return 'seen'
  })
  if (outcome instanceof Refusal) return withContext(outcome, { ...outcome.context, workload: identity })
  if (outcome === 'first') return undefined
  return refuseUse(outcome === 'seen' ? 'token_replayed' : 'token_exchanged', { workload: identity })
}

/**
 * Queries the store. Refuses when it is unreachable, since a token that could not be looked up may
 * have been used.
 */
export async function askStore<T>(
  { replay, clock, outage }: ClaimDeps,
  ask: (store: ReplayStore) => Promise<T>,
): Promise<T | Refusal> {
  try {
    return await within(clock, timeout, () => ask(replay?.store as ReplayStore))
  } catch (cause) {
    outage('The replay store failed, took longer than 2 s, or gave an invalid answer', cause)
    return refuseUse('store_unavailable', { retryAfter, cause })
  }
}

/**
 * Claims a key.
 *
 * @throws {TypeError} for an invalid answer of the store, as a rejection.
 */
export async function claimKey(
  store: Pick<ReplayStore, 'claim'>,
  key: string,
  expiresAt: number,
  by?: string,
): Promise<'first' | 'seen'> {
  const answer: unknown = await store.claim(key, expiresAt, by)
  if (answer !== 'first' && answer !== 'seen') throw new TypeError('it answered neither first nor seen')
  return answer
}

/**
 * Whether a key is claimed or marked.
 *
 * @throws {TypeError} for an invalid answer of the store, as a rejection.
 */
export async function isSeen(store: Pick<ReplayStore, 'seen'>, key: string): Promise<boolean> {
  const answer: unknown = await store.seen?.(key)
  if (typeof answer !== 'boolean') throw new TypeError('it answered neither true nor false')
  return answer
}

/**
 * The parts that identify a use. A token is identified by its `jti`, or else by its signed text.
 * The whole text would not do: some signatures have several valid spellings.
 */
function usePart(identity: AnyWorkload, { scope, per: unit }: OneTimeClaim): readonly unknown[] {
  const { issuer, tokenId, runId, runAttempt } = identity
  // `runId` is present, since the rule has a check for it.
  if (unit === 'run') return [issuer, scope, 'run', runId, runAttempt]
  return [issuer, scope, ...(tokenId === undefined ? ['text', signedTextOf(identity)] : ['jti', tokenId])]
}

/** The digest that a store keeps as a key, so that it never holds a token. */
export function digestKey(parts: readonly unknown[]): Promise<string> {
  return digestBytes(new TextEncoder().encode(JSON.stringify(parts)))
}
