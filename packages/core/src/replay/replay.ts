/** One-time use: a token, or the run it belongs to, is claimed once for each purpose, whatever process asks. */

import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import { signedTextOf } from '../identity/identity.ts'
import type { AnyWorkload } from '../identity/workload.ts'
import { longestLifetime } from '../rule/rule-settings.ts'
import type { Clock } from '../util/clock.ts'
import { within } from '../util/clock.ts'
import { readOptions, show } from '../util/text.ts'

/** Where claims are kept. One that several processes share makes one-time use hold for all of them. */
export interface ReplayStore {
  /**
   * Claims a key until a time (seconds since 1970), in one atomic operation: `'first'` to one caller, and `'seen'` to all others until then. Throws or rejects when the
   * store is out of reach or full; a live claim is never forgotten.
   */
  claim(key: string, expiresAt: number): 'first' | 'seen' | Promise<'first' | 'seen'>
  /** Whether other processes have claims of their own, which this one knows nothing of. */
  readonly perProcess?: boolean
}

/** One-time use of tokens. */
export interface ReplayOptions {
  /** Where claims are kept, for rules that say `replay: 'once'` and routes that say `oneTime()`. */
  readonly store: ReplayStore
  /** `'once'`: this verifier admits each token once, whatever its rules say. Default `'accepted'`. */
  readonly tokens?: 'once' | 'accepted'
}

/** What is claimed, and for what. */
export interface Once {
  /** Names the purpose: uses for another purpose count apart. A constant of the program, never of the request. */
  readonly scope: string
  readonly within: 'token' | 'run'
}

/** Reads the option. Throws a `TypeError` that says what to write. */
export function readReplay(given: ReplayOptions | undefined): ReplayOptions | undefined {
  if (given === undefined) return undefined
  const { store, tokens = 'accepted' } = readOptions('replay', given, ['store', 'tokens']) as Partial<ReplayOptions>
  if (typeof (store as Partial<ReplayStore> | undefined)?.claim !== 'function')
    throw new TypeError(
      `replay: store must have claim(key, expiresAt), such as memoryReplayStore(), not ${show(store)}`,
    )
  if (tokens !== 'once' && tokens !== 'accepted')
    throw new TypeError(`replay: tokens is 'once' or 'accepted', not ${show(tokens)}`)
  return { store: store as ReplayStore, tokens }
}

/** What a claim is made with. */
interface Surroundings {
  readonly replay: ReplayOptions | undefined
  readonly clock: Clock
  readonly clockTolerance: number
  readonly warn: (message: string) => void
}

const timeout = 2_000
/** Seconds after which a caller may try again when the store was out of reach. */
const retryAfter = 5
/** Seconds for which a claim outlives the token's last moment, for clocks that differ. */
const margin = 60

/** Claims a caller's token for one purpose, or refuses; what one request has claimed, it has. Nothing gets by when the store is out of reach. */
export async function claimOnce(
  identity: AnyWorkload,
  { scope, within: unit }: Once,
  { replay, clock, clockTolerance, warn }: Surroundings,
  claimed: Set<string>,
): Promise<Refusal | undefined> {
  // A run may get new tokens for as long as it lasts, and none of them outlives this.
  const end = unit === 'run' ? clock.now() / 1000 + longestLifetime : identity.expiresAt
  try {
    const key = await keyOf(identity, scope, unit)
    if (claimed.has(key)) return undefined
    const expiresAt = Math.ceil(end + clockTolerance + margin)
    const answer = await within(clock, timeout, async () => replay?.store.claim(key, expiresAt))
    if (answer === 'seen') return refuse('token_replayed', { workload: identity })
    if (answer !== 'first') throw new TypeError('it answered neither first nor seen')
    claimed.add(key)
    return undefined
  } catch (cause) {
    warn('The replay store could not be asked: it threw, took longer than 2 s, or answered neither first nor seen')
    return refuse('store_unavailable', { retryAfter, workload: identity, cause })
  }
}

/**
 * The digest under which a use is claimed: the store never holds a token. What tells one token from another is its id where the platform makes one, else what was
 * signed: the text of a whole token has several spellings for some signatures.
 */
async function keyOf(identity: AnyWorkload, scope: string, unit: Once['within']): Promise<string> {
  const { issuer, tokenId, runId, runAttempt } = identity
  const ofRun = unit === 'run' && runId !== undefined
  const what = ofRun
    ? ['run', runId, runAttempt]
    : tokenId === undefined
      ? ['text', signedTextOf(identity)]
      : ['jti', tokenId]
  const bytes = new TextEncoder().encode(JSON.stringify([issuer, scope, ...what]))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace('=', '')
}
