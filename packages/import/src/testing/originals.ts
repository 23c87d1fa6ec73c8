/** The meaning of policies of Vault, octo-sts and OIDC UI, by the descriptions of their sources. */

import { run } from '@bufbuild/cel'
import type { OctoStsPolicy } from '../read/octo-sts-policy.ts'
import type { Claims } from './never-wider.ts'

/** A JWT role of Vault, with the configuration of its mount. */
export interface VaultOriginal {
  /** The configuration. */
  readonly config: { readonly bound_issuer?: string; readonly oidc_discovery_url?: string }
  /** The role. */
  readonly role: {
    /** The claim that names the user. */
    readonly user_claim?: string
    /** The audiences. */
    readonly bound_audiences?: readonly string[]
    /** The subject. */
    readonly bound_subject?: string
    /** The values of claims. */
    readonly bound_claims?: Readonly<Record<string, unknown>>
    /** How they are compared. */
    readonly bound_claims_type?: 'string' | 'glob'
    /** Names of metadata, by the claims that they are read from. */
    readonly claim_mappings?: Readonly<Record<string, string>>
  }
}

/** Whether a login by a role succeeds. */
export function admitsVault({ config, role }: VaultOriginal, claims: Claims): boolean {
  if (claims['iss'] !== (config.bound_issuer ?? config.oidc_discovery_url)) return false
  const audiences: readonly unknown[] = [claims['aud'] ?? []].flat()
  const { bound_audiences: bound = [], bound_subject: subject, user_claim: user } = role
  if (bound.length === 0 ? audiences.length > 0 : !bound.some((each) => audiences.includes(each))) return false
  if (subject !== undefined && claims['sub'] !== subject) return false
  if (user !== undefined && typeof vaultClaim(claims, user) !== 'string') return false
  for (const name of Object.keys(role.claim_mappings ?? {}))
    if (!['string', 'undefined'].includes(typeof (vaultClaim(claims, name) ?? undefined))) return false
  return Object.entries(role.bound_claims ?? {}).every(([name, expected]) => {
    const actual = vaultList(vaultClaim(claims, name))
    const wanted = vaultList(expected)
    return wanted.some((each) => actual.some((value) => vaultMatches(each, value, role.bound_claims_type === 'glob')))
  })
}

function vaultClaim(claims: Claims, name: string): unknown {
  if (!name.startsWith('/')) return claims[name]
  let value: unknown = claims
  for (const part of name.slice(1).split('/')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Claims)[part.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return value
}

/** Text, booleans and numbers are lists of one; anything else never matches. */
function vaultList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[]
  return ['string', 'boolean', 'number'].includes(typeof value) ? [value] : []
}

function vaultMatches(expected: unknown, actual: unknown, isGlob: boolean): boolean {
  if (!isGlob) return expected === actual
  if (typeof expected !== 'string' || typeof actual !== 'string') return false
  const [first = '', ...rest] = expected.split('*')
  const last = rest.pop()
  if (last === undefined) return actual === expected
  if (!actual.startsWith(first)) return false
  let left = actual.slice(first.length)
  for (const part of rest) {
    const at = left.indexOf(part)
    if (at < 0) return false
    left = left.slice(at + part.length)
  }
  return left.endsWith(last)
}

/** Whether octo-sts gives a token, on its public instance. */
export function admitsOctoSts(policy: OctoStsPolicy, claims: Claims): boolean {
  const { issuer, issuer_pattern: issuers, subject, subject_pattern: subjects } = policy
  const { audience = 'octo-sts.dev', audience_pattern: audiencePattern } = policy
  const { iss, sub } = claims
  const audiences: readonly unknown[] = [claims['aud'] ?? []].flat()
  if (issuers === undefined ? iss !== issuer : !goMatches(issuers, iss)) return false
  if (typeof sub !== 'string' || sub === '' || sub.length > 255 || /[\s"'`\\<>;&$(){}[\]]/.test(sub)) return false
  if (subjects === undefined ? sub !== subject : !goMatches(subjects, sub)) return false
  if (!audiences.some((each) => (audiencePattern === undefined ? each === audience : goMatches(audiencePattern, each))))
    return false
  return Object.entries(policy.claim_pattern ?? {}).every(([name, pattern]) => {
    const value = claims[name]
    return goMatches(pattern, typeof value === 'boolean' ? String(value) : value)
  })
}

/** Matches by RE2, with the anchors that octo-sts writes around a pattern. */
function goMatches(pattern: string, text: unknown): boolean {
  return typeof text === 'string' && run('text.matches(pattern)', { text, pattern: `^${pattern}$` }) === true
}

/** A policy of OIDC UI. */
export interface OidcUiOriginal {
  /** The issuer. */
  readonly issuer: string
  /** The accepted values by claim. */
  readonly claims: Readonly<Record<string, readonly string[]>>
}

/** Whether the verifier of OIDC UI admits a token. */
export function admitsOidcUi({ issuer, claims: rules }: OidcUiOriginal, claims: Claims): boolean {
  if (claims['iss'] !== issuer || !Object.hasOwn(rules, 'aud')) return false
  return Object.entries(rules).every(([name, accepted]) => {
    const value = claims[name]
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    return values.some((each) => typeof each === 'string' && accepted.includes(each))
  })
}
