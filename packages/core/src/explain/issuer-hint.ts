/** Why an issuer that was meant to be trusted is unknown: for `onVerdict` only. */

import type { TrustedIssuer } from '../config/trusted-issuers.ts'
import { wrongClaim } from '../table/read-claims.ts'
import type { UnverifiedClaims } from '../model/token.ts'
import { differsBySlash } from '../token/token-hints.ts'

/** A hint on an unknown issuer; `undefined` where it is no known mistake. */
export function hintOnIssuer(
  claims: UnverifiedClaims,
  issuers: ReadonlyMap<string, Pick<TrustedIssuer, 'table' | 'extension'>>,
): string | undefined {
  const { iss } = claims
  if (!URL.canParse(iss))
    return 'The issuer is not a URL, as in tokens of an older kind: the job must request an OpenID Connect ID token.'
  const trusted = [...issuers.keys()]
  if (trusted.some((issuer) => differsBySlash(issuer, [iss])))
    return 'The issuer differs from a trusted one by a slash at the end only.'
  if (trusted.some((issuer) => issuer === iss.replace(/^http:/, 'https:')))
    return 'The issuer is a trusted one with http: in place of https:.'
  if (trusted.some((issuer) => sameAddress(issuer, iss)))
    return 'The issuer is a trusted one in another spelling: it is compared as text.'
  if (trusted.some((issuer) => iss.startsWith(`${issuer}/`)))
    return 'The issuer lies below a trusted one, as that of an enterprise does: if you trust it, make its rule by .at(issuer).'
  const hint = [...issuers.values()].map(({ extension }) => extension?.hintOn(iss)).find((each) => each !== undefined)
  if (hint !== undefined) return hint
  const alike = [...issuers.values()].find(({ table }) => wrongClaim(table.rows, claims) === undefined)
  return (
    alike && `The claims are those of ${alike.table.table.title}: if this is your server, make its rule by .at(issuer).`
  )
}

function sameAddress(a: string, b: string): boolean {
  return new URL(a).href === new URL(b).href
}
