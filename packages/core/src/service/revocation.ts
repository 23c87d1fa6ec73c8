/** Revoked tokens: each by its id, or all of a run; claimed in the store until the last of them has expired. */

import type { TermsSurroundings } from './terms.ts'
import { originOf } from '../identity/identity.ts'
import type { AnyWorkload } from '../identity/workload.ts'
import { askStore, claimKey, digestKey, isSeen } from '../replay/replay.ts'
import { Refusal, refuse } from '../answer/refusal.ts'

/** What is revoked: one token of a service, or all that were issued to a run. */
export type Revocation =
  | {
      /** `jti` of the token. */
      readonly tokenId: string
    }
  | {
      /** The run of the CI system: its issuer, and `runId`. */
      readonly run: { readonly issuer: string; readonly runId: string }
    }

/** Revokes until a time in seconds since 1970, when every token that is meant has expired; or why it could not. */
export async function revoke(
  service: string,
  revocation: Revocation,
  until: number,
  surroundings: TermsSurroundings,
): Promise<Refusal | undefined> {
  const outcome = await askStore(surroundings, async (store) =>
    claimKey(store, await keyOf(service, revocation), Math.ceil(until)),
  )
  return outcome instanceof Refusal ? outcome : undefined
}

/** Refuses a caller whose token, or run, was revoked. */
export async function checkRevoked(
  identity: AnyWorkload,
  surroundings: TermsSurroundings,
): Promise<Refusal | undefined> {
  const { issuer, tokenId = '' } = identity
  const { issuer: ci = '', runId } = originOf(identity) ?? {}
  const keys = [
    keyOf(issuer, { tokenId }),
    ...(runId === undefined ? [] : [keyOf(issuer, { run: { issuer: ci, runId } })]),
  ]
  const outcome = await askStore(surroundings, async (store) =>
    Promise.all(keys.map(async (key) => isSeen(store, await key))),
  )
  if (outcome instanceof Refusal) return refuse(outcome.code, { ...outcome.context, workload: identity })
  return outcome.includes(true) ? refuse('token_revoked', { workload: identity }) : undefined
}

function keyOf(service: string, revocation: Revocation): Promise<string> {
  return digestKey(
    'run' in revocation
      ? [service, 'revoked run', revocation.run.issuer, revocation.run.runId]
      : [service, 'revoked token', revocation.tokenId],
  )
}
