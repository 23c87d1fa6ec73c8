/** Checks on the header and the registered claims of a token. Each is a pure function. */

import { hintOnAudience, tokenHints } from './token-hints.ts'
import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import type { JoseHeader, UnverifiedClaims } from '../model/token.ts'

/**
 * Members that would change the meaning of a token, so that they must not be ignored (RFC 7515
 * §4.1.11, RFC 7797).
 */
const criticalHeaders = ['crit', 'b64', 'zip'] as const
const maxKeyIdLength = 256

/**
 * Checks the header: the right kind of token, no extensions, an algorithm of the issuer. `jku`,
 * `x5u`, `jwk` and `x5c` are never read.
 */
export function checkHeader(header: JoseHeader, { algorithms, tokenType }: HeaderRules): Refusal | undefined {
  for (const member of criticalHeaders) if (Object.hasOwn(header, member)) return refuse('header_unsupported')
  const { typ, kid, cty } = header
  // RFC 7519 §5.2: the content is another JWT instead of claims.
  if (cty !== undefined && isType(cty, 'JWT')) return refuse('header_unsupported')
  // Another kind of token is not a job token (RFC 8725 §3.11); plain JWTs may omit their type.
  if (typ === undefined ? tokenType !== undefined : !isType(typ, tokenType ?? 'JWT'))
    return refuse('header_unsupported')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > maxKeyIdLength)) return refuse('header_unsupported')
  return algorithms.includes(header.alg) ? undefined : refuse('algorithm_unsupported')
}

/** What a provider's table requires of the header. */
export interface HeaderRules {
  /** The signature algorithms of the issuer. */
  readonly algorithms: readonly string[]
  /** The required `typ`. Default: `JWT`, which may be missing. */
  readonly tokenType?: string
}

/**
 * Compares media types (RFC 7515 §4.1.9): without letter case, and with or without `application/`.
 */
function isType(typ: unknown, wanted: string): boolean {
  return (
    typ === wanted ||
    (typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === wanted.toLowerCase())
  )
}

/**
 * Checks the dates, in seconds: `exp` and `iat` are required, `nbf` counts when present. `nbf` is
 * not compared with `iat`, since GitHub back-dates it.
 */
export function checkDates(claims: UnverifiedClaims, now: number, tolerance: number): Refusal | undefined {
  const { exp, iat, nbf } = claims
  if (exp === undefined) return refuse('claims_invalid', { unverifiedClaim: 'exp' })
  if (iat === undefined) return refuse('claims_invalid', { unverifiedClaim: 'iat' })
  if (now >= exp + tolerance) return refuse('token_expired', { hint: () => tokenHints.late(now - exp) })
  const begins = Math.max(iat, nbf ?? iat)
  return now < begins - tolerance
    ? refuse('token_not_yet_valid', { hint: () => tokenHints.early(begins - now) })
    : undefined
}

/** What a verifier requires of the audiences of one issuer. */
export interface AudienceRules {
  /** The audiences of this API. */
  readonly accepted: ReadonlySet<string>
  /** Whether a rule of the issuer takes tokens with several audiences. */
  readonly several: boolean
  /** Whether the platform gives an audience by default. */
  readonly isDefault: (audience: string) => boolean
  /** Returns the audience that the platform adds to a token. */
  readonly appended: AppendedAudience
}

/**
 * Returns the accepted audience of a token. It must be the only one, unless a rule of the issuer
 * takes several.
 */
export function checkAudience(claims: UnverifiedClaims, rules: AudienceRules): string | Refusal {
  const { accepted, several, isDefault, appended } = rules
  const { aud } = claims
  if (typeof aud === 'string' && accepted.has(aud)) return aud
  const audiences = audiencesOf(claims)
  const chosen = appended === undefined ? audiences : chosenAudiences(claims, appended)
  const isAccepted = (audience: string): boolean => accepted.has(audience)
  const audience = chosen.find(isAccepted) ?? audiences.find(isAccepted)
  if (audience === undefined)
    return refuse('audience_mismatch', {
      hint: () => hintOnAudience(chosen.length > 0 ? chosen : audiences, accepted, isDefault),
    })
  const rivals = chosen.includes(audience) ? chosen : audiences
  return several || rivals.length === 1 ? audience : refuse('audience_multiple')
}

/** A table's `appendedAudience`. */
type AppendedAudience = ((claims: never) => string | undefined) | undefined

/** The audiences that a job asked for: all of them, without the one that its platform adds. */
export function chosenAudiences(claims: UnverifiedClaims, appended: AppendedAudience): readonly string[] {
  const audiences = audiencesOf(claims)
  const added = appended && addedTo(claims, appended as (claims: UnverifiedClaims) => string | undefined)
  return added === undefined ? audiences : audiences.filter((audience) => audience !== added)
}

/**
 * The audiences among which ours must be the only one. The one that the platform adds counts only
 * where it is ours.
 */
export function rivalAudiences(claims: UnverifiedClaims, ours: string, appended: AppendedAudience): readonly string[] {
  const chosen = chosenAudiences(claims, appended)
  return chosen.includes(ours) ? chosen : audiencesOf(claims)
}

/**
 * Claims may have any type here, since they are not verified: a function that throws returns
 * nothing.
 */
function addedTo(
  claims: UnverifiedClaims,
  appended: (claims: UnverifiedClaims) => string | undefined,
): string | undefined {
  try {
    return appended(claims)
  } catch {
    return undefined
  }
}

/** `aud` as a list, in whichever of its two forms it was issued. */
export function audiencesOf({ aud }: UnverifiedClaims): readonly string[] {
  return aud === undefined ? [] : typeof aud === 'string' ? [aud] : aud
}

/** Checks age and lifetime, in seconds. */
export function checkAge(
  claims: UnverifiedClaims,
  now: number,
  limits: AgeLimits,
  tolerance: number,
): Refusal | undefined {
  const iat = claims.iat as number
  if (now - iat > limits.maxTokenAge + tolerance) return refuse('token_too_old')
  return (claims.exp as number) - iat > limits.maxLifetime ? refuse('token_lifetime') : undefined
}

/** When a token may be used: seconds since 1970, with the clock tolerance. */
export interface Validity {
  /** The first moment, by `iat` and `nbf`. */
  readonly from: number
  /** The moment at which it has expired, by `exp`. */
  readonly until: number
  /** The last moment, by the maximum age. */
  readonly lastUse: number
}

/** The checks of dates and age as a window, for tokens that passed them once. */
export function validityOf(
  { iat = 0, exp = 0, nbf = iat }: UnverifiedClaims,
  { maxTokenAge }: Pick<AgeLimits, 'maxTokenAge'>,
  tolerance: number,
): Validity {
  return { from: Math.max(iat, nbf) - tolerance, until: exp + tolerance, lastUse: iat + (maxTokenAge + tolerance) }
}

/** The limits on age and lifetime. */
export interface AgeLimits {
  /** The maximum age: seconds since `iat`; `Infinity` for no limit. */
  readonly maxTokenAge: number
  /** The maximum lifetime: seconds from `iat` to `exp`; `Infinity` for no limit. */
  readonly maxLifetime: number
}
