/** One-time use: a token, or the run it belongs to, is claimed once for each purpose, whatever process asks. */

import { Refusal, refuse } from '../model/refusal.ts'
import { signedTextOf } from '../workload/verified-token.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { longestLifetime } from '../table/limits.ts'
import { within } from '../util/clock.ts'
import { digestBytes } from '../util/sha256.ts'
import { readOptions } from '../util/options.ts'
import { formatValue, formatType } from '../util/format.ts'
import type { ReplayOptions, ReplayStore, ClaimDeps } from '../model/replay-store.ts'
import type { OneTimeClaim } from '../model/one-time-claim.ts'

/** Reads the option. Throws a `TypeError` that says what to write. */
export function readReplay(given: ReplayOptions | undefined): ReplayOptions | undefined {
  if (given === undefined) return undefined
  const { store, tokens = 'accepted' } = readOptions('replay', given, ['store', 'tokens']) as Partial<ReplayOptions>
  if (typeof (store as Partial<ReplayStore> | undefined)?.claim !== 'function')
    throw new TypeError(
      `replay: store must have claim(key, expiresAt), such as memoryReplayStore(), not ${formatType(store)}`,
    )
  if (tokens !== 'once' && tokens !== 'accepted')
    throw new TypeError(`replay: tokens is 'once' or 'accepted', not ${formatValue(tokens)}`)
  return { store: store as ReplayStore, tokens }
}

const timeout = 2_000
/** Seconds after which a caller may try again when the store was out of reach. */
const retryAfter = 5
/**
 * Seconds for which a claim outlives the last moment of what was used. Clocks of processes may
 * differ by so much: beyond it, a claim ends while another process still accepts the token.
 */
export const margin = 60

/** Claims a caller's token for one purpose, or refuses; what one request has claimed, it has. Nothing gets by when the store is out of reach. */
export async function claimOnce(
  identity: AnyWorkload,
  once: OneTimeClaim,
  surroundings: ClaimDeps,
  claimed: Set<string>,
): Promise<Refusal | undefined> {
  const { clock, clockTolerance } = surroundings
  // A run may get new tokens for as long as it lasts, and none of them outlives this.
  const end = once.per === 'run' ? clock.now() / 1000 + longestLifetime : identity.expiresAt
  const outcome = await askStore(surroundings, async (store) => {
    const key = await digestKey(usePart(identity, once))
    if (once.checkOnly) return (await isSeen(store, key)) ? 'exchanged' : 'first'
    if (claimed.has(key)) return 'first'
    const answer = await claimKey(store, key, Math.ceil(end + clockTolerance + margin))
    if (answer === 'first') claimed.add(key)
    return answer
  })
  if (outcome instanceof Refusal) return refuse(outcome.code, { ...outcome.context, workload: identity })
  if (outcome === 'first') return undefined
  return refuse(outcome === 'seen' ? 'token_replayed' : 'token_exchanged', { workload: identity })
}

/** Asks the store something, or refuses when it is out of reach: nothing is taken for new that nobody could look up. */
export async function askStore<T>(
  { replay, clock, outage }: ClaimDeps,
  ask: (store: ReplayStore) => Promise<T>,
): Promise<T | Refusal> {
  try {
    return await within(clock, timeout, () => ask(replay?.store as ReplayStore))
  } catch (cause) {
    outage('The replay store failed, took longer than 2 s, or gave an invalid answer', cause)
    return refuse('store_unavailable', { retryAfter, cause })
  }
}

/** Claims a key. Rejects with a `TypeError` for an answer that is none. */
export async function claimKey(
  store: Pick<ReplayStore, 'claim'>,
  key: string,
  expiresAt: number,
): Promise<'first' | 'seen'> {
  const answer: unknown = await store.claim(key, expiresAt)
  if (answer !== 'first' && answer !== 'seen') throw new TypeError('it answered neither first nor seen')
  return answer
}

/** Marks a key. Rejects with a `TypeError` where the store has no such verb. */
export async function markKey(store: ReplayStore, key: string, expiresAt: number): Promise<void> {
  if (store.mark === undefined) throw new TypeError('it has no mark(key, expiresAt)')
  await store.mark(key, expiresAt)
}

/** Whether a key is claimed. Rejects with a `TypeError` for an answer that is none. */
export async function isSeen(store: Pick<ReplayStore, 'seen'>, key: string): Promise<boolean> {
  const answer: unknown = await store.seen?.(key)
  if (typeof answer !== 'boolean') throw new TypeError('it answered neither true nor false')
  return answer
}

/**
 * What a use is known by. What tells one token from another is its id where the platform makes one, else what was signed: the text of a whole token has several
 * spellings for some signatures.
 */
function usePart(identity: AnyWorkload, { scope, per: unit }: OneTimeClaim): readonly unknown[] {
  const { issuer, tokenId, runId, runAttempt } = identity
  // The rule has a check that the token names its run: nothing is ever counted by less than was asked for.
  if (unit === 'run') return [issuer, scope, 'run', runId, runAttempt]
  return [issuer, scope, ...(tokenId === undefined ? ['text', signedTextOf(identity)] : ['jti', tokenId])]
}

/** The digest that a store keeps: it never holds a token. */
export function digestKey(parts: readonly unknown[]): Promise<string> {
  return digestBytes(new TextEncoder().encode(JSON.stringify(parts)))
}
