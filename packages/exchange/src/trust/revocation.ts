/** Revoked tokens and runs, marked in the store for as long as an affected token may be valid. */

import type { AnyWorkload, ReplayStore } from '@jobpass/core'
import { Refusal, askStore, digestKey, isSeen, jobOf, refuseUse, withContext } from '@jobpass/core/internal'
import type { ExtensionDeps } from '@jobpass/core/internal'

/** A revoked token or CI run; everything that the exchange issued for it is revoked too. */
export interface Revoked {
  /** `iss` of the token, or of the run's tokens. */
  readonly issuer: string
  /** Whether `id` is a token id or a run id. */
  readonly unit: 'token' | 'run'
  /** `jti` of the token, or `runId` of the run. */
  readonly id: string
}

/**
 * Marks a token or run as revoked until a time in seconds since 1970; never shortens an existing
 * mark. Resolves to a refusal if the store fails. `service` is the issuer of the revoking exchange:
 * verifiers honour only marks of services they trust.
 */
export async function markRevoked(
  service: string,
  revoked: Revoked,
  until: number,
  deps: ExtensionDeps,
): Promise<Refusal | undefined> {
  const outcome = await askStore(deps, async (store) => markKey(store, await keyOf(service, revoked), Math.ceil(until)))
  return outcome instanceof Refusal ? outcome : undefined
}

/**
 * The parts (token, run) of a caller, or of its CI job, that a service revoked; or a refusal if the
 * store fails.
 */
export async function revokedParts(
  service: string,
  identity: AnyWorkload,
  deps: ExtensionDeps,
): Promise<readonly Revoked[] | Refusal> {
  const job = jobOf(identity)
  const parts = [...partsOf(identity), ...(job === undefined ? [] : partsOf(job))]
  const outcome = await askStore(deps, async (store) =>
    Promise.all(parts.map(async (part) => isSeen(store, await keyOf(service, part)))),
  )
  return outcome instanceof Refusal
    ? withContext(outcome, { ...outcome.context, workload: identity })
    : parts.filter((_, index) => outcome[index])
}

/** Refuses a caller whose token or run was revoked. */
export async function checkRevoked(
  service: string,
  identity: AnyWorkload,
  deps: ExtensionDeps,
): Promise<Refusal | undefined> {
  const found = await revokedParts(service, identity, deps)
  if (found instanceof Refusal) return found
  return found.length > 0 ? refuseUse('token_revoked', { workload: identity }) : undefined
}

/** The parts of a caller that can be revoked. */
function partsOf({ issuer, tokenId, runId }: AnyWorkload): readonly Revoked[] {
  return [
    ...(tokenId === undefined ? [] : [{ issuer, unit: 'token' as const, id: tokenId }]),
    ...(runId === undefined ? [] : [{ issuer, unit: 'run' as const, id: runId }]),
  ]
}

/** Marks a key. Rejects for a store without `mark`. */
async function markKey(store: ReplayStore, key: string, expiresAt: number): Promise<void> {
  if (store.mark === undefined) throw new TypeError('it has no mark(key, expiresAt)')
  await store.mark(key, expiresAt)
}

function keyOf(service: string, { issuer, unit, id }: Revoked): Promise<string> {
  return digestKey([service, `revoked ${unit}`, issuer, id])
}

/** What to revoke: a token or a run. */
export type Revocation =
  | {
      /** `jti` of the token. */
      readonly tokenId: string
      /**
       * `iss` of the token, exactly. A CI system must be trusted by the verifier. Default: this
       * exchange.
       */
      readonly issuer?: string
    }
  | {
      /** The CI run. */
      readonly run: {
        /** `iss` of its tokens, exactly. */
        readonly issuer: string
        /** `runId` of its workloads. */
        readonly runId: string
      }
    }
