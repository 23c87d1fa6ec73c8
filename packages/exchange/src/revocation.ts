/** What an exchange revokes, for how long, and what it refuses for that. */

import type { AnyWorkload } from '@jobpass/core'
import { Refusal, readOptions, refuse, formatValue } from '@jobpass/core/internal'
import type { VerifierConfig } from '@jobpass/core/internal'
import type { ReadExchange } from './options.ts'
import { markRevoked, revokedParts } from './trust/revocation.ts'
import type { Revoked } from './trust/revocation.ts'

type Around = Pick<ReadExchange, 'issuer' | 'policy' | 'clock' | 'maxLifetime'>

/** Seconds for which a verifier may take a token beyond its end. */
export const longestTolerance = 300

/** Revokes. Rejects with a `TypeError` for what nothing can be revoked by, and when the store is out of reach. */
export async function revoke(revocation: unknown, around: Around): Promise<void> {
  const revoked = readRevocation(revocation, around)
  const refusal = await mark(revoked, around)
  if (refusal !== undefined) throw new Error('The replay store is out of reach: nothing was revoked')
}

/** Revokes a token of this exchange until it has expired for every verifier (seconds since 1970). */
export function revokeOwn(
  tokenId: string,
  expiresAt: number,
  { issuer, policy }: Around,
): Promise<Refusal | undefined> {
  return markRevoked(issuer, { issuer, unit: 'token', id: tokenId }, expiresAt + longestTolerance, policy)
}

/**
 * Refuses a CI token that was revoked, or whose run was. The marks are prolonged by that: a run that goes on asking may do so for longer than any of its tokens lives.
 */
export async function refuseRevoked(workload: AnyWorkload, around: Around): Promise<Refusal | undefined> {
  const found = await revokedParts(around.issuer, workload, around.policy)
  if (found instanceof Refusal) return found
  for (const revoked of found) await mark(revoked, around)
  return found.length > 0 ? refuse('token_revoked', { workload }) : undefined
}

function mark(revoked: Revoked, around: Around): Promise<Refusal | undefined> {
  return markRevoked(around.issuer, revoked, around.clock.now() / 1000 + lifetimeOf(revoked, around), around.policy)
}

/**
 * Seconds after which the last token that is meant has expired for every verifier. Of a CI system: its longest-lived CI token, taken here at its last moment, and the
 * longest-lived token that could be issued for it.
 */
function lifetimeOf({ issuer }: Revoked, { policy, maxLifetime }: Around): number {
  const ofService = maxLifetime + longestTolerance
  const platform = policy.issuers.get(issuer)
  // Twice the tolerance: such a token may begin a little late and end a little late.
  return platform === undefined ? ofService : platform.maxLifetime + 2 * policy.clockTolerance + ofService
}

const what = 'revoke()'

function readRevocation(given: unknown, { issuer: service, policy }: Around): Revoked {
  const { run, tokenId, issuer } = readOptions(what, given, ['run', 'tokenId', 'issuer'])
  if ((run === undefined) === (tokenId === undefined) || (run !== undefined && issuer !== undefined))
    throw new TypeError(`${what} takes either { tokenId } or { run: { issuer, runId } }`)
  if (run === undefined) {
    const id = text('tokenId', tokenId)
    if (issuer === undefined || issuer === service) return { issuer: service, unit: 'token', id }
    return { issuer: platformOf(issuer, policy).issuer, unit: 'token', id }
  }
  const inner = readOptions(`${what}: run`, run, ['issuer', 'runId'])
  const { issuer: ci, fields, title } = platformOf(inner['issuer'], policy)
  if (!fields.has('runId')) throw new TypeError(`${what}: tokens of ${title} name no run: revoke by tokenId`)
  return { issuer: ci, unit: 'run', id: text('run.runId', inner['runId']) }
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`${what}: ${name} must be text that is not empty, as in the token, not ${formatValue(value)}`)
  return value
}

function platformOf(
  issuer: unknown,
  { issuers }: VerifierConfig,
): { issuer: string; title: string; fields: { has(name: string): boolean } } {
  const platform = issuers.get(issuer as string)
  if (typeof issuer !== 'string' || platform === undefined)
    throw new TypeError(
      `${what}: the verifier of the exchange does not trust the issuer ${formatValue(issuer)}. It trusts: ${[...issuers.keys()].join(', ')}`,
    )
  return { issuer, title: platform.table.table.title, fields: platform.table.fields }
}
