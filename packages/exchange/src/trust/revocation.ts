/** Revoked tokens and runs: marked in the store for as long as a token of theirs can be valid. */

import type { AnyWorkload } from '@jobpass/core'
import { Refusal, askStore, digestKey, isSeen, markKey, jobOf, refuse } from '@jobpass/core/internal'
import type { ExtensionDeps } from '@jobpass/core/internal'

/** What is revoked: one token, or a run of a CI system; and with it all that an exchange issued for it. */
export interface Revoked {
  /** Who issued the token, or the run's tokens. */
  readonly issuer: string
  readonly unit: 'token' | 'run'
  readonly id: string
}

/**
 * Marks as revoked until a time in seconds since 1970, or later where it is marked for longer already; or says why it could not. `service` is the exchange that revokes:
 * verifiers honour the marks of the services they trust.
 */
export async function markRevoked(
  service: string,
  revoked: Revoked,
  until: number,
  surroundings: ExtensionDeps,
): Promise<Refusal | undefined> {
  const outcome = await askStore(surroundings, async (store) =>
    markKey(store, await keyOf(service, revoked), Math.ceil(until)),
  )
  return outcome instanceof Refusal ? outcome : undefined
}

/** What of a caller, or of the job behind it, was revoked by a service; or why that could not be asked. */
export async function revokedParts(
  service: string,
  identity: AnyWorkload,
  surroundings: ExtensionDeps,
): Promise<readonly Revoked[] | Refusal> {
  const origin = jobOf(identity)
  const parts = [...partsOf(identity), ...(origin === undefined ? [] : partsOf(origin))]
  const outcome = await askStore(surroundings, async (store) =>
    Promise.all(parts.map(async (part) => isSeen(store, await keyOf(service, part)))),
  )
  return outcome instanceof Refusal
    ? refuse(outcome.code, { ...outcome.context, workload: identity })
    : parts.filter((_, index) => outcome[index])
}

/** Refuses a caller of whom something was revoked. */
export async function checkRevoked(
  service: string,
  identity: AnyWorkload,
  surroundings: ExtensionDeps,
): Promise<Refusal | undefined> {
  const found = await revokedParts(service, identity, surroundings)
  if (found instanceof Refusal) return found
  return found.length > 0 ? refuse('token_revoked', { workload: identity }) : undefined
}

/** What of a caller can be revoked. */
function partsOf({ issuer, tokenId, runId }: AnyWorkload): readonly Revoked[] {
  return [
    ...(tokenId === undefined ? [] : [{ issuer, unit: 'token' as const, id: tokenId }]),
    ...(runId === undefined ? [] : [{ issuer, unit: 'run' as const, id: runId }]),
  ]
}

function keyOf(service: string, { issuer, unit, id }: Revoked): Promise<string> {
  return digestKey([service, `revoked ${unit}`, issuer, id])
}

/** What is revoked. */
export type Revocation =
  | {
      /** `jti` of the token. */
      readonly tokenId: string
      /** Who issued the token: a CI system that the verifier trusts, exactly as in `iss`. Default: this exchange. */
      readonly issuer?: string
    }
  | {
      /** The run of the CI system: its issuer, exactly as in `iss`, and `runId`. */
      readonly run: { readonly issuer: string; readonly runId: string }
    }
