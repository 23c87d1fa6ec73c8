/** JWT roles of HashiCorp Vault and OpenBao. */

import { formatValue, isPlainObject } from '@jobpass/core/internal'
import type { Grant, Reading } from '../model.ts'
import { joined } from '../pattern.ts'
import type { ClaimPath, Comparison, Pattern, Requirement, Scalar } from '../requirement.ts'
import { any, everything, nothing } from '../requirement.ts'
import { Findings, refusedReading } from './findings.ts'
import { isTexts, member, parseJson } from './json-text.ts'
import { isFor, isText, test, valueOrItem } from './claim-tests.ts'

/**
 * Reads a JWT role, as `vault read -format json` prints it or as it is written, or `{ "config": …,
 * "role": … }` with the configuration of its mount, which names the issuer.
 *
 * Source: https://github.com/hashicorp/vault-plugin-auth-jwt (`claims.go`, `path_login.go`) and
 * https://github.com/ryanuber/go-glob
 */
export function readVault(text: string): Reading {
  const given = parseJson('A role of Vault', text)
  const isBoth = isPlainObject(given) && Object.hasOwn(given, 'role')
  const role = dataOf(isBoth ? member(given, 'role') : given)
  if (!isPlainObject(role)) throw new TypeError('A role of Vault is an object, as vault read -format json prints it')
  const findings = new Findings()
  const issuer = issuerOf(isBoth ? dataOf(member(given, 'config')) : undefined, findings)
  const limit = limitOf(role)
  if (limit !== undefined) return refusedReading(...limit, 'Write the rules by hand.')
  const requirement = {
    all: [audiencesOf(role, findings), subjectOf(role, findings), ...claimsOf(role, findings), ...textsOf(role)],
  }
  return { grants: [grantOf(role, issuer, requirement)], findings: findings.all }
}

/** `vault read -format json` wraps what it prints. */
const dataOf = (value: unknown): unknown => member(value, 'data') ?? value

function grantOf(role: unknown, issuer: string | undefined, requirement: Requirement): Grant {
  const name = member(role, 'name') ?? member(role, 'role_name')
  return { name: typeof name === 'string' ? name : 'vault', where: 'role', issuer, requirement }
}

/** With OpenID discovery and without a bound issuer, the issuer is where discovery is. */
function issuerOf(config: unknown, findings: Findings): string | undefined {
  const issuer = member(config, 'bound_issuer') ?? member(config, 'oidc_discovery_url')
  if (typeof issuer === 'string') return issuer
  if (config !== undefined)
    findings.add({
      level: 'accident',
      where: 'config.bound_issuer',
      message: 'Without bound_issuer and OpenID discovery, Vault takes tokens that name any issuer.',
      fix: 'Name the issuer.',
    })
  return undefined
}

const knownLimits = new Set(['bound_audiences', 'bound_subject', 'bound_claims', 'bound_claims_type', 'bound_cidrs'])

/** What a role demands that rules cannot, with its place. */
function limitOf(role: unknown): readonly [where: string, message: string] | undefined {
  if ((member(role, 'role_type') ?? 'jwt') !== 'jwt')
    return ['role_type', 'The role is for people who log in by a browser, and admits no job.']
  for (const name of ['bound_cidrs', 'token_bound_cidrs'])
    if (member(role, name) !== undefined) return [name, 'The role limits the addresses of callers; rules cannot.']
  if (member(role, 'groups_claim') !== undefined)
    return ['groups_claim', 'The role refuses tokens without a list of groups; rules cannot.']
  const unknown = Object.keys(role as object).find((name) => name.startsWith('bound_') && !knownLimits.has(name))
  return unknown === undefined ? undefined : [unknown, `The limit ${formatValue(unknown)} is not known.`]
}

/**
 * One audience of the token must be in the list. Without a list, a token with an audience fails.
 */
function audiencesOf(role: unknown, findings: Findings): Requirement {
  const given = member(role, 'bound_audiences')
  const listed = typeof given === 'string' ? given.split(',').map((each) => each.trim()) : given
  if (isTexts(listed)) return isFor(listed, 'bound_audiences')
  findings.refuse(
    'bound_audiences',
    'Without bound_audiences, Vault refuses every token that has an audience, and so those of all CI systems.',
    'Set bound_audiences, and import the role again.',
  )
  return nothing
}

/** The subject is compared exactly, whatever `bound_claims_type` is. */
function subjectOf(role: unknown, findings: Findings): Requirement {
  const subject = member(role, 'bound_subject')
  if (subject === undefined) return everything
  const where = 'bound_subject'
  if (typeof subject === 'string' && !subject.includes('*'))
    return test({ claim: ['sub'], comparison: { kind: 'equals', values: [subject] }, where })
  findings.refuse(
    where,
    `${formatValue(subject)} matches no token: Vault compares the subject exactly, also where bound_claims_type is glob.`,
    'Write the subject out, or use bound_claims.',
  )
  return nothing
}

function claimsOf(role: unknown, findings: Findings): readonly Requirement[] {
  const claims = member(role, 'bound_claims')
  const isGlob = (member(role, 'bound_claims_type') ?? 'string') === 'glob'
  return Object.entries(isPlainObject(claims) ? claims : {}).map(([name, given]) => {
    const where = `bound_claims[${formatValue(name)}]`
    const values: readonly unknown[] = Array.isArray(given) ? given : [given]
    const comparison = isGlob ? globs(values) : exact(values, where, findings)
    if (comparison !== undefined) return valueOrItem(pathOf(name), comparison, where)
    findings.refuse(
      where,
      isGlob ? 'A glob must be text, so no token matches.' : 'Vault compares text, numbers and booleans only.',
      'Correct the role.',
    )
    return nothing
  })
}

function globs(values: readonly unknown[]): Comparison | undefined {
  return isTexts(values) ? { kind: 'like', patterns: values.map(patternOf) } : undefined
}

/** `*` is any text; there are no other wildcards, and no escapes. */
function patternOf(glob: string): Pattern {
  return joined(glob.split('*').flatMap((text, index): Pattern => (index > 0 ? [any, text] : [text])))
}

/** Values have their JSON type: the text "true" is not the boolean. */
function exact(values: readonly unknown[], where: string, findings: Findings): Comparison | undefined {
  if (values.some((value) => typeof value === 'number' && !Number.isInteger(value))) return undefined
  if (!values.every((value): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value)))
    return undefined
  const number = values.find((value) => typeof value === 'number')
  if (number !== undefined)
    findings.add({
      level: 'stricter',
      where,
      message: 'Older versions of Vault cut off the fraction of a number in the token; rules compare all of it.',
      fix: 'Nothing: tokens of CI systems have no such numbers.',
    })
  return { kind: 'equals', values }
}

/** The name of a claim, or a JSON pointer (RFC 6901). */
function pathOf(name: string): ClaimPath {
  if (!name.startsWith('/')) return [name]
  return name
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/**
 * A login fails where the user's claim is no text, or a claim for metadata is there and is no text.
 */
function textsOf(role: unknown): readonly Requirement[] {
  const user = member(role, 'user_claim')
  const mappings = member(role, 'claim_mappings')
  const path = (name: string): ClaimPath =>
    name === user && member(role, 'user_claim_json_pointer') !== true ? [name] : pathOf(name)
  return [
    ...(typeof user === 'string' ? [isText(path(user), 'user_claim')] : []),
    ...Object.keys(isPlainObject(mappings) ? mappings : {}).map((name) => ({
      ...isText(pathOf(name), `claim_mappings[${formatValue(name)}]`),
      absentPasses: true,
    })),
  ]
}
