/** The meaning of a provider of Google Cloud, by a real evaluator of its language. */

import { isCelError, run } from '@bufbuild/cel'
import type { CelInput } from '@bufbuild/cel'
import type { Claims } from './compare.ts'

/** A provider, with the members that use it. */
export interface GcpOriginal {
  /** The mapping. */
  readonly attributeMapping: Readonly<Record<string, string>>
  /** The condition. */
  readonly attributeCondition?: string
  /** The issuer and the audiences. */
  readonly oidc: { readonly issuerUri: string; readonly allowedAudiences: readonly string[] }
}

/** Whether Google admits a token: by issuer, audience, subject, condition and members. */
export function admitsGcp(provider: GcpOriginal, members: readonly string[] | undefined, claims: Claims): boolean {
  const { attributeMapping, attributeCondition = 'true', oidc } = provider
  const { aud, iss } = claims
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (iss !== oidc.issuerUri || !audiences.some((each) => oidc.allowedAudiences.includes(each as string))) return false
  const assertion = claims as CelInput
  const scope: Record<'google' | 'attribute', Record<string, CelInput>> = { google: {}, attribute: {} }
  for (const [name, expression] of Object.entries(attributeMapping)) {
    const value = run(expression, { assertion })
    const [root, field = ''] = name.split('.') as ['google' | 'attribute', string]
    // An attribute must be text; groups are a list.
    if (typeof value === 'string' || (field === 'groups' && !isCelError(value))) scope[root][field] = value as CelInput
  }
  const subject = scope.google['subject']
  if (typeof subject !== 'string' || subject === '') return false
  if (run(attributeCondition, { assertion, ...scope }) !== true) return false
  return members === undefined || members.some((member) => isMember(member, scope))
}

function isMember(
  member: string,
  { google, attribute }: Record<'google' | 'attribute', Record<string, CelInput>>,
): boolean {
  if (member.endsWith('/*')) return true
  const [, subject] = member.split('/subject/')
  if (subject !== undefined) return google['subject'] === subject
  const [, named = ''] = member.split('/attribute.')
  const slash = named.indexOf('/')
  return attribute[named.slice(0, slash)] === named.slice(slash + 1)
}
