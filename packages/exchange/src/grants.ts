/** Grants: which jobs get a token, for which scopes and APIs, and for how long. */

import { decide } from '@jobpass/core'
import type { AnyWorkload, TrustRule, WorkloadIdentity } from '@jobpass/core'
import {
  checkRouteRule,
  compiledRule,
  isPlainObject,
  notMadeHere,
  ownCopy,
  readOptions,
  refuse,
  requireRun,
  assertSeconds,
  formatValue,
} from '@jobpass/core/internal'
import type { Refusal } from '@jobpass/core/internal'
import { OAuthError } from './oauth-answer.ts'
import type { TokenRequest } from './token-request.ts'
import { grantedDetail, readDetails } from './trust/authorization-details.ts'
import type { AuthorizationDetail } from './trust/authorization-details.ts'
import { scopeList } from './trust/scope.ts'
import { serviceTable } from './trust/service-table.ts'

/** One grant. */
export interface Grant {
  /** Name in audit records, 1 to 100 characters. */
  readonly name: string
  /** The jobs that get tokens: a rule, or several of which one must match. */
  readonly rule: TrustRule<AnyWorkload> | readonly TrustRule<AnyWorkload>[]
  /** Scopes that such a job may request (RFC 6749 §3.3). Default: none; it needs `details` then. */
  readonly scopes?: readonly string[]
  /** Scopes of a token when the request names none. Default: none; such a request is refused. */
  readonly defaultScopes?: readonly string[]
  /**
   * Permissions that such a job may request as authorization details (RFC 9396), each such as
   * `{ type: 'publish', package: ['shop', 'kiosk'] }`. A request may name some of the values of a
   * member; a member that it leaves out is granted as it stands here. Default: none.
   */
  readonly details?: AuthorizationDetail | readonly AuthorizationDetail[]
  /** The APIs that tokens may be for (`aud`). Each token is for one of them. */
  readonly audience: string | readonly string[]
  /**
   * Lifetime of the tokens in seconds, 10 to the exchange's `maxLifetime`. Default 900, or
   * `maxLifetime` if that is less.
   */
  readonly lifetime?: number
  /**
   * Returns claims to add to the token; registered names are reserved. Must not return secrets:
   * tokens are readable. Default: none.
   */
  readonly claims?: (workload: WorkloadIdentity) => Readonly<Record<string, unknown>>
  /**
   * `'all'` copies every claim of the CI token into the token. Default: only the claims that the
   * provider's table declares. Rules can name only those; `where` and the API's code then see only
   * those as well.
   */
  readonly jobClaims?: 'all'
  /**
   * Longest token to issue, in characters: 1000 to 16384, the limit of verifiers. Default 7000,
   * because proxies such as nginx refuse header lines over 8 KB.
   */
  readonly maxTokenSize?: number
  /** Issues only tokens that are bound to a key of the job (RFC 9449). Default: the job decides. */
  readonly dpop?: 'required'
  /**
   * Issues only tokens that are bound to the client's certificate (RFC 8705), which the exchange
   * needs its `certificate` option for. Default: the job decides.
   */
  readonly certificate?: 'required'
  /**
   * `'run'` issues tokens only to jobs whose CI token names its run, so that revoking the run
   * reaches every token of the grant. Some platforms include the run only when the job requests it;
   * the refusal says how. Default: jobs without a run get tokens too, and these can be revoked by
   * token only.
   */
  readonly revocableBy?: 'run'
}

/**
 * Finds the grants of a job, such as those of its tenant. Throwing or taking longer than 5 s is
 * answered 503. The result is not cached. The function must have no side effects: the request may
 * still be refused.
 */
export type FindGrants = (
  workload: WorkloadIdentity,
  request: {
    /** Requested scopes. Empty: the default scopes of the grant. */
    readonly scopes: readonly string[]
    /** Requested audience. `undefined`: that of the grant. */
    readonly audience: string | undefined
    /** Requested authorization details. */
    readonly details: readonly AuthorizationDetail[]
  },
) => readonly Grant[] | undefined | Promise<readonly Grant[] | undefined>

/** A validated grant. */
export interface ReadGrant {
  /** Name in audit records. */
  readonly name: string
  /** The rules, of which one must match. */
  readonly rules: readonly TrustRule<AnyWorkload>[]
  /** Scopes that may be requested. */
  readonly scopes: ReadonlySet<string>
  /** Scopes for a request that names none; may be empty. */
  readonly defaultScopes: readonly string[]
  /** Permissions that may be requested. */
  readonly details: readonly AuthorizationDetail[]
  /** The APIs that tokens may be for. */
  readonly audiences: readonly string[]
  /** Seconds, 10 to `maxLifetime`. */
  readonly lifetime: number
  /** Returns the claims to add. */
  readonly claims: NonNullable<Grant['claims']>
  /** Whether tokens carry every claim of the CI token. */
  readonly allClaims: boolean
  /** Characters, 1000 to 16384. */
  readonly maxTokenSize: number
  /** Whether tokens must be bound to a key. */
  readonly dpop: boolean
  /** Whether tokens must be bound to a certificate. */
  readonly certificate: boolean
}

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

const known = {
  name: true,
  rule: true,
  scopes: true,
  defaultScopes: true,
  details: true,
  audience: true,
  lifetime: true,
  claims: true,
  jobClaims: true,
  maxTokenSize: true,
  dpop: true,
  certificate: true,
  revocableBy: true,
} as const satisfies Record<keyof Grant, true>

