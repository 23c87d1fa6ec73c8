/**
 * Audit records of exchanges. They contain no secrets: a token appears as its SHA-256 digest only.
 */

import type { AnyWorkload } from '@jobpass/core'
import { within } from '@jobpass/core/internal'
import type { VerifierConfig } from '@jobpass/core/internal'
import type { AuthorizationDetail } from './trust/authorization-details.ts'
import type { Revocation } from './trust/revocation.ts'

/** One exchange that is about to happen or was refused, or one revocation. */
export interface AuditRecord {
  /** When it happened, in seconds since 1970. */
  readonly at: number
  /**
   * `issuing`: the token is about to be issued, and the CI token is not used up yet. If the CI
   * token turns out to be used, or the store fails, a `refused` record with the same `tokenId`
   * follows.
   */
  readonly outcome: 'issuing' | 'refused' | 'revoked'
  /** OAuth error code of a refusal. */
  readonly error?: string
  /** Error code of jobpass, if the refusal has one. */
  readonly code?: string
  /** The verified CI job. Requests without one are not recorded. */
  readonly workload?: AnyWorkload
  /** Names of the grants that contributed scopes or authorization details. */
  readonly grants?: readonly string[]
  /** Scopes of the token. */
  readonly scopes?: readonly string[]
  /** Authorization details of the token (RFC 9396). */
  readonly details?: readonly AuthorizationDetail[]
  /** Audience (`aud`) of the token: one API. */
  readonly audience?: string
  /** `jti` of the token. */
  readonly tokenId?: string
  /** SHA-256 of the token, base64url. */
  readonly tokenDigest?: string
  /** `exp` of the token, in seconds since 1970. */
  readonly expiresAt?: number
  /** Thumbprint (RFC 7638) of the key that the token is bound to. */
  readonly thumbprint?: string
  /** Thumbprint (`x5t#S256`, RFC 8705) of the certificate that the token is bound to. */
  readonly certificate?: string
  /** What was revoked. */
  readonly revocation?: Revocation
}

/**
 * Writes a record. The exchange waits up to 5 s for it, and issues nothing that could not be
 * recorded.
 */
export type Audit = (record: AuditRecord) => void | Promise<void>

const timeout = 5_000

/** Writes a record, and resolves to whether that succeeded. */
export async function writeRecord(
  record: Omit<AuditRecord, 'at'>,
  { audit, config }: { readonly audit: Audit; readonly config: VerifierConfig },
): Promise<boolean> {
  const { clock, outage } = config
  const at = Math.floor(clock.now() / 1000)
  try {
    await within(clock, timeout, async () => audit({ at, ...record }))
    return true
  } catch (cause) {
    outage('The audit record of an exchange could not be written within 5 s', cause)
    return false
  }
}
