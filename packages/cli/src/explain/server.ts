/** A server without HTTP: the real verifier and a route's rules, asked about one credential. */

import type { AnyWorkload, RouteRule, TrustRule, VerdictEvent } from '@jobpass/core'
import { createVerifier, decide, memoryReplayStore, WorkloadAuthError } from '@jobpass/core'
import { currentRules } from '@jobpass/core/internal'
import { inspectRule } from '@jobpass/policy'
import { asUsage } from '../io/usage.ts'

/** How the server is configured. */
export interface ServerOptions {
  /** The names of the API. */
  readonly audience: readonly string[]
  /** The option `trust`. */
  readonly trust: readonly TrustRule<AnyWorkload>[]
  /** Whether `trust` is a guess: then a refusal by it is one by the rules of the route. */
  readonly trustIsGuess: boolean
  /** The rules of the route; empty for a server without rules on its routes. */
  readonly route: readonly RouteRule<AnyWorkload>[]
  /** Whether every rule must be pinned by ids. */
  readonly strict: boolean
  /** The maximum age of a token, in seconds; `undefined`: no limit. */
  readonly maxTokenAge: number | undefined
}

/** The answer of a server. */
export interface Answer {
  /** The event that decided. */
  readonly event: VerdictEvent
  /** The refusal as the caller reads it; `undefined` for an allowed call. */
  readonly refusal: WorkloadAuthError | undefined
}

/**
 * Asks a server that starts now: its keys come by `fetch`, and its clock stands at `now`, in
 * milliseconds. Throws a `CommandError` for options that a server would not start with.
 */
export async function askServer(
  options: ServerOptions,
  credential: string,
  fetch: typeof globalThis.fetch,
  now: number,
): Promise<Answer> {
  const { audience, trust, route, strict, maxTokenAge } = options
  const events: VerdictEvent[] = []
  const once = [...trust, ...rulesOf(route)].some((rule) => inspectRule(rule).uses !== 'any')
  const verifier = asUsage(() =>
    createVerifier({
      audience,
      trust,
      strict,
      fetch,
      ...(maxTokenAge !== undefined && { maxTokenAge }),
      clock: clockAt(now),
      // Each question is the first use of its token.
      ...(once && { replay: { store: memoryReplayStore() } }),
      onVerdict: (event) => events.push(event),
      onWarning: () => {},
    }),
  )
  const [first, ...more] = route
  try {
    const values = `Bearer ${credential}`
    await (first === undefined ? verifier.authorize(values) : verifier.guard(first, ...more)(values))
    return { event: events.at(-1) as VerdictEvent, refusal: undefined }
  } catch (error) {
    if (!(error instanceof WorkloadAuthError)) throw error
    return { event: asRoute(events.at(-1) as VerdictEvent, options), refusal: error }
  }
}

/**
 * The event of a route, for a job that guessed trust refused: the rules of the route refuse it,
 * too.
 */
function asRoute(event: VerdictEvent, { route, trustIsGuess }: ServerOptions): VerdictEvent {
  const { layer, workload, verdict } = event
  if (!trustIsGuess || route.length === 0 || layer !== 'trust' || workload === undefined) return event
  if (verdict === undefined || verdict.reason === 'denied') return event
  const enforced = rulesOf(route).filter((rule): rule is TrustRule => !inspectRule(rule).reports)
  return enforced.length === 0 ? event : { ...event, layer: 'route', verdict: decide(enforced, workload) }
}

function rulesOf(route: readonly RouteRule<AnyWorkload>[]): readonly unknown[] {
  return route.flatMap((rule): readonly unknown[] => currentRules(rule) ?? [rule])
}

/** A clock that stands still; its timers run, so that a fetch that hangs ends. */
export function clockAt(now: number): { now(): number; after(ms: number, call: () => void): () => void } {
  return {
    now: () => now,
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    },
  }
}
