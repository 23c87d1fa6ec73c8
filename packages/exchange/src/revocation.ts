/**
 * Revocation of tokens and runs: for how long the marks are kept, and what the exchange refuses.
 */

import type { AnyWorkload } from '@jobpass/core'
import { Refusal, readOptions, formatValue, longestTolerance, refuseUse } from '@jobpass/core/internal'
import type { VerifierConfig } from '@jobpass/core/internal'
import type { ReadExchange } from './options.ts'
import { markRevoked, revokedParts } from './trust/revocation.ts'
import type { Revoked } from './trust/revocation.ts'

type Deps = Pick<ReadExchange, 'issuer' | 'config' | 'clock' | 'maxLifetime'>

/**
 * Revokes a token or a run. Rejects with a `TypeError` for invalid input, and with an `Error` when
 * the store is unavailable.
 */
export async function revoke(revocation: unknown, deps: Deps): Promise<void> {
  const revoked = readRevocation(revocation, deps)
  const refusal = await mark(revoked, deps)
  if (refusal !== undefined) throw new Error('The replay store is out of reach: nothing was revoked')
}

/**
 * Revokes a token of this exchange until it has expired for every verifier. `expiresAt` is in
 * seconds since 1970.
 */
export function revokeOwn(tokenId: string, expiresAt: number, { issuer, config }: Deps): Promise<Refusal | undefined> {
  return markRevoked(issuer, { issuer, unit: 'token', id: tokenId }, expiresAt + longestTolerance, config)
}

/**
 * Refuses a CI token that was revoked, or whose run was. This also extends the marks, because a run
 * may keep requesting tokens for longer than any of its tokens is valid.
 */
export async function refuseRevoked(workload: AnyWorkload, deps: Deps): Promise<Refusal | undefined> {
  const found = await revokedParts(deps.issuer, workload, deps.config)
  if (found instanceof Refusal) return found
  for (const revoked of found) await mark(revoked, deps)
  return found.length > 0 ? refuseUse('token_revoked', { workload }) : undefined
}

function mark(revoked: Revoked, deps: Deps): Promise<Refusal | undefined> {
  return markRevoked(deps.issuer, revoked, deps.clock.now() / 1000 + lifetimeOf(revoked, deps), deps.config)
}

/**
 * Seconds after which the last affected token has expired for every verifier. For a CI system: the
 * lifetime of its longest-lived CI token, exchanged at the last moment, plus that of the
 * longest-lived service token.
 */
function lifetimeOf({ issuer }: Revoked, { config, maxLifetime }: Deps): number {
  const ofService = maxLifetime + longestTolerance
  const platform = config.issuers.get(issuer)
  // Twice the tolerance: such a token may be accepted a little before it starts and a little after
  // it ends.
  return platform === undefined ? ofService : platform.maxLifetime + 2 * config.clockTolerance + ofService
}

const what = 'revoke()'

function readRevocation(given: unknown, { issuer: service, config }: Deps): Revoked {
  const { run, tokenId, issuer } = readOptions<Record<'run' | 'tokenId' | 'issuer', unknown>>(what, given, {
    run: true,
    tokenId: true,
    issuer: true,
  })
  if ((run === undefined) === (tokenId === undefined) || (run !== undefined && issuer !== undefined))
    throw new TypeError(`${what} takes either { tokenId } or { run: { issuer, runId } }`)
  if (run === undefined) {
    const id = text('tokenId', tokenId)
    if (issuer === undefined || issuer === service) return { issuer: service, unit: 'token', id }
    return { issuer: platformOf(issuer, config).issuer, unit: 'token', id }
  }
  const inner = readOptions<Record<'issuer' | 'runId', unknown>>(`${what}: run`, run, { issuer: true, runId: true })
  const { issuer: ci, fields, title } = platformOf(inner.issuer, config)
  if (!fields.has('runId')) throw new TypeError(`${what}: tokens of ${title} name no run: revoke by tokenId`)
  return { issuer: ci, unit: 'run', id: text('run.runId', inner.runId) }
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
