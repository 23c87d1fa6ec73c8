/** The names in the rules of a policy: what can be looked up, and where it is written. */

import type { PolicyText } from '../policy/read-policy.ts'
import type { Path } from '../policy/places.ts'
import { parse } from 'yaml'

/** One rule of a document, with what names its tenant. */
export interface NamedRule {
  /** The path of the rule. */
  readonly path: Path
  /** The platform. */
  readonly provider: string
  /** The issuer that the rule names. Default: that of the platform. */
  readonly issuer: string | undefined
  /** The exact texts of each field; absent where the field is, or has patterns. */
  readonly exact: Readonly<Partial<Record<string, readonly string[]>>>
}

/** The rules of a document that `parsePolicy` has accepted. */
export function namedRules({ text }: Pick<PolicyText, 'text'>): readonly NamedRule[] {
  const { rules } = parse(text) as { readonly rules: Readonly<Record<string, unknown>> }
  return Object.entries(rules).flatMap(([set, given]) => {
    const list = Array.isArray(given) ? given : [given]
    return list.map((rule, index) => namedRule(rule as Readonly<Record<string, unknown>>, ['rules', set, index]))
  })
}

function namedRule({ provider, issuer, ...fields }: Readonly<Record<string, unknown>>, path: Path): NamedRule {
  const exact = Object.entries(fields).flatMap(([name, value]) => {
    const values = [value].flat()
    return values.every((each) => typeof each === 'string') ? [[name, values]] : []
  })
  return {
    path,
    provider: String(provider),
    issuer: typeof issuer === 'string' ? issuer : undefined,
    exact: Object.fromEntries(exact) as NamedRule['exact'],
  }
}
