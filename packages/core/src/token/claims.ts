/** Checks on claims: dates and audience before the signature, the provider's table after it. Each is a pure function of the token. */

import { hintOnAudience, tokenHints } from './token-hints.ts'
import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import type { JoseHeader, UnverifiedClaims } from '../model/token.ts'

/** Members that would change what a token means if they were obeyed, and must not be ignored (RFC 7515 §4.1.11, RFC 7797). */
const criticalHeaders = ['crit', 'b64', 'zip'] as const
const maxKeyIdLength = 256

/** The header: a token of the right kind, with no extension, by an algorithm of the issuer. `jku`, `x5u`, `jwk` and `x5c` are never read. */
export function checkHeader(header: JoseHeader, { algorithms, tokenType }: HeaderRules): Refusal | undefined {
  if (criticalHeaders.some((member) => Object.hasOwn(header, member))) return refuse('header_unsupported')
  const { typ, kid, cty } = header
  // RFC 7519 §5.2: the content is another JWT, and no claims.
  if (cty !== undefined && isType(cty, 'JWT')) return refuse('header_unsupported')
  // A token of another kind is no job token (RFC 8725 §3.11); plain JWTs may leave their type out.
  if (typ === undefined ? tokenType !== undefined : !isType(typ, tokenType ?? 'JWT'))
    return refuse('header_unsupported')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > maxKeyIdLength)) return refuse('header_unsupported')
  return algorithms.includes(header.alg) ? undefined : refuse('algorithm_unsupported')
}

/** What a provider's table says of the header. */
export interface HeaderRules {
  readonly algorithms: readonly string[]
  readonly tokenType?: string
}

/** RFC 7515 §4.1.9: a media type, without letter case, whose `application/` may be left out. */
function isType(typ: unknown, wanted: string): boolean {
  return typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === wanted.toLowerCase()
}

/** `exp` and `iat` are required, `nbf` counts when present; all times in seconds. `nbf` is never related to `iat`: GitHub back-dates it. */
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

/** What a verifier says of the audiences of one issuer. */
export interface AudienceRules {
  readonly accepted: ReadonlySet<string>
  /** Whether a rule of the issuer takes tokens with several. */
  readonly several: boolean
  readonly isDefault: (audience: string) => boolean
  readonly appended: AppendedAudience
}

/** One audience of the token must be accepted for its issuer, and it must be the only one unless a rule of that issuer takes several. */
export function checkAudience(claims: UnverifiedClaims, rules: AudienceRules): string | Refusal {
  const { accepted, several, isDefault, appended } = rules
  const audiences = audiencesOf(claims)
  const chosen = chosenAudiences(claims, appended)
  const audience = [...chosen, ...audiences].find((candidate) => accepted.has(candidate))
  if (audience === undefined)
    return refuse('audience_mismatch', {
      hint: () => hintOnAudience(chosen.length > 0 ? chosen : audiences, accepted, isDefault),
    })
  return several || rivalAudiences(claims, audience, appended).length === 1 ? audience : refuse('audience_multiple')
}

/** What a table says of the audience that its platform adds to the ones a job asks for. */
type AppendedAudience = ((claims: never) => string | undefined) | undefined

/** The audiences that a job asked for: all of them, without the one that its platform adds. */
export function chosenAudiences(claims: UnverifiedClaims, appended: AppendedAudience): readonly string[] {
  const audiences = audiencesOf(claims)
  const added = appended && addedTo(claims, appended as (claims: UnverifiedClaims) => string | undefined)
  return added === undefined ? audiences : audiences.filter((audience) => audience !== added)
}

/** The audiences of which ours must be the only one. What the platform adds does not count, except where it is ours itself. */
export function rivalAudiences(claims: UnverifiedClaims, ours: string, appended: AppendedAudience): readonly string[] {
  const chosen = chosenAudiences(claims, appended)
  return chosen.includes(ours) ? chosen : audiencesOf(claims)
}

/** The claims are not verified here, nor are their types: a function that was not made for them answers nothing. */
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

/** `aud` as a list, whichever of its two forms it has. */
export function audiencesOf({ aud }: UnverifiedClaims): readonly string[] {
  return aud === undefined ? [] : typeof aud === 'string' ? [aud] : aud
}

/** Age and lifetime, in seconds. `Infinity` sets no limit. */
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

/** When a token may be used, in seconds since 1970, the tolerance included. */
export interface Validity {
  readonly from: number
  /** Excluded. */
  readonly until: number
  /** By its age; included. */
  readonly lastUse: number
}

/** The same checks of dates and age as a window: for tokens that passed them once. */
export function validityOf(
  { iat = 0, exp = 0, nbf = iat }: UnverifiedClaims,
  { maxTokenAge }: Pick<AgeLimits, 'maxTokenAge'>,
  tolerance: number,
): Validity {
  return { from: Math.max(iat, nbf) - tolerance, until: exp + tolerance, lastUse: iat + (maxTokenAge + tolerance) }
}

export interface AgeLimits {
  readonly maxTokenAge: number
  readonly maxLifetime: number
}
