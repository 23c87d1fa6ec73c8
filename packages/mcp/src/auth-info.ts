/** What an SDK of the Model Context Protocol hands to its handlers about a caller. */

import type { AnyWorkload, WorkloadIdentity } from '@jobpass/core'
import { verifiedTokenOf } from '@jobpass/core/internal'
import { passCall } from './pass-call.ts'

/** A verified caller, as both versions of the SDK describe one: their type `AuthInfo`. */
export interface AuthInfo<W = WorkloadIdentity> {
  /** The token as sent, without its scheme. */
  token: string
  /** The job: issuer and subject of its token, with `#` between them. */
  clientId: string
  /** The scopes of a service token; empty for a CI token. */
  scopes: string[]
  /** When the token expires: seconds since 1970. */
  expiresAt: number
  /** The audience that the token was issued for, where it is a URL (RFC 8707). */
  resource?: URL
  /** What jobpass adds. */
  extra: {
    /** The verified caller. */
    readonly workload: W
    /** The SDK allows any members. */
    readonly [member: string]: unknown
  }
}

/** Describes the verified caller of a request. Only what is made here counts as a caller. */
export function describeCaller(request: object, workload: AnyWorkload): AuthInfo {
  const { issuer, subject, audience, expiresAt } = workload
  const { scopes = [] } = workload as { readonly scopes?: readonly string[] }
  const authInfo = Object.freeze({
    token: verifiedTokenOf(workload)?.text ?? '',
    clientId: `${issuer}#${subject}`,
    scopes: Object.freeze([...scopes]) as string[],
    expiresAt,
    ...(URL.canParse(audience) && { resource: new URL(audience) }),
    extra: Object.freeze({ workload: workload as WorkloadIdentity }),
  })
  passCall(request, authInfo)
  return authInfo
}
