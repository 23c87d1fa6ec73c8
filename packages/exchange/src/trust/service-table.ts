/** The table of service tokens: what an exchange writes into the tokens it issues (RFC 9068), and a verifier reads. */

import type { CommonFields, VerifiedFields } from '@jobpass/core/internal'
import type { AnyWorkload, RegisteredClaims } from '@jobpass/core'
import { compileTable } from '@jobpass/core/internal'
import type { CompiledTable } from '@jobpass/core/internal'

/** The claims of a service token. */
export interface ServiceClaims extends RegisteredClaims {
  readonly jti: string
  /** Who the token was issued to: issuer and subject of the origin. */
  readonly client_id: string
  /** Names of what the token is good for, with one space between them. */
  readonly scope: string
  /** The claims of the CI token that was exchanged, as its platform issued them. */
  readonly origin: Readonly<Record<string, unknown>>
  /** The key that the token is bound to (RFC 9449 §6.1). */
  readonly cnf?: { readonly jkt: string }
  /** What the grant added. */
  readonly [claim: string]: unknown
}

/** A caller with a service token: the CI job that it was issued to stands under `origin`. */
export interface ServiceWorkload<O extends AnyWorkload = AnyWorkload> extends VerifiedFields, CommonFields {
  readonly provider: 'service-token'
  readonly claims: ServiceClaims
  readonly tokenId: string
  /** What the token is good for. */
  readonly scopes: readonly string[]
  /** The identity of the CI job, with the times of its own token. */
  readonly origin: O
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

/** The one table of all services: which of them are trusted, and for whom they stand, is said where they are. */
export const serviceTable: CompiledTable = compileTable(
  {
    id: 'service-token',
    title: 'Service tokens',
    algorithms: serviceAlgorithms,
    tokenType: serviceTokenType,
    claims: { jti: 'id', client_id: 'text', scope: 'text', origin: { iss: 'text', sub: 'text' } },
    requiredClaims: {
      jti: 'the use and the revocation of one token count by it',
      client_id: 'tells who the token was issued to',
      scope: 'tells what the token is good for',
      origin: { iss: 'tells whose table the origin is read by', sub: 'tells which job the token was issued for' },
    },
    identity: { tokenId: 'jti' },
    pins: [],
  },
  { scopes: ({ scope }) => Object.freeze(String(scope).split(' ')), origin: () => undefined },
)
