/** Which platform claims are of. */

import { inspectRule } from '@jobpass/policy'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById, providerOfIssuer } from '@jobpass/policy/built-in'
import type { Claims } from './local-issuer.ts'

/**
 * The platform of a token: that of a rule for its issuer, else that of the issuer; `undefined`
 * where neither is known, as for servers that users host themselves.
 */
export function platformOf({ iss }: Claims, rules: readonly unknown[]): AnyProvider | undefined {
  const facts = rules.map((rule) => inspectRule(rule)).find(({ issuers }) => issuers?.includes(iss as string))
  return (facts && providerById(facts.provider)) ?? providerOfIssuer(iss)
}

/** The issuer that signs. Claims without `iss` are signed too: the verifier refuses them. */
export function issuerOf({ iss }: Claims): string {
  return typeof iss === 'string' ? iss : 'https://issuer.example'
}
