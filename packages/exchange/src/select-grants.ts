/** Selects what a job gets from its grants: scopes, permissions, one audience, a lifetime. */

import { decide } from '@jobpass/core'
import type { AnyWorkload } from '@jobpass/core'
import { refuse } from '@jobpass/core/internal'
import type { Refusal } from '@jobpass/core/internal'
import type { ReadGrant } from './grants.ts'
import { OAuthError } from './oauth-answer.ts'
import type { TokenRequest } from './token-request.ts'
import { grantedDetail } from './trust/authorization-details.ts'
import type { AuthorizationDetail } from './trust/authorization-details.ts'

/** The result of `select`: what the job's token allows. */
export interface Granted {
  /** The grants that contribute scopes or permissions. */
  readonly grants: readonly ReadGrant[]
  /** Scopes of the token; may be empty if there are `details`. */
  readonly scopes: readonly string[]
  /** Authorization details of the token; may be empty if there are `scopes`. */
  readonly details: readonly AuthorizationDetail[]
  /** The one API that the token is for. */
  readonly audience: string
  /** Seconds: the shortest lifetime of `grants`. */
  readonly lifetime: number
  /** Whether the token must be bound to a key. */
  readonly dpop: boolean
  /** Whether the token must be bound to a certificate. */
  readonly certificate: boolean
}

/**
 * Selects what a job gets: the requested scopes that matching grants for the audience have. The
 * lifetime is the shortest of the grants that contribute. RFC 6749 §3.3: the result may be less
 * than requested.
 */
export function select(
  grants: readonly ReadGrant[],
  workload: AnyWorkload,
  request: TokenRequest,
): Granted | OAuthError | Refusal {
  const matching = grants.filter(({ rules }) => decide(rules, workload).allowed)
  if (matching.length === 0) {
    const verdict = decide(
      grants.flatMap(({ rules }) => rules),
      workload,
    )
    return refuse('workload_forbidden', { workload, verdict })
  }
  const audiences = [...new Set(matching.flatMap((grant) => grant.audiences))]
  const { audience = audiences.length === 1 ? audiences[0] : undefined } = request
  if (audience === undefined)
    return new OAuthError('invalid_target', 'This job may have tokens for several APIs: name one as audience.')
  const meant = matching.filter((grant) => grant.audiences.includes(audience))
  if (meant.length === 0)
    return new OAuthError('invalid_target', 'No grant of this job is for that audience or resource.')
  const details = detailsFor(request, meant)
  if (details instanceof OAuthError) return details
  const scopes = scopesFor(request, meant)
  if (scopes instanceof OAuthError) return scopes
  const given = new Set(details.map(({ grant }) => grant))
  const giving = meant.filter((grant) => given.has(grant) || scopes.some((scope) => grant.scopes.has(scope)))
  return {
    grants: giving,
    scopes,
    details: details.map(({ detail }) => detail),
    audience,
    lifetime: Math.min(...giving.map(({ lifetime }) => lifetime)),
    dpop: giving.some(({ dpop }) => dpop),
    certificate: giving.some(({ certificate }) => certificate),
  }
}

/** RFC 9396 §5: a request is refused if one of its details cannot be granted as a whole. */
function detailsFor(
  { details }: TokenRequest,
  grants: readonly ReadGrant[],
): readonly { readonly grant: ReadGrant; readonly detail: AuthorizationDetail }[] | OAuthError {
  const found = details.map((requested) => {
    for (const grant of grants)
      for (const each of grant.details) {
        const detail = grantedDetail(each, requested)
        if (detail !== undefined) return { grant, detail }
      }
    return undefined
  })
  return found.every((each) => each !== undefined)
    ? found
    : new OAuthError('invalid_authorization_details', 'No grant of this job has all of these authorization details.')
}

/** A request that names details, and no scope, gets no default scopes. */
function scopesFor(request: TokenRequest, grants: readonly ReadGrant[]): readonly string[] | OAuthError {
  const named = request.scopes.length > 0
  if (!named && request.details.length > 0) return []
  const asked = named ? request.scopes : grants.flatMap((grant) => grant.defaultScopes)
  const scopes = [...new Set(asked)].filter((scope) => grants.some((grant) => grant.scopes.has(scope)))
  if (scopes.length > 0) return scopes
  return new OAuthError(
    'invalid_scope',
    named ? 'No grant of this job has such a scope.' : 'scope is missing, and has no default here.',
  )
}
