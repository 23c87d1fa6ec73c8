/** Policies of OIDC UI, the forms by which customers of a product declare whom they trust. */

import { formatValue, isPlainObject } from '@jobpass/core/internal'
import type { Grant, Reading } from '../model.ts'
import type { Requirement } from '../requirement.ts'
import { Findings } from './findings.ts'
import { isTexts, member, parseJson } from './json-text.ts'
import { hasValue, isFor } from './claim-tests.ts'

/**
 * Reads an `OidcPolicy`, `{ "issuer": …, "claims": { … } }`, or a list of them. The issuer is
 * equal, and each claim is there with one of the listed texts; a list has one of them. Without a
 * rule for `aud`, no token matches.
 *
 * Source: https://ui.shadcn.com/oidc/docs/save-and-verify and
 * https://ui.shadcn.com/oidc/r/policy.json
 */
export function readOidcUi(text: string): Reading {
  const given = parseJson('A policy of OIDC UI', text)
  const isList = Array.isArray(given)
  const policies: readonly unknown[] = isList ? (given as readonly unknown[]) : [given]
  if (policies.length === 0 || !policies.every(isPlainObject))
    throw new TypeError('A policy of OIDC UI is an object with issuer and claims, or a list of them')
  const findings = new Findings()
  const grants = policies.flatMap((policy, index) => grantOf(policy, isList ? `[${index}]` : 'policy', findings))
  return { grants, findings: findings.all }
}

function grantOf(policy: unknown, where: string, findings: Findings): readonly Grant[] {
  const refuse = (place: string, message: string): readonly Grant[] => {
    findings.refuse(place, `${message}, so no token matches.`, 'Correct the policy.')
    return []
  }
  const issuer = member(policy, 'issuer')
  if (typeof issuer !== 'string' || !isIssuer(issuer))
    return refuse(`${where}.issuer`, 'The issuer is no https URL without query and fragment')
  const claims = member(policy, 'claims')
  if (!isPlainObject(claims) || !Object.hasOwn(claims, 'aud'))
    return refuse(`${where}.claims`, 'There is no rule for aud')
  const tests: Requirement[] = []
  for (const [name, values] of Object.entries(claims)) {
    const place = `${where}.claims[${formatValue(name)}]`
    if (!isTexts(values) || values.length === 0) return refuse(place, 'The values are no list of texts')
    tests.push(name === 'aud' ? isFor(values, place) : hasValue([name], values, place))
  }
  const label = member(policy, 'label')
  return [{ name: typeof label === 'string' ? label : 'oidc-ui', where, issuer, requirement: { all: tests } }]
}

function isIssuer(issuer: string): boolean {
  return URL.canParse(issuer) && new URL(issuer).protocol === 'https:' && !/[?#]/.test(issuer)
}