/** Validates a grant. Throws a `TypeError` that says what to write. */
export function readGrant(given: unknown, maxLifetime: number): ReadGrant {
  const grant = readOptions<Grant>('A grant', given, known)
  const { name, rule, audience, claims = () => ({}), revocableBy } = grant
  const { lifetime = Math.min(900, maxLifetime) } = grant
  if (typeof name !== 'string' || name.trim() === '' || name.length > 100)
    throw new TypeError(`A grant needs a name of 1 to 100 characters, for audit records, not ${formatValue(name)}`)
  const what = `The grant ${formatValue(name)}`
  const rules = listOf(rule) as readonly TrustRule<AnyWorkload>[]
  if (rules.length === 0)
    throw new TypeError(`${what} needs a rule, such as githubActions({ repositoryId: '74205118' })`)
  for (const each of rules) checkGrantRule(what, each)
  const details = grant.details === undefined ? [] : readDetails(`${what}: details`, grant.details)
  const scopes =
    grant.scopes === undefined && details.length > 0 ? [] : scopeList(`${what}: scopes`, listOf(grant.scopes))
  const defaultScopes =
    grant.defaultScopes === undefined ? [] : scopeList(`${what}: defaultScopes`, listOf(grant.defaultScopes))
  const strange = defaultScopes.find((scope) => !scopes.includes(scope))
  if (strange !== undefined)
    throw new TypeError(`${what}: the default scope ${formatValue(strange)} is not one of its scopes`)
  const audiences = listOf(audience) as readonly string[]
  if (audiences.length === 0 || !audiences.every((each) => typeof each === 'string' && each.trim() !== ''))
    throw new TypeError(`${what} needs an audience: the API its tokens are for, such as 'https://api.acme.dev'`)
  if (typeof claims !== 'function') throw new TypeError(`${what}: claims must be a function of the workload`)
  if (revocableBy !== undefined && (revocableBy as unknown) !== 'run')
    throw new TypeError(`${what}: revocableBy is 'run', or left out`)
  return {
    name,
    rules: revocableBy === undefined ? rules : rules.map((each) => requireRun(`${what}: revocableBy`, each)),
    scopes: new Set(scopes),
    defaultScopes,
    details,
    audiences,
    lifetime: assertSeconds(`${what}: lifetime`, lifetime, 10, maxLifetime),
    claims,
    ...readSize(what, grant),
    dpop: isRequired(what, 'dpop', grant),
    certificate: isRequired(what, 'certificate', grant),
  }
}

function isRequired(what: string, name: 'dpop' | 'certificate', grant: Partial<Grant>): boolean {
  const value: unknown = grant[name]
  if (value !== undefined && value !== 'required') throw new TypeError(`${what}: ${name} is 'required', or left out`)
  return value === 'required'
}

function readSize(
  what: string,
  { jobClaims, maxTokenSize = 7000 }: Partial<Grant>,
): Pick<ReadGrant, 'allClaims' | 'maxTokenSize'> {
  if (jobClaims !== undefined && (jobClaims as unknown) !== 'all')
    throw new TypeError(`${what}: jobClaims is 'all', or left out`)
  if (!Number.isInteger(maxTokenSize) || maxTokenSize < 1000 || maxTokenSize > 16_384)
    throw new TypeError(
      `${what}: maxTokenSize must be a whole number from 1000 to 16384, not ${formatValue(maxTokenSize)}`,
    )
  return { allClaims: jobClaims === 'all', maxTokenSize }
}

function checkGrantRule(what: string, rule: unknown): void {
  const form = compiledRule(rule)
  if (form?.effect !== 'allow' || form.table === serviceTable)
    throw notMadeHere(rule, `${what} takes rules made by calling a CI provider, not ${formatValue(rule)}`)
  if (form.once !== undefined)
    throw new TypeError(
      `${what}: the exchange claims each token itself; take oneTime() or notExchanged() off its rules`,
    )
  checkRouteRule(form)
}

function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? Array.from(value as unknown[]) : [value]
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

/**
 * Claims that only the exchange sets: RFC 7519 §4.1, RFC 9068 §2.2, RFC 8693 §4, RFC 9449
 * §6, RFC 9396 §9.1; `active` and `token_type` are of introspection (RFC 7662 §2.2).
 */
const reserved: ReadonlySet<string> = new Set(
  'iss sub aud exp iat nbf jti client_id scope authorization_details job cnf act may_act active token_type'.split(' '),
)

/**
 * Collects the claims that grants add. Throws a `TypeError` for a reserved claim, or one that two
 * grants set differently.
 */
export function extraClaims(grants: readonly ReadGrant[], workload: AnyWorkload): Readonly<Record<string, unknown>> {
  const claims: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const grant of grants) {
    const added: unknown = grant.claims(workload as WorkloadIdentity)
    if (!isPlainObject(added))
      throw new TypeError(`The grant ${formatValue(grant.name)}: claims did not return an object`)
    for (const [name, value] of Object.entries(ownCopy(added))) {
      if (reserved.has(name))
        throw new TypeError(`The grant ${formatValue(grant.name)}: the claim '${name}' is reserved`)
      if (Object.hasOwn(claims, name) && JSON.stringify(claims[name]) !== JSON.stringify(value))
        throw new TypeError(`Two grants set the claim '${name}' differently`)
      claims[name] = value
    }
  }
  return claims
}
