/** What is written down of each exchange. Nothing secret is in it: of a token, its digest. */

import type { AnyWorkload } from '@jobpass/core'
import { within } from '@jobpass/core/internal'
import type { VerifierConfig } from '@jobpass/core/internal'
import type { Revocation } from './trust/revocation.ts'

/** One exchange that is about to happen or was refused, or one revocation. */
export interface AuditRecord {
  /** Seconds since 1970. */
  readonly at: number
  /**
   * `issuing`: the token is about to be issued, and nothing is used up yet; where the CI token turns
   * out to be used, or the store fails, `refused` with the same `tokenId` follows.
   */
  readonly outcome: 'issuing' | 'refused' | 'revoked'
  /** The OAuth error of a refusal. */
  readonly error?: string
  /** Our own stable code, where a refusal has one. */
  readonly code?: string
  /** The verified caller. Requests without one are not recorded. */
  readonly workload?: AnyWorkload
  /** Names of the grants that gave something. */
  readonly grants?: readonly string[]
  readonly scopes?: readonly string[]
  readonly audience?: string
  /** `jti` of the token. */
  readonly tokenId?: string
  /** SHA-256 of the token, base64url. */
  readonly tokenDigest?: string
  /** `exp` of the token, in seconds since 1970. */
  readonly expiresAt?: number
  /** Thumbprint of the key that the token is bound to. */
  readonly thumbprint?: string
  /** What was revoked. */
  readonly revocation?: Revocation
}

/** Writes a record, and is waited for, up to 5 s: what cannot be written down is not issued. */
export type Audit = (record: AuditRecord) => void | Promise<void>

const timeout = 5_000

/** Writes a record; whether it was written. */
export async function writeRecord(
  record: Omit<AuditRecord, 'at'>,
  { audit, policy }: { readonly audit: Audit; readonly policy: VerifierConfig },
): Promise<boolean> {
  const { clock, outage } = policy
  const at = Math.floor(clock.now() / 1000)
  try {
    await within(clock, timeout, async () => audit({ at, ...record }))
    return true
  } catch (cause) {
    outage('The audit record of an exchange could not be written within 5 s', cause)
    return false
  }
}
