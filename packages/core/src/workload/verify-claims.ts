/** Checks the claims of a token whose signature verifies, and reads the fields of its table. */

import type { VerifyingIssuer } from './verified-token.ts'
import { VerifiedToken } from './verified-token.ts'
import type { CompiledTable } from '../table/compile-table.ts'
import { fitsTemplate, issuerOf } from '../model/issuer.ts'
import type { Token } from '../model/token.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import { readClaims, TokenFields } from '../table/read-claims.ts'
import { hintOnOtherToken } from '../table/other-tokens.ts'

/**
 * Makes the verified token of a token whose signature verifies. Refuses claims that do not fit the
 * table or contradict each other. Runs the functions of the table; `fault` reports one that throws.
 */
export function verifyClaims<I extends VerifyingIssuer>(
  { text, claims }: Pick<Token, 'text' | 'claims'>,
  audience: string,
  issuer: I,
  fault: (message: string) => void,
): VerifiedToken<I> | Refusal {
  const { rows, table, early } = issuer.table
  const { validate, title } = table
  const invalid = (claim?: string): Refusal =>
    refuse('claims_invalid', { ...(claim !== undefined && { claim }), hint: () => hintOnOtherToken(table, claims) })
  if (typeof claims.sub !== 'string' || claims.sub === '') return invalid('sub')
  const read = readClaims(rows, claims)
  if (typeof read === 'string') return invalid(read)
  try {
    const fields = new TokenFields(claims, read, issuer.table)
    const claim = (validate as ((claims: unknown) => string | undefined) | undefined)?.(fields.present)
    if (claim !== undefined) return invalid(claim)
    const job = issuer.readJob?.(claims['job'], fault)
    if (job instanceof Refusal) return invalid('job')
    for (const index of early) fields.at(index)
    return namesOtherTenant(claims.iss, fields, issuer.table)
      ? invalid('iss')
      : new VerifiedToken({ text, claims, issuer, audience, fields, job })
  } catch {
    fault(`A function in the table of ${title} threw on the claims of a verified token`)
    return invalid()
  }
}

/**
 * Whether a field names a tenant other than the issuer's. The issuer of a tenant vouches for that
 * tenant only, even where a rule lists several.
 */
function namesOtherTenant(issuer: string, fields: TokenFields, { table, tenant, fieldList }: CompiledTable): boolean {
  const template = table.issuer
  if (template === undefined || tenant.length === 0 || !fitsTemplate(template, issuer)) return false
  const named = (field: string): string => String(fields.at(fieldList.findIndex(({ name }) => name === field)))
  return tenant.some((field) => issuerOf(template, field, named(field)) !== issuer)
}
