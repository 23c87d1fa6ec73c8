/** The meaning of a provider of Google Cloud, by a real evaluator of its language. */

import { celEnv, isCelError, parse, plan } from '@bufbuild/cel'
import type { CelInput, CelValue } from '@bufbuild/cel'
import type { Claims } from './never-wider.ts'

/** A provider. */
export interface GcpOriginal {
  /** The mapping. */
  readonly attributeMapping: Readonly<Record<string, string>>
  /** The condition. */
  readonly attributeCondition?: string
  /** The issuer and the audiences. */
  readonly oidc: { readonly issuerUri: string; readonly allowedAudiences: readonly string[] }
}

type Values = Record<string, CelInput>
/** The attributes that a token has. */
type Mapped = Readonly<Record<'google' | 'attribute', Values>>

/** Makes the decision of Google: by issuer, audience, subject, condition and members. */
export function gcpDecision(
  { attributeMapping, attributeCondition = 'true', oidc }: GcpOriginal,
  members: readonly string[] | undefined,
): (claims: Claims) => boolean {
  const mapping = Object.entries(attributeMapping).map(([name, expression]) => [name, evaluatorOf(expression)] as const)
  const condition = evaluatorOf(attributeCondition)
  return (claims) => {
    const { aud, iss } = claims
    const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
    if (iss !== oidc.issuerUri || !audiences.some((each) => oidc.allowedAudiences.includes(each as string)))
      return false
    const assertion = claims as CelInput
    const mapped: Mapped = { google: {}, attribute: {} }
    for (const [name, evaluate] of mapping) {
      const value = evaluate({ assertion })
      const [root, field] = name.split('.') as ['google' | 'attribute', string]
      // An attribute must be text; groups are a list.
      if (typeof value === 'string' || (field === 'groups' && value !== undefined)) mapped[root][field] = value
    }
    const subject = mapped.google['subject']
    if (typeof subject !== 'string' || subject === '') return false
    if (condition({ assertion, ...mapped }) !== true) return false
    return members === undefined || members.some((member) => isMember(member, mapped))
  }
}

/** Compiles an expression; an error is `undefined`. */
function evaluatorOf(expression: string): (scope: Values) => CelValue | undefined {
  const evaluate = plan(celEnv(), parse(expression))
  return (scope) => {
    const value = evaluate(scope)
    return isCelError(value) ? undefined : value
  }
}

function isMember(member: string, { google, attribute }: Mapped): boolean {
  if (member.endsWith('/*')) return true
  const [, subject] = member.split('/subject/')
  if (subject !== undefined) return google['subject'] === subject
  const [, named = ''] = member.split('/attribute.')
  const slash = named.indexOf('/')
  return attribute[named.slice(0, slash)] === named.slice(slash + 1)
}
