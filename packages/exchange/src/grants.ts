/** Grants: which jobs get a token, for which scopes and APIs, and for how long. */

import type { AnyWorkload, TrustRule, WorkloadIdentity } from '@jobpass/core'
import {
  checkRouteRule,
  compiledRule,
  notMadeHere,
  readOptions,
  registerRule,
  runCheck,
  assertSeconds,
  formatValue,
} from '@jobpass/core/internal'
import type { CompiledRule } from '@jobpass/core/internal'
import { readDetails } from './trust/authorization-details.ts'
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

/** The same rule, for jobs only that name their run. */
function requireRun(what: string, rule: TrustRule<AnyWorkload>): TrustRule<AnyWorkload> {
  const form = compiledRule(rule) as CompiledRule
  return registerRule({ ...form, checks: [...form.checks, runCheck(what, form.table)] })
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
