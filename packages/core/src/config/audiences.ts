/**
 * Which audiences prove that a token is meant for this API, and which do not: the platform's own,
 * and those that services share.
 */

import { isSharedAudience } from '../token/shared-audiences.ts'
import { foldAscii, formatValue } from '../util/format.ts'
import { compileGlob, matchGlob } from '../rule/glob.ts'
import type { CompiledLookup } from '../provider/make-provider.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { audienceList } from '../rule/rule-settings.ts'

/** A compiled rule or look-up of `trust`. */
export type TrustEntry = CompiledRule | CompiledLookup

/**
 * Where jobs cannot choose the audience, it does not identify the receiver. A rule must acknowledge
 * that.
 */
export function checkFixedAudience(entry: TrustEntry): void {
  const { title, fixedAudience } = entry.table.table
  if (fixedAudience === undefined) return
  const { audience, sharedAudience } = entry.settings
  const [issuer = 'https://…'] = entry.issuers ?? []
  const fixed = fixedAudience.audience && fillIssuer(fixedAudience.audience, issuer)
  if (audience === undefined || sharedAudience === undefined) {
    throw new TypeError(
      `${title} gives each of its tokens the same audience, so that any service that a job calls can call here with its token: say so in the rule's ` +
        `settings, ({ … }, { audience: ${formatValue(fixed ?? 'the audience of your tokens')}, sharedAudience: 'accepted' })`,
    )
  }
  const spelled = new Set(
    (entry.issuers ?? []).map((each) => fixedAudience.audience && fillIssuer(fixedAudience.audience, each)),
  )
  const never = audienceList('audience', audience).find((each) => fixed !== undefined && !spelled.has(each))
  if (never !== undefined)
    throw new TypeError(
      `${title}: its tokens have the audience ${formatValue(fixed)} and no other, never ${formatValue(never)}`,
    )
}

/** Throws for an audience of the verifier that does not identify the receiver. */
export function checkAudiences(audiences: readonly string[], entries: readonly TrustEntry[]): void {
  const isDefaultAudience = defaultAudiencesOf(entries)
  for (const audience of audiences) {
    if (isSharedAudience(audience) || isDefaultAudience(audience)) {
      throw new TypeError(
        `audience ${formatValue(audience)} is one that platforms give by default or services share, so others could replay their tokens here: ` +
          `choose a name of this API, such as 'https://api.acme.dev', and have the jobs ask for it`,
      )
    }
  }
}

/**
 * A test for the audiences that platforms give by default. Their patterns are compiled once for all
 * rules.
 */
export function defaultAudiencesOf(entries: readonly TrustEntry[]): (audience: string) => boolean {
  const spelled = entries.flatMap((entry) =>
    (entry.table.table.defaultAudiences ?? []).flatMap((pattern) =>
      (entry.issuers ?? []).flatMap((issuer) => fillIn(fillIssuer(pattern, issuer), entry)),
    ),
  )
  const patterns = [...new Set(spelled.map(foldAscii))].map((each) => compileGlob(each, '/'))
  return (audience) => patterns.some((pattern) => matchGlob(pattern, foldAscii(audience), '/'))
}

function fillIssuer(pattern: string, issuer: string): string {
  const { origin, host } = new URL(issuer)
  return pattern.replace('{origin}', origin).replace('{host}', host).replace('{issuer}', issuer)
}

/**
 * Replaces a field in braces by the tenants that a rule names, by the field or by the claim that it
 * mirrors. A look-up names none.
 */
function fillIn(pattern: string, entry: TrustEntry): readonly string[] {
  const field = /\{(\w+)\}/.exec(pattern)?.[1]
  if (field === undefined) return [pattern]
  const claim = ['claims', ...(entry.table.fields.get(field)?.claim ?? [])].join('.')
  const named =
    'checks' in entry ? entry.checks.find((check) => check.field === field || check.field === claim) : undefined
  const { expected } = named ?? {}
  const tenants =
    typeof expected === 'string' ? [expected] : Array.isArray(expected) ? (expected as readonly string[]) : []
  return tenants.map((tenant) => pattern.replace(`{${field}}`, tenant))
}
