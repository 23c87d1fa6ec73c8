/** Passes the verified call of an HTTP request on: to its `AuthInfo`, then to calls of tools. */

import type { Call, VerifierConfig } from '@jobpass/core/internal'
import { callOf, keepCall, refuseOtherCopy } from '@jobpass/core/internal'

/** What the SDK passes to a handler: `extra` of version 1, `ctx` of version 2. */
interface HandlerContext {
  readonly authInfo?: SdkAuthInfo
  readonly http?: { readonly authInfo?: SdkAuthInfo }
}

interface SdkAuthInfo {
  readonly extra?: { readonly workload?: unknown }
}

/**
 * Lets guards and `getWorkload` find the call of `from` at `to`. One-time uses that `to` claims are
 * its own: one HTTP request can call several tools.
 */
export function passCall(from: object, to: object): void {
  const call = callOf(from)
  if (call === undefined) return
  const { matched = [], claimed } = call
  keepCall(to, { ...call, ...requestOf(call, from), matched: [...matched], claimed: new Set(claimed) }, true)
}

/** Holds every use, so that none is claimed. */
class AllClaimed extends Set<string> {
  override has(): boolean {
    return true
  }
}

/** By the options of a verifier, the same without hooks. Guards know a verifier by its options. */
const silent = new WeakMap<VerifierConfig, VerifierConfig>()

/** Lets guards say at `to` what they would decide: they claim no use, and emit no event. */
export function askAbout(from: object, to: object): void {
  const call = callOf(from)
  if (call === undefined) return
  const config = silent.get(call.config) ?? { ...call.config, observed: false }
  silent.set(call.config, config)
  keepCall(to, { ...call, ...requestOf(call, from), config, matched: [], claimed: new AllClaimed() }, true)
}

/** Events of a tool name the HTTP request, which `from` is, or has already. */
function requestOf(call: Call, from: object): Pick<Call, 'request' | 'about'> {
  return { request: call.about?.(from) ?? call.request, about: undefined }
}

/**
 * The `AuthInfo` of the caller, which is a job; `undefined` for other callers.
 *
 * @throws {Error} for an `AuthInfo` with a workload that was not made here.
 */
export function callerOf({ http, authInfo = http?.authInfo }: HandlerContext): object | undefined {
  if (authInfo?.extra?.workload === undefined) return undefined
  if (callOf(authInfo) !== undefined) return authInfo
  refuseOtherCopy(authInfo)
  throw new Error('This AuthInfo has a workload that no verifier put there; pass on the one of the gate, not a copy')
}
