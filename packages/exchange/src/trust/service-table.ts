/** The table of service tokens (RFC 9068), which an exchange issues and a verifier reads. */

import type { AnyWorkload, RegisteredClaims, Types } from '@jobpass/core'
import { compileTable } from '@jobpass/core/internal'
import type { CompiledTable } from '@jobpass/core/internal'
import { detailsIn } from './authorization-details.ts'
import type { AuthorizationDetail } from './authorization-details.ts'

/** The claims of a service token. */
export interface ServiceClaims extends RegisteredClaims {
  /** Token id: one-time use and revocation are tracked by it. */
  readonly jti: string
  /** The CI job that the token was issued to: issuer and subject of its CI token. */
  readonly client_id: string
  /** Scopes, separated by single spaces. Absent from a token with authorization details only. */
  readonly scope?: string
  /** Permissions with more structure than a scope (RFC 9396 §9.1). */
  readonly authorization_details?: readonly AuthorizationDetail[]
  /** Claims of the exchanged CI token, as its platform issued them. */
  readonly job: Readonly<Record<string, unknown>>
  /** What the token is bound to (RFC 7800). */
  readonly cnf?: {
    /** Thumbprint (RFC 7638) of the key of DPoP proofs (RFC 9449 §6.1). */
    readonly jkt?: string
    /** Thumbprint of the client's certificate (RFC 8705 §3.1). */
    readonly 'x5t#S256'?: string
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
  /** Scopes of the token; none for a token with authorization details only. */
  readonly scopes: readonly string[]
  /** Authorization details of the token (RFC 9396); may be empty. */
  readonly details: readonly AuthorizationDetail[]
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
      job: { iss: 'selects the table that reads the job', sub: 'names the job that was verified' },
    },
    identity: { tokenId: 'jti' },
    validate: ({ scope, authorization_details: details }: Partial<ServiceClaims>) =>
      scope === undefined && detailsIn(details).length === 0 ? 'scope' : undefined,
    pins: [],
  },
  {
    scopes: ({ scope }) => Object.freeze(typeof scope === 'string' && scope !== '' ? scope.split(' ') : []),
    details: ({ authorization_details: details }) => Object.freeze(detailsIn(details)),
    job: () => undefined,
  },
)
