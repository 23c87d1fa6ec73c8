/** What is written down of each exchange. Nothing secret is in it: of a token, its digest. */

import type { AnyWorkload } from '@jobpass/core'

/** One exchange. */
export interface AuditRecord {
  /** Seconds since 1970. */
  readonly at: number
  readonly outcome: 'issued' | 'refused'
  /** The OAuth error of a refusal. */
  readonly error?: string
  /** Our own stable code, where a refusal has one. */
  readonly code?: string
  /** Who asked, once verified. */
  readonly workload?: AnyWorkload
  /** Names of the grants that gave something. */
  readonly grants?: readonly string[]
  readonly scopes?: readonly string[]
  readonly audience?: string
  /** `jti` of the issued token. */
  readonly tokenId?: string
  /** SHA-256 of the issued token, base64url. */
  readonly tokenDigest?: string
  /** `exp` of the issued token, in seconds since 1970. */
  readonly expiresAt?: number
  /** Thumbprint of the key that the issued token is bound to. */
  readonly thumbprint?: string
}

/** Writes a record, and is waited for: what cannot be written down is not issued. */
export type Audit = (record: AuditRecord) => void | Promise<void>
