/** The table of service tokens (RFC 9068), which an exchange issues and a verifier reads. */

import type { AnyWorkload, RegisteredClaims, Types } from '@jobpass/core'
import { compileTable } from '@jobpass/core/internal'
import type { CompiledTable } from '@jobpass/core/internal'

/** The claims of a service token. */
export interface ServiceClaims extends RegisteredClaims {
  /** Token id: one-time use and revocation are tracked by it. */
  readonly jti: string
  /** The CI job that the token was issued to: issuer and subject of its CI token. */
  readonly client_id: string
  /** Scopes, separated by single spaces. */
  readonly scope: string
  /** Claims of the exchanged CI token, as its platform issued them. */
  readonly job: Readonly<Record<string, unknown>>
  /** Thumbprint of the key that the token is bound to (RFC 9449 §6.1). */
  readonly cnf?: {
    /** The thumbprint (RFC 7638). */
    readonly jkt: string
  }
  /** Claims that the grant added. */
  readonly [claim: string]: unknown
}

/** A caller with a service token; `job` is the CI job that it was issued to. */
export interface ServiceWorkload<O extends AnyWorkload = AnyWorkload> extends Types.VerifiedFields, Types.CommonFields {
  /** Always `'service-token'`, whichever exchange issued the token. */
  readonly provider: 'service-token'
  /** The verified claims of the service token. */
  readonly claims: ServiceClaims
  /** `jti` of the service token. */
  readonly tokenId: string
  /** Scopes of the token, at least one. */
  readonly scopes: readonly string[]
  /** Identity of the CI job, with the times of its CI token. */
  readonly job: O
}

declare module '@jobpass/core' {
  interface Workloads {
    readonly 'service-token': ServiceWorkload<Workloads[Exclude<keyof Workloads, 'service-token'>]>
  }
}

/** Signature algorithms of service tokens. */
export const serviceAlgorithms = ['ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const

/** The media type of service tokens (RFC 9068 §2.1). */
export const serviceTokenType = 'at+jwt'

/**
 * The table for all services. Which services are trusted, and for which CI systems, is configured
 * with `serviceTokens()`.
 */
export const serviceTable: CompiledTable = compileTable(
  {
    id: 'service-token',
    title: 'Service tokens',
    algorithms: serviceAlgorithms,
    tokenType: serviceTokenType,
    claims: { jti: 'id', client_id: 'text', scope: 'text', job: { iss: 'text', sub: 'text' } },
    requiredClaims: {
      jti: 'one-time use and revocation are tracked by it',
      client_id: 'names the job that the token was issued to',
      scope: 'lists what the token allows',
      job: { iss: 'selects the table that reads the job', sub: 'names the job that was verified' },
    },
    identity: { tokenId: 'jti' },
    pins: [],
  },
  { scopes: ({ scope }) => Object.freeze(String(scope).split(' ')), job: () => undefined },
)
